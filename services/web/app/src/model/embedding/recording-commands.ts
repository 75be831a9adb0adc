import { language } from "../../i18n/i18n.ts";
import type { RecordingWish } from "../../protocol/conference/recording.ts";
import type { Fields } from "../../protocol/embedding/wire.ts";
import { recordIn } from "../../protocol/json.ts";
import { textOf } from "./arguments.ts";
import type { Command } from "./embedder.ts";

export const RECORDING_COMMANDS: Readonly<Record<string, Command>> = {
  "start-recording": async ({ app, complain, tell }, options) => {
    const wish = recordingWish(recordIn(options));
    if (wish === undefined) {
      complain("start-recording: expected mode file, or mode stream with a key");
      return;
    }
    const error = await app.call.activities.recording.start(wish);
    if (error) tell("recording-status-changed", { on: false, mode: wish.mode, error, transcription: false });
  },
  "stop-recording": async ({ app, complain }, mode) => {
    if (mode !== "file" && mode !== "stream") complain("stop-recording: expected file or stream");
    else await app.call.activities.recording.stop(mode);
  },
  "toggle-subtitles": ({ app }) => {
    const { captions } = app.call.activities;
    captions.want(!captions.isWanted.value, language.value);
  },
  "set-subtitles": ({ app }, isOn) => app.call.activities.captions.want(isOn === true, language.value),
};

/** Recording in the browser itself and to Dropbox are not there. */
function recordingWish(options: Fields): RecordingWish | undefined {
  const { mode, shouldShare, youtubeStreamKey, rtmpStreamKey, youtubeBroadcastID, rtmpBroadcastID } = options;
  if (mode === "file") return { mode, isShared: shouldShare === true };
  const streamKey = textOf(youtubeStreamKey) || textOf(rtmpStreamKey);
  if (mode !== "stream" || streamKey === "") return undefined;
  const broadcast = textOf(youtubeBroadcastID) || textOf(rtmpBroadcastID);
  return { mode, streamKey, ...(broadcast !== "" && { viewUrl: broadcast }) };
}
