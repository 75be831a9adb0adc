import type { TextKey } from "../../i18n/text-key.ts";
import type { App } from "../../model/app.ts";
import type { RecordingMode } from "../../protocol/conference/recording.ts";
import { openDialog } from "../parts/dialog.tsx";
import type { Label } from "../stage/labels.tsx";

interface Words {
  readonly on: TextKey;
  readonly pending: TextKey;
  readonly inLine: TextKey;
}

const WORDS: Readonly<Record<RecordingMode, Words>> = {
  file: { on: "recording.rec", pending: "recording.pending", inLine: "recording.inLine" },
  stream: { on: "recording.live", pending: "liveStreaming.pending", inLine: "liveStreaming.inLine" },
};

function label(mode: RecordingMode, id: string): Label {
  const sessionOf = ({ call }: App) => call.activities.recording.active(mode);
  return {
    id,
    icon: mode === "file" ? "record" : "stream",
    kind: "record",
    isShown: (app) => sessionOf(app) !== undefined,
    text: (app) => {
      const session = sessionOf(app);
      if (session?.status === "on") return WORDS[mode].on;
      return session && session.placeInLine > 0 ? WORDS[mode].inLine : WORDS[mode].pending;
    },
    values: (app) => ({ place: sessionOf(app)?.placeInLine ?? 0 }),
    act: () => openDialog(mode === "file" ? "recording" : "liveStreaming"),
    mayAct: ({ call }) => call.activities.recording.isOffered(mode),
  };
}

/** For as long as something of the meeting is kept or shown elsewhere, everybody sees it. */
export const RECORDING_LABELS: readonly Label[] = [
  label("file", "recording-label"),
  label("stream", "streaming-label"),
  {
    id: "transcribing-label",
    icon: "captions",
    kind: "record",
    text: () => "transcribing.labelToolTip",
    isShown: ({ call }) => call.activities.captions.isTranscribing.value,
  },
];
