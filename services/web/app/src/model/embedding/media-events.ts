import { devicesByKind } from "./device-answers.ts";
import type { Embedder } from "./embedder.ts";
import { onChange, onValue } from "./watch.ts";

/** Our own microphone, camera and screen, and what is large on the page. */
export function tellMediaEvents({ app, tell }: Embedder): void {
  const { media, devices, quality, settings, view, state } = app;
  onValue(
    () => media.audioMuted.value || media.microphone.value === undefined,
    (muted) => tell("audio-mute-status-changed", { muted }),
  );
  onValue(
    () => media.camera.value === undefined,
    (muted) => tell("video-mute-status-changed", { muted }),
  );
  onValue(
    () => media.audioProblem.value,
    (problem) => {
      tell("audio-availability-changed", { available: problem === undefined });
      if (problem) tell("mic-error", { type: `gum.${problem}`, message: problem });
    },
  );
  onValue(
    () => media.videoProblem.value,
    (problem) => {
      tell("video-availability-changed", { available: problem === undefined });
      if (problem) tell("camera-error", { type: `gum.${problem}`, message: problem });
    },
  );
  onChange(
    () => media.screen.value,
    (screen) => {
      const sourceType = screen?.getSettings().displaySurface;
      tell("screen-sharing-status-changed", { on: screen !== undefined, details: { sourceType } });
    },
  );
  onChange(
    () => devices.available.value,
    () => tell("device-list-changed", { devices: devicesByKind(devices) }),
  );
  onChange(
    () => quality.isAudioOnly.value,
    (enabled) => tell("audio-only-changed", { enabled }),
  );
  onValue(
    () => settings.videoHeight.value,
    (videoQuality) => tell("video-quality-changed", { videoQuality }),
  );
  onChange(
    () => view.large.value.length === 0,
    (enabled) => {
      tell("tile-view-changed", { enabled });
      tell("large-video-visibility-changed", { isVisible: !enabled });
    },
  );
  onChange(
    () => view.stage.value?.endpoint,
    (id) => tell("on-stage-participant-changed", { id: id ?? state.dominant.value }),
  );
  onChange(
    () => settings.filmstrip.value,
    (visible) => tell("filmstrip-display-changed", { visible }),
  );
}
