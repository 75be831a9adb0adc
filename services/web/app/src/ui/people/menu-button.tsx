import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { Icon } from "../parts/icons.tsx";
import { placeMenu } from "../parts/menu.tsx";

interface MenuButtonProps {
  readonly label: string;
  readonly id?: string;
  readonly testId?: string;
  readonly className?: string;
  /** Drawn while the menu is open: of fifty menus in a list one is. */
  readonly content: (close: () => void) => JSX.Element;
}

export function MenuButton({ label, id, testId, className = "person-more", content }: MenuButtonProps): JSX.Element {
  const menu = useId();
  const [isOpen, setOpen] = useState(false);
  return (
    <span class="person-menu">
      <button
        id={id}
        class={className}
        type="button"
        popovertarget={menu}
        data-testid={testId}
        aria-label={label}
        aria-haspopup="true"
        title={label}
      >
        <Icon name="more" size={18} />
      </button>
      <div
        id={menu}
        popover="auto"
        class="menu"
        onBeforeToggle={(event) => setOpen(event.newState === "open")}
        onToggle={placeMenu}
      >
        {isOpen && content(() => document.getElementById(menu)?.hidePopover())}
      </div>
    </span>
  );
}
