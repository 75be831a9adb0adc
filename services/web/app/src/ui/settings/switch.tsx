import type { Signal } from "@preact/signals";
import type { JSX } from "preact";

interface SwitchProps {
  readonly id: string;
  readonly text: string;
  readonly hint?: string;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly change: (checked: boolean) => void;
}

export function Switch({ id, text, hint, checked, disabled, change }: SwitchProps): JSX.Element {
  return (
    <div class="setting">
      <label class="switch" for={id}>
        <input
          id={id}
          type="checkbox"
          role="switch"
          checked={checked}
          aria-checked={checked}
          disabled={disabled}
          aria-describedby={hint && `${id}-hint`}
          onChange={(event) => change(event.currentTarget.checked)}
        />
        <span>{text}</span>
      </label>
      {hint && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
}

/** For a choice that the browser keeps. */
export function KeptSwitch({
  choice,
  ...props
}: Omit<SwitchProps, "checked" | "change"> & { readonly choice: Signal<boolean> }): JSX.Element {
  return (
    <Switch
      {...props}
      checked={choice.value}
      change={(checked) => {
        choice.value = checked;
      }}
    />
  );
}
