import type { Embedder } from "./embedder.ts";
import { onChange } from "./watch.ts";

/** Files, streams and words that are written down. */
export function tellRecordingEvents({ app, tell }: Embedder): void {
  const { recording, captions } = app.call.activities;
  for (const mode of ["file", "stream"] as const)
    onChange(
      () => recording.active(mode)?.status === "on",
      (on) => tell("recording-status-changed", { on, mode, transcription: false }),
    );
  onChange(
    () => captions.isTranscribing.value,
    (on) => tell("transcribing-status-changed", { on }),
  );
  onChange(
    () => captions.lines.value.at(-1),
    (line) => {
      if (!line) return;
      const { id: messageID, language, speakerId: id, speakerName: name, text, isFinal } = line;
      const words = isFinal ? { final: text } : { stable: text };
      tell("transcription-chunk-received", { data: { messageID, language, participant: { id, name }, ...words } });
    },
  );
}
