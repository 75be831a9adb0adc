import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import type { TileModel } from "../stage/tiles.ts";
import { useApp } from "./context.ts";
import { Icon, type IconName } from "./icons.tsx";

/** What can be done with one tile: by everybody to their own page, by a moderator to that person. */
export function TileMenu({ tile, name }: { readonly tile: TileModel; readonly name: string }): JSX.Element {
  const { call, state, view } = useApp();
  const id = useId();
  const { endpoint, key } = tile;
  const pinned = view.pinned.value === key;
  const moderates = state.isModerator.value && !tile.isSelf && tile.kind === "camera";
  const act = (what: () => void) => () => {
    document.getElementById(id)?.hidePopover();
    what();
  };
  return (
    <div class="tile-menu">
      <button
        class="tile-more"
        type="button"
        popovertarget={id}
        aria-label={t("tileActions", { name })}
        title={t("tileActions", { name })}
      >
        <Icon name="more" size={20} />
      </button>
      <div id={id} popover="auto" class="menu" onToggle={(event) => place(event)}>
        <Item icon="pin" text={t(pinned ? "unpin" : "pin")} act={act(() => view.pin(key))} />
        {moderates && !tile.audioMuted && (
          <Item icon="micOff" text={t("muteThem")} act={act(() => call.moderation.mute(endpoint, "audio"))} />
        )}
        {moderates && tile.hasVideo && (
          <Item icon="cameraOff" text={t("stopTheirCamera")} act={act(() => call.moderation.mute(endpoint, "video"))} />
        )}
        {moderates && !tile.isModerator && (
          <Item icon="star" text={t("makeModerator")} act={act(() => call.moderation.grantModerator(endpoint))} />
        )}
        {moderates && (
          <Item icon="close" text={t("removeThem")} act={act(() => call.moderation.kick(endpoint))} danger />
        )}
      </div>
    </div>
  );
}

interface ItemProps {
  readonly icon: IconName;
  readonly text: string;
  readonly act: () => void;
  readonly danger?: boolean;
  readonly id?: string;
}

export function Item({ icon, text, act, danger = false, id }: ItemProps): JSX.Element {
  return (
    <button id={id} class={danger ? "menu-item danger" : "menu-item"} type="button" onClick={act}>
      <Icon name={icon} size={18} /> {text}
    </button>
  );
}

const EDGE = 8;

/** Popovers float above everything; this one belongs at its button, wherever that is on the page. */
function place(event: Event): void {
  const menu = event.currentTarget as HTMLElement;
  const button = menu.previousElementSibling?.getBoundingClientRect();
  if (!button || !menu.matches(":popover-open")) return;
  const { width, height } = menu.getBoundingClientRect();
  const left = Math.min(Math.max(EDGE, button.right - width), innerWidth - width - EDGE);
  const below = button.bottom + EDGE / 2;
  menu.style.left = `${left}px`;
  menu.style.top = `${below + height > innerHeight - EDGE ? Math.max(EDGE, button.top - height - EDGE / 2) : below}px`;
}

export { place as placeMenu };
