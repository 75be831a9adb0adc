import type { JSX } from "preact";
import { Icon } from "./icons.tsx";

/** What somebody has typed to find others by. */
export interface Typed {
  readonly typed: { value: string };
}

interface SearchFieldProps extends Typed {
  readonly id: string;
  readonly label: string;
}

export function SearchField({ id, label, typed }: SearchFieldProps): JSX.Element {
  return (
    <label class="search-field">
      <Icon name="search" size={18} />
      <span class="visually-hidden">{label}</span>
      <input
        id={id}
        class="field"
        type="search"
        autocomplete="off"
        placeholder={label}
        value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
        }}
      />
    </label>
  );
}
