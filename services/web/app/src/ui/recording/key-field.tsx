import type { JSX, Ref } from "preact";

interface Props {
  readonly id: string;
  readonly label: string;
  readonly isRequired?: boolean;
  readonly field?: Ref<HTMLInputElement>;
}

/** The key or address of a stream: whoever has it streams in its owner's name, so nobody sees it. */
export function KeyField({ id, label, isRequired = false, field }: Props): JSX.Element {
  return (
    <>
      <label for={id}>{label}</label>
      <input
        id={id}
        ref={field}
        class="field"
        type="password"
        autocomplete="off"
        spellcheck={false}
        maxLength={1000}
        required={isRequired}
        aria-describedby="stream-key-hint"
      />
    </>
  );
}
