import type { JSX } from "preact";
import { Icon } from "../parts/icons.tsx";
import { hueOf, initialsOf } from "./initials.ts";

interface AvatarProps {
  readonly id: string;
  readonly name: string;
  readonly isPhone?: boolean;
}

/** A picture of its own, so that a tile that grows only makes it larger: nothing within is laid out anew. */
export function Avatar({ id, name, isPhone = false }: AvatarProps): JSX.Element {
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
      {isPhone ? (
        <g class="avatar-phone" transform="translate(29 29)">
          <Icon name="phone" size={42} />
        </g>
      ) : initials ? (
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
