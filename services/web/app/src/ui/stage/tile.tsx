import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { TileModel } from "../../model/stage/tiles.ts";
import { isTalking } from "../../protocol/conference/telephone.ts";
import { callText } from "../dial/call-text.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { toggleFullscreen } from "../toolbar/full-screen.ts";
import { Avatar } from "./avatar.tsx";
import { LineMark } from "./line-mark.tsx";
import { Video } from "./media-elements.tsx";
import { displayName } from "./names.ts";
import { usePlace } from "./place.ts";
import { TileMenu } from "./tile-menu.tsx";
import "./tile.css";

/** One person or one screen. It is drawn again for what changes of its own, never for what others do. */
export function Tile({ id }: { readonly id: string }): JSX.Element | null {
  const { config, view, state } = useApp();
  const { defaultRemoteName, disableModeratorIndicator, hideDominantMark, hideLineMarks, hideNames } =
    config.rules.value;
  const tile = useComputed(() => view.tiles.value.get(id)).value;
  const isLarge = useComputed(() => view.large.value.includes(id)).value;
  const isDominant = useComputed(() => {
    const model = view.tiles.value.get(id);
    return model?.kind === "camera" && state.dominant.value === model.endpoint && state.occupants.value.size > 0;
  }).value;
  const isInterrupted = useComputed(() => {
    const model = view.tiles.value.get(id);
    // A telephone's line ends at the gateway: what is silent there is no connection that was lost.
    return model !== undefined && !model.isPhone && state.interrupted.value.has(model.endpoint);
  }).value;
  const isPinned = useComputed(() => view.isPinned(id)).value;
  const element = usePlace<HTMLElement>(
    () => view.rects.value.get(id),
    () => view.area.value.width,
  );
  if (!tile) return null;
  const { endpoint, source, kind, isSelf, isPhone, callStatus } = tile;
  const isScreen = kind === "desktop";
  const isHandUp = tile.handRaisedAt > 0 && !isScreen;
  const name = displayName(tile, defaultRemoteName);
  const call = isPhone && !isTalking(callStatus) ? callText(callStatus) : "";
  const classes = [
    "tile",
    isScreen && "screen",
    isLarge && "large",
    isDominant && !hideDominantMark && "dominant",
    isHandUp && "hand-up",
  ];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tile's menu and the keys 0 to 9 do the same
    <article
      ref={element}
      class={classes.filter(Boolean).join(" ")}
      aria-label={label(tile, name, isDominant, isInterrupted)}
      data-endpoint={endpoint}
      data-source={source}
      data-kind={kind}
      data-self={isSelf}
      onClick={(event) => {
        // In the strip a click is enough; among tiles alike it would be too easily done.
        if (!isLarge && view.large.peek().length > 0 && !isControl(event.target)) view.pin(id);
      }}
      onDblClick={(event) => {
        if (isControl(event.target)) return;
        if (isLarge) toggleFullscreen();
        else if (view.large.peek().length === 0) view.pin(id);
      }}
    >
      {isScreen && isSelf ? <OwnScreen /> : <Picture tile={tile} isLarge={isLarge} />}
      <span class="tile-ring" aria-hidden="true" />
      {isInterrupted && (
        <p class="tile-note">
          <Icon name="wifiOff" size={18} /> {t("connection.interrupted")}
        </p>
      )}
      {call && <p class="tile-note call-state">{call}</p>}
      <div class="tile-top">
        {isHandUp && (
          <span class="mark hand" title={t("videothumbnail.handRaised")}>
            <Icon name="hand" size={18} />
          </span>
        )}
        {isPinned && (
          <span class="mark pinned" title={t("videothumbnail.pinned")}>
            <Icon name="pin" size={16} />
          </span>
        )}
        {!isScreen && !isPhone && !hideLineMarks && <LineMark tile={tile} name={name} />}
      </div>
      <footer class="tile-foot">
        <span class="tile-name">
          {!isScreen && tile.audioMuted && (
            <span class="mark muted" title={t("videothumbnail.mute")}>
              <Icon name="micOff" size={16} />
            </span>
          )}
          {isPhone && (
            <span class="mark phone" title={t("dialOut.telephone")}>
              <Icon name="phone" size={15} />
            </span>
          )}
          {hideNames ? null : <span class="tile-text">{name}</span>}
          {!isScreen && tile.isModerator && !disableModeratorIndicator && (
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

interface PictureProps {
  readonly tile: TileModel;
  readonly isLarge: boolean;
}

function Picture({ tile, isLarge }: PictureProps): JSX.Element {
  const { config, state, media, settings, view } = useApp();
  const { endpoint, source, kind, isSelf, hasVideo, key } = tile;
  const track = useComputed(() => (isSelf ? media.camera.value : state.remoteTracks.value.get(source))).value;
  const arrival = useComputed(() => view.arrival(key)).value;
  const mirrored = isSelf && settings.mirrorSelf.value && !config.rules.value.doNotFlipLocalVideo;
  const isScreen = kind === "desktop";
  const isSeen = hasVideo && track !== undefined && arrival === "comes";
  return (
    <>
      {/* Under a picture, too: the first frame takes a moment. */}
      {!isScreen && <Avatar id={endpoint} name={tile.name} isPhone={tile.isPhone} />}
      {isSeen && <Video track={track} source={source} mirrored={mirrored} contain={isScreen || isLarge} />}
      {hasVideo && arrival === "held back" && (
        // It says so only after a while: a picture that has just been asked for is not there at once.
        <p class="tile-note held-back">
          <Icon name="signalLow" size={18} /> {t("connection.heldBack")}
        </p>
      )}
    </>
  );
}

/** One's own screen shown on itself would be a tunnel. */
function OwnScreen(): JSX.Element {
  const { media } = useApp();
  return (
    <div class="own-screen">
      <Icon name="screen" size={28} />
      <p>{t("videothumbnail.sharing")}</p>
      <button class="button" type="button" onClick={() => media.stopScreen()}>
        {t("toolbar.stopScreenSharing")}
      </button>
    </div>
  );
}

function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("button, a, [popover]") !== null;
}

function label(
  { kind, audioMuted, handRaisedAt, isModerator, isPhone, callStatus }: TileModel,
  name: string,
  isDominant: boolean,
  isInterrupted: boolean,
): string {
  if (kind === "desktop") return name;
  const parts = [
    name,
    isPhone && t("dialOut.telephone"),
    isPhone && callText(callStatus),
    isModerator && t("videothumbnail.moderator"),
    audioMuted && t("videothumbnail.mute"),
    handRaisedAt > 0 && t("videothumbnail.handRaised"),
    isDominant && t("videothumbnail.speaking"),
    isInterrupted && t("connection.interrupted"),
  ];
  return parts.filter(Boolean).join(", ");
}
