import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { Icon } from "./icons.tsx";
import { placeMenu } from "./menu.tsx";

interface MenuButtonProps {
  readonly label: string;
  readonly className: string;
  /** Class of what holds the button and its menu. */
  readonly place?: string;
  readonly iconSize?: number;
  readonly id?: string;
  readonly testId?: string;
  /** Drawn while the menu is open: of fifty menus in a list one is. */
  readonly content: (close: () => void) => JSX.Element;
}

export function MenuButton({
  label,
  className,
  place = "menu-place",
  iconSize = 18,
  id,
  testId,
  content,
}: MenuButtonProps): JSX.Element {
  const menu = useId();
  const [isOpen, setOpen] = useState(false);
  return (
    <span class={place}>
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
        <Icon name="more" size={iconSize} />
      </button>
      <div
        id={menu}
        popover="auto"
        class="menu"
        onBeforeToggle={(event) => {
          if (event.newState === "open") setOpen(true);
        }}
        onToggle={(event) => {
          placeMenu(event);
          // Not before it is closed: the focus goes back to the button only from what still stands in the menu.
          if (event.newState === "closed") setOpen(false);
        }}
      >
        {isOpen && content(() => document.getElementById(menu)?.hidePopover())}
      </div>
    </span>
  );
}
