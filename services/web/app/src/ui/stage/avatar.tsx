import type { JSX } from "preact";
import { hueOf, initialsOf } from "./initials.ts";

/** A picture of its own, so that a tile that grows only makes it larger: nothing within is laid out anew. */
export function Avatar({ id, name }: { readonly id: string; readonly name: string }): JSX.Element {
  const initials = initialsOf(name);
  return (
    <svg
      class="avatar"
      viewBox="0 0 100 100"
      style={{ "--hue": hueOf(name || id) }}
      aria-hidden="true"
      focusable="false"
    >
      <circle cx="50" cy="50" r="50" class="avatar-ground" />
      {initials ? (
        <text x="50" y="52" class="avatar-text">
          {initials}
        </text>
      ) : (
        <g class="avatar-nobody">
          <circle cx="50" cy="39" r="15" />
          <path d="M22 82a28 26 0 0 1 56 0" />
        </g>
      )}
    </svg>
  );
}
