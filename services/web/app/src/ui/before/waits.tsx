import type { JSX } from "preact";

/** Something goes on without anybody having to do anything. */
export function Waits({ text }: { readonly text: string }): JSX.Element {
  return (
    <p class="waits" role="status">
      <span class="spinner" aria-hidden="true" />
      {text}
    </p>
  );
}
