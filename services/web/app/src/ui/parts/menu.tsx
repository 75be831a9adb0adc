import type { JSX } from "preact";
import { Icon, type IconName } from "./icons.tsx";

interface MenuItemProps {
  readonly icon: IconName;
  readonly text: string;
  readonly act: () => void;
  readonly danger?: boolean;
  readonly pressed?: boolean | undefined;
  readonly id?: string;
}

export function MenuItem({ icon, text, act, danger = false, pressed, id }: MenuItemProps): JSX.Element {
  return (
    <button
      id={id}
      class={danger ? "menu-item danger" : "menu-item"}
      type="button"
      aria-pressed={pressed}
      onClick={act}
    >
      <Icon name={icon} size={18} /> {text}
      {pressed && <Icon name="check" size={16} />}
    </button>
  );
}

const EDGE = 8;

/** Popovers float above everything; this one belongs at its button, wherever that is on the page. */
export function placeMenu(event: Event): void {
  const menu = event.currentTarget as HTMLElement;
  const button = menu.previousElementSibling?.getBoundingClientRect();
  if (!button || !menu.matches(":popover-open")) return;
  const { width, height } = menu.getBoundingClientRect();
  const left = Math.min(Math.max(EDGE, button.right - width), innerWidth - width - EDGE);
  const below = button.bottom + EDGE / 2;
  menu.style.left = `${left}px`;
  menu.style.top = `${below + height > innerHeight - EDGE ? Math.max(EDGE, button.top - height - EDGE / 2) : below}px`;
}
