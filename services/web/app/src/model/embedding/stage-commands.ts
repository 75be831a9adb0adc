import { recordIn } from "../../protocol/json.ts";
import type { App } from "../app.ts";
import { VIDEO_HEIGHTS } from "../settings.ts";
import { textOf } from "./arguments.ts";
import type { Command, Embedder } from "./embedder.ts";

export const STAGE_COMMANDS: Readonly<Record<string, Command>> = {
  "toggle-tile-view": ({ app }) => app.view.toggleTileView(),
  "set-tile-view": ({ app }, isOn) => app.view.setTileView(isOn === true),
  "toggle-film-strip": ({ app }) => app.view.toggleFilmstrip(),
  "resize-film-strip": ({ app }, options) => {
    const { width } = recordIn(options);
    const whole = app.view.area.value.width;
    if (typeof width === "number" && width > 0 && whole > 0) app.view.resizeFilmstrip(width / whole);
  },
  "pin-participant": (embedder, id, kind) => enlarge(embedder, id, kind),
  "set-large-video-participant": (embedder, id, kind) => {
    if (enlarge(embedder, id, kind)) embedder.app.view.setTileView(false);
  },
  "set-participant-volume": ({ app }, id, volume) => {
    if (typeof volume === "number" && volume >= 0 && volume <= 1) app.state.setVolume(textOf(id), volume);
  },
  "set-video-quality": ({ app }, height) => {
    const wanted = Number(height);
    const [lowest] = VIDEO_HEIGHTS;
    if (wanted > 0) app.settings.videoHeight.value = VIDEO_HEIGHTS.findLast((each) => each <= wanted) ?? lowest;
  },
  "set-audio-only": ({ app }, isOn) => app.quality.setAudioOnly(isOn === true),
  "set-follow-me": ({ app: { call, state } }, isOn) => {
    if (state.isModerator.value) call.activities.followMe.isLeading.value = isOn === true;
  },
  "toggle-participants-pane": ({ app: { state } }, isOn) => {
    if (isOn !== (state.panel.value === "participants")) state.togglePanel("participants");
  },
};

/** Alone on the stage, or with no id nobody; true when there is such a person. */
function enlarge({ app: { view }, complain }: Embedder, id: unknown, kind: unknown): boolean {
  const isNobody = id === undefined || id === null || id === "";
  const key = isNobody ? undefined : tileOf(view, textOf(id), kind);
  if (!isNobody && key === undefined) {
    complain("nobody by that id");
    return false;
  }
  for (const pinned of view.pins.value) view.unpin(pinned);
  if (key !== undefined) view.pin(key);
  return key !== undefined;
}

function tileOf(view: App["view"], id: string, kind: unknown): string | undefined {
  const wanted = kind === "desktop" ? "desktop" : "camera";
  return [...view.tiles.value.values()].find((tile) => tile.endpoint === id && tile.kind === wanted)?.key;
}
