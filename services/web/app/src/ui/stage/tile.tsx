import { computed } from "@preact/signals-core";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { Rect } from "../../model/stage/layout.ts";
import type { TileModel } from "../../model/stage/tiles.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { Avatar } from "./avatar.tsx";
import { Audio, Video } from "./media-elements.tsx";
import { TileMenu } from "./tile-menu.tsx";

interface TileProps {
  readonly tile: TileModel;
  readonly rect: Rect | undefined;
  readonly isLarge: boolean;
}

export function Tile({ tile, rect, isLarge }: TileProps): JSX.Element {
  const { view } = useApp();
  const { endpoint, source, kind, isSelf } = tile;
  const track = useVideoTrack(tile);
  const marks = useMarks(tile);
  const name = displayName(tile);
  const isScreen = kind === "desktop";
  const small = (rect?.width ?? 0) < 180;
  const classes = [
    "tile",
    isScreen && "screen",
    isLarge && "large",
    small && "small",
    marks.isDominant && "dominant",
    tile.handRaisedAt > 0 && !isScreen && "hand-up",
  ];
  return (
    <article
      class={classes.filter(Boolean).join(" ")}
      style={rect && { left: `${rect.x}px`, top: `${rect.y}px`, width: `${rect.width}px`, height: `${rect.height}px` }}
      aria-label={label(tile, name, marks)}
      data-endpoint={endpoint}
      data-source={source}
      data-kind={kind}
      data-self={isSelf}
      onDblClick={() => view.pin(tile.key)}
    >
      {track ? (
        <Video track={track} source={source} mirrored={isSelf && !isScreen} contain={isScreen || isLarge} />
      ) : (
        <Avatar id={endpoint} name={tile.name} />
      )}
      {!isSelf && !isScreen && <Voices endpoint={endpoint} />}
      {marks.isInterrupted && (
        <p class="interrupted">
          <Icon name="clock" size={18} /> {t("connection.interrupted")}
        </p>
      )}
      <footer class="tile-foot">
        {!isScreen && tile.handRaisedAt > 0 && (
          <span class="mark hand" title={t("videothumbnail.handRaised")}>
            <Icon name="hand" size={18} />
          </span>
        )}
        <span class="tile-name">
          {!isScreen && tile.audioMuted && (
            <span class="mark muted" title={t("videothumbnail.mute")}>
              <Icon name="micOff" size={16} />
            </span>
          )}
          <span class="tile-text">{name}</span>
          {!isScreen && tile.isModerator && (
            <span class="mark" title={t("videothumbnail.moderator")}>
              <Icon name="star" size={14} />
            </span>
          )}
        </span>
      </footer>
      <TileMenu tile={tile} name={name} />
    </article>
  );
}

/** Everything of one person that can be heard. */
function Voices({ endpoint }: { readonly endpoint: string }): JSX.Element {
  const { state } = useApp();
  const voices = useMemo(
    () =>
      computed(() =>
        [...state.remoteTracks.value].filter(
          ([name, track]) => track.kind === "audio" && name.startsWith(`${endpoint}-`),
        ),
      ),
    [state, endpoint],
  );
  return (
    <>
      {voices.value.map(([name, track]) => (
        <Audio key={name} track={track} source={name} />
      ))}
    </>
  );
}

function useVideoTrack({ isSelf, kind, source, hasVideo }: TileModel): MediaStreamTrack | undefined {
  const { state, media } = useApp();
  if (isSelf) return kind === "desktop" ? media.screen.value : media.camera.value;
  const isOnItsWay = state.forwarded.value?.has(source) ?? true;
  const track = state.remoteTracks.value.get(source);
  return hasVideo && isOnItsWay ? track : undefined;
}

interface Marks {
  readonly isDominant: boolean;
  readonly isInterrupted: boolean;
}

function useMarks({ endpoint, kind }: TileModel): Marks {
  const { state } = useApp();
  return {
    isDominant: kind === "camera" && state.dominant.value === endpoint && state.occupants.value.size > 0,
    isInterrupted: state.interrupted.value.has(endpoint),
  };
}

function displayName({ name, isSelf, kind }: TileModel): string {
  if (kind === "desktop")
    return isSelf ? t("videothumbnail.yourScreen") : t("videothumbnail.screenOf", { name: name || t("dialog.guest") });
  if (isSelf) return name ? t("participantsPane.youSuffix", { name }) : t("chat.you");
  return name || t("dialog.guest");
}

function label(
  { kind, audioMuted, handRaisedAt, isModerator }: TileModel,
  name: string,
  { isDominant, isInterrupted }: Marks,
): string {
  if (kind === "desktop") return name;
  const parts = [
    name,
    isModerator && t("videothumbnail.moderator"),
    audioMuted && t("videothumbnail.mute"),
    handRaisedAt > 0 && t("videothumbnail.handRaised"),
    isDominant && t("videothumbnail.speaking"),
    isInterrupted && t("connection.interrupted"),
  ];
  return parts.filter(Boolean).join(", ");
}
