import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "../parts/icons.tsx";

interface ToolProps {
  /** Jitsi's id of the button, by which scripts, settings and habits find it. */
  readonly id: string;
  readonly icon: IconName;
  readonly label: string;
  /** The key that does the same. */
  readonly shortcut?: string;
  readonly pressed?: boolean;
  readonly off?: boolean;
  readonly danger?: boolean;
  readonly act: () => void;
  readonly children?: ComponentChildren;
}

export function Tool({ id, icon, label, shortcut, pressed, off, danger, act, children }: ToolProps): JSX.Element {
  const classes = ["tool", pressed && id !== "tileview" && "on", off && "off", danger && "danger"];
  return (
    <button
      id={id}
      class={classes.filter(Boolean).join(" ")}
      type="button"
      aria-label={label}
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
      title={shortcut ? `${label} (${shortcut})` : label}
      onClick={act}
    >
      <Icon name={icon} />
      {children}
    </button>
  );
}
