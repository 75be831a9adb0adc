import type { TextKey } from "../../i18n/text-key.ts";
import type { RecordingMode } from "../../protocol/conference/recording.ts";
import type { CallState } from "../call/state.ts";
import { ownRecordingPath, ownRecordings } from "./own-recordings.ts";
import type { RecordingSession } from "./recording.ts";

interface Words {
  readonly on: TextKey;
  readonly onBy: TextKey;
  readonly off: TextKey;
  readonly offBy: TextKey;
  readonly busy: TextKey;
  readonly error: TextKey;
  readonly consent: TextKey;
}

const WORDS: Readonly<Record<RecordingMode, Words>> = {
  file: {
    on: "recording.on",
    onBy: "recording.onBy",
    off: "recording.off",
    offBy: "recording.offBy",
    busy: "recording.busy",
    error: "recording.error",
    consent: "recording.consent",
  },
  stream: {
    on: "liveStreaming.on",
    onBy: "liveStreaming.onBy",
    off: "liveStreaming.off",
    offBy: "liveStreaming.offBy",
    busy: "liveStreaming.busy",
    error: "liveStreaming.error",
    consent: "liveStreaming.consent",
  },
};

/** Who began it is told where it is. Of one that failed in the middle there is what was recorded until then. */
function tellOfOwn({ notices }: CallState, id: string): void {
  const own = ownRecordings().find((each) => each.id === id);
  if (!own) return;
  const action = { label: "recording.open", act: () => {}, href: ownRecordingPath(own) } as const;
  notices.show("recording.ready", { stays: true, actions: [action] });
}

/** Everybody is told when it begins and when it ends; whoever did not begin it is asked to have understood. */
export function tellOfRecording(state: CallState, before: RecordingSession | undefined, now: RecordingSession): void {
  const words = WORDS[now.mode];
  const { notices, selfId, occupants } = state;
  const isOurs = now.by !== "" && now.by === selfId.value;
  const name = isOurs ? state.name.value : occupants.value.get(now.by)?.name;
  const group = `recording-${now.mode}`;
  const values = { name: name ?? "" };
  if (now.status === "on") {
    if (isOurs) notices.show(words.on, { group });
    else
      notices.show(name ? words.onBy : words.consent, {
        values,
        group,
        kind: "warning",
        stays: true,
        actions: [{ label: "recording.understood", act: () => {} }],
      });
  } else if (now.status === "off" && now.failure) {
    notices.show(words[now.failure], { group, kind: "error" });
  } else if (now.status === "off" && before?.status === "on") {
    notices.show(name ? words.offBy : words.off, { values, group });
  }
  if (now.status === "off" && before?.status === "on") tellOfOwn(state, now.id);
}
