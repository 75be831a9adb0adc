import type { JSX } from "preact";
import { Icon } from "../parts/icons.tsx";
import { hueOf, initialsOf } from "./initials.ts";

export function Avatar({ id, name }: { readonly id: string; readonly name: string }): JSX.Element {
  const initials = initialsOf(name);
  return (
    <div class="avatar-space">
      <div class="avatar" style={{ "--hue": hueOf(name || id) }} aria-hidden="true">
        {initials || <Icon name="person" size={40} />}
      </div>
    </div>
  );
}
