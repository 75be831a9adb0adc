import { isRecord } from "../../protocol/json.ts";
import { remember, remembered } from "../remembered.ts";

/** A recording that was begun in this browser. Whoever has the key may do with it what its owner may. */
export interface OwnRecording {
  readonly id: string;
  readonly key: string;
  /** The meeting's name as people read it. */
  readonly room: string;
  /** When it was begun, in ms since 1970. */
  readonly at: number;
}

export const MAX_OWN_RECORDINGS = 50;

/** The newest first. */
export function ownRecordings(): readonly OwnRecording[] {
  const stored = remembered("recordings");
  return Array.isArray(stored) ? stored.filter(isOwnRecording) : [];
}

export function noteOwnRecording(recording: OwnRecording): void {
  const others = ownRecordings().filter(({ id }) => id !== recording.id);
  remember("recordings", [recording, ...others].slice(0, MAX_OWN_RECORDINGS));
}

/** Where it is played and fetched. The key stands after the `#`, which browsers don't send. */
export function ownRecordingPath({ id, key }: OwnRecording): string {
  return `/recordings?id=${encodeURIComponent(id)}#${encodeURIComponent(key)}`;
}

function isOwnRecording(value: unknown): value is OwnRecording {
  if (!isRecord(value)) return false;
  const { id, key, room, at } = value;
  return typeof id === "string" && typeof key === "string" && typeof room === "string" && typeof at === "number";
}
