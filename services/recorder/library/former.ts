/** Recorders that had a recording before the one that has it now, and what becomes of their parts. */
import { create } from "@bufbuild/protobuf";
import {
  type FormerRecorder,
  FormerRecorderSchema,
  type Recording,
  type RecordingFile,
} from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { isGoing } from "./going.ts";

const ofRecorder = "recorder:";

/** As FormerRecorder.state. */
export type FormerState = "waiting" | "joined" | "listed";

/** What the parts are to the library that a recorder finds in its folder when nothing more is recorded. */
export type Standing =
  /** It finishes the recording. */
  | "own"
  /** Another recorder is at it, and may fetch them still. */
  | "not-yet"
  /** They are in the files of another recorder. */
  | "joined"
  /** Another recorder has finished the recording without them. */
  | "further"
  | "deleted";

/** `wasDeleted`: of one without an entry, which a library that was lost hasn't either. */
export function standingOf(entry: Recording | undefined, recorder: string, wasDeleted: boolean): Standing {
  if (entry === undefined) return wasDeleted ? "deleted" : "own";
  if (isGoing(entry)) return "deleted";
  if (entry.recorder === recorder) return "own";
  if (entry.status === "recording" || entry.status === "processing") return "not-yet";
  return stateOf(entry, recorder) === "joined" ? "joined" : "further";
}

export function stateOf({ former }: Recording, recorder: string): FormerState | undefined {
  return former.find((one) => one.recorder === recorder)?.state as FormerState | undefined;
}

/** Who has a folder of it: it is gone when all of them have removed theirs. */
export function holdersOf({ recorder, former }: Recording): readonly string[] {
  return [recorder, ...former.map((one) => one.recorder)].filter((id) => id !== "");
}

export function setState(entry: Recording, recorder: string, state: FormerState): void {
  entry.former = [...without(entry.former, recorder), create(FormerRecorderSchema, { recorder, state })];
}

/** It has nothing of it any more. */
export function strike(entry: Recording, recorder: string): void {
  if (entry.recorder === recorder) entry.recorder = "";
  entry.former = without(entry.former, recorder);
}

/** Those of whoever takes it over now. */
export function formerOfNext({ recorder: last, former }: Recording, next: string): FormerRecorder[] {
  const isTakenOver = last !== next && last !== "";
  const added = isTakenOver ? [create(FormerRecorderSchema, { recorder: last, state: "waiting" })] : [];
  return [...without(without(former, last), next), ...added];
}

/** Who has the file, while no storage has it. */
export function holderOf(entry: Recording, { location }: RecordingFile): string {
  return location.startsWith(ofRecorder) ? location.slice(ofRecorder.length) : entry.recorder;
}

export function locationAt(recorder: string): string {
  return `${ofRecorder}${recorder}`;
}

function without(former: readonly FormerRecorder[], recorder: string): FormerRecorder[] {
  return former.filter((one) => one.recorder !== recorder);
}
