import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import type { ToolItem } from "./tools.tsx";

export function Tool({ item }: { readonly item: ToolItem }): JSX.Element {
  const app = useApp();
  const { id, shortcut, Badge } = item;
  const label = t(item.label(app));
  const pressed = item.isPressed?.(app);
  const classes = ["tool", pressed && id !== "tileview" && "on", item.isOff?.(app) && "off", item.isDanger && "danger"];
  return (
    <button
      id={id}
      class={classes.filter(Boolean).join(" ")}
      type="button"
      aria-pressed={pressed}
      aria-haspopup={item.hasMenu?.(app) ? "true" : undefined}
      aria-keyshortcuts={shortcut}
      title={shortcut ? `${label} (${shortcut})` : label}
      onClick={() => app.clicks.onToolbar(id, () => item.act(app))}
    >
      <Icon name={item.icon(app)} />
      <span class="visually-hidden">{label}</span>
      {Badge && <Badge />}
    </button>
  );
}
