import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { TileModel } from "../../model/stage/tiles.ts";
import { useApp } from "../parts/context.ts";
import { MenuItem } from "../parts/menu.tsx";
import { MenuButton } from "../parts/menu-button.tsx";
import { PersonMenu } from "../people/person-menu.tsx";
import { openLine } from "./line-open.ts";

interface TileMenuProps {
  readonly tile: TileModel;
  readonly name: string;
}

/** What can be done with one tile. Its lines are made when it is opened: most menus never are. */
export function TileMenu({ tile, name }: TileMenuProps): JSX.Element {
  return (
    <MenuButton
      place="tile-menu"
      className="tile-more"
      iconSize={20}
      label={t("videothumbnail.actions", { name })}
      content={(close) => <TileActions tile={tile} name={name} close={close} />}
    />
  );
}

interface TileActionsProps extends TileMenuProps {
  readonly close: () => void;
}

/** By everybody to their own page, by a moderator to that person. */
function TileActions({ tile, name, close }: TileActionsProps): JSX.Element {
  const { call, config, settings, state, view } = useApp();
  const { endpoint, key, source } = tile;
  const pinned = view.isPinned(key);
  const act = (what: () => void) => () => {
    close();
    what();
  };
  return (
    <>
      {pinned ? (
        <MenuItem icon="unpin" text={t("videothumbnail.unpin")} act={act(() => view.unpin(key))} />
      ) : (
        <MenuItem icon="pin" text={t("videothumbnail.pin")} act={act(() => view.pin(key))} />
      )}
      {!pinned && view.pins.value.length > 0 && (
        <MenuItem icon="plus" text={t("videothumbnail.pinToStage")} act={act(() => view.addToStage(key))} />
      )}
      {tile.kind === "camera" && !tile.isPhone && (
        <MenuItem
          icon="signalHigh"
          text={t("videothumbnail.connectionInfo")}
          act={act(() => {
            openLine.value = { endpoint, name, source, at: placeOf(endpoint) };
          })}
        />
      )}
      {tile.isSelf && tile.kind === "camera" && !config.rules.value.disableSelfViewSettings && (
        <>
          <MenuItem
            icon="flip"
            text={t("videothumbnail.flip")}
            act={act(() => {
              settings.mirrorSelf.value = !settings.mirrorSelf.value;
            })}
          />
          <MenuItem
            icon="hide"
            text={t("videothumbnail.hideSelfView")}
            act={act(() => {
              settings.hideSelf.value = true;
            })}
          />
        </>
      )}
      {!tile.isSelf && tile.kind === "camera" && <PersonMenu id={endpoint} without="pin" close={close} />}
      {!tile.isSelf && tile.kind === "desktop" && state.isModerator.value && (
        <MenuItem
          icon="screenOff"
          text={t("participantsPane.actions.stopScreen")}
          act={act(() => call.moderation.mute(endpoint, "desktop"))}
        />
      )}
    </>
  );
}

function placeOf(endpoint: string): DOMRect {
  const tile = document.querySelector(`.tile[data-kind="camera"][data-endpoint="${CSS.escape(endpoint)}"] .tile-top`);
  return tile?.getBoundingClientRect() ?? new DOMRect();
}
