import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { TileModel } from "../../model/stage/tiles.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { MenuItem, placeMenu } from "../parts/menu.tsx";

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
        aria-label={t("videothumbnail.actions", { name })}
        title={t("videothumbnail.actions", { name })}
      >
        <Icon name="more" size={20} />
      </button>
      <div id={id} popover="auto" class="menu" onToggle={placeMenu}>
        <MenuItem
          icon="pin"
          text={t(pinned ? "videothumbnail.unpin" : "videothumbnail.pin")}
          act={act(() => view.pin(key))}
        />
        {moderates && !tile.audioMuted && (
          <MenuItem
            icon="micOff"
            text={t("videothumbnail.domute")}
            act={act(() => call.moderation.mute(endpoint, "audio"))}
          />
        )}
        {moderates && tile.hasVideo && (
          <MenuItem
            icon="cameraOff"
            text={t("videothumbnail.domuteVideo")}
            act={act(() => call.moderation.mute(endpoint, "video"))}
          />
        )}
        {moderates && !tile.isModerator && (
          <MenuItem
            icon="star"
            text={t("videothumbnail.grantModerator")}
            act={act(() => call.moderation.grantModerator(endpoint))}
          />
        )}
        {moderates && (
          <MenuItem
            icon="close"
            text={t("videothumbnail.kick")}
            act={act(() => call.moderation.kick(endpoint))}
            danger
          />
        )}
      </div>
    </div>
  );
}
