import type { App } from "../app.ts";
import { VIDEO_HEIGHTS } from "../settings.ts";
import { fieldsOf, textOf } from "./arguments.ts";
import type { Command } from "./embedder.ts";

export const STAGE_COMMANDS: Readonly<Record<string, Command>> = {
  "toggle-tile-view": ({ app }) => app.view.toggleTileView(),
  "set-tile-view": ({ app }, isOn) => app.view.setTileView(isOn === true),
  "toggle-film-strip": ({ app }) => app.view.toggleFilmstrip(),
  "resize-film-strip": ({ app }, options) => {
    const { width } = fieldsOf(options);
    const whole = app.view.area.value.width;
    if (typeof width === "number" && width > 0 && whole > 0) app.view.resizeFilmstrip(width / whole);
  },
  "pin-participant": ({ app, complain }, id, kind) => {
    for (const key of app.view.pins.value) app.view.unpin(key);
    if (id === undefined || id === null || id === "") return;
    const key = tileOf(app, textOf(id), kind);
    if (key === undefined) complain("pin-participant: nobody by that id");
    else app.view.pin(key);
  },
  "set-large-video-participant": ({ app, complain }, id, kind) => {
    for (const key of app.view.pins.value) app.view.unpin(key);
    if (id === undefined || id === null || id === "") return;
    const key = tileOf(app, textOf(id), kind);
    if (key === undefined) {
      complain("set-large-video-participant: nobody by that id");
      return;
    }
    app.view.setTileView(false);
    app.view.pin(key);
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
    const isOpen = state.panel.value === "participants";
    if (isOn !== isOpen) state.openPanel(isOpen ? undefined : "participants");
  },
};

function tileOf({ view }: App, id: string, kind: unknown): string | undefined {
  const wanted = kind === "desktop" ? "desktop" : "camera";
  return [...view.tiles.value.values()].find((tile) => tile.endpoint === id && tile.kind === wanted)?.key;
}
