import type { Fact } from "./facts.ts";
import type { OutputKind } from "./recording-job.ts";
import { newShowing, noRecordings, type Recordings } from "./recordings.ts";

/** A recording or stream as the facts of its sitting tell it; those that are off are forgotten. */
type Remembered = {
  readonly kind: OutputKind;
  readonly by: string;
  readonly hasStarted: boolean;
  readonly isQueueTold: boolean;
  readonly warned: readonly string[];
  readonly retries: number;
};

export type RecordingMemory = ReadonlyMap<string, Remembered>;

type Fold = (known: Remembered) => Partial<Remembered>;

export function rememberRecording(memory: RecordingMemory, fact: Fact): RecordingMemory {
  switch (fact.name) {
    case "recordingRequested":
      return new Map(memory).set(fact.body.recording, begun("file", fact.body.initiator));
    case "streamRequested":
      return new Map(memory).set(fact.body.stream, begun("stream", fact.body.initiator));
    case "recordingQueued":
      return fold(memory, fact.body.recording, () => ({ isQueueTold: true }));
    case "recordingStarted":
      return fold(memory, fact.body.recording, () => ({ hasStarted: true }));
    case "streamStarted":
      return fold(memory, fact.body.stream, () => ({ hasStarted: true }));
    case "recordingWarned": {
      const { code, text } = fact.body.error;
      const warnings = [`${code}: ${text}`, text];
      return fold(memory, fact.body.recording, ({ warned }) => ({ warned: [...warned, ...warnings] }));
    }
    case "streamRetrying": {
      const retries = fact.body.targets.reduce((sum, target) => sum + target.retries, 0);
      return fold(memory, fact.body.stream, () => ({ retries }));
    }
    case "recordingStopped":
    case "recordingFailed":
      return without(memory, fact.body.recording);
    case "streamStopped":
    case "streamFailed":
      return without(memory, fact.body.stream);
    default:
      return memory;
  }
}

function begun(kind: OutputKind, by: string): Remembered {
  return { kind, by, hasStarted: false, isQueueTold: false, warned: [], retries: 0 };
}

function fold(memory: RecordingMemory, session: string, changes: Fold): RecordingMemory {
  const known = memory.get(session);
  return known ? new Map(memory).set(session, { ...known, ...changes(known) }) : memory;
}

function without(memory: RecordingMemory, session: string): RecordingMemory {
  const rest = new Map(memory);
  rest.delete(session);
  return rest;
}

/** Before it is compared with the jobs that are there. */
export function restoreRecordings(memory: RecordingMemory): Recordings {
  const showings = [...memory].map(([session, { kind, by, ...told }]) => {
    return [session, { ...newShowing({ session, kind, job: "", by }), ...told }] as const;
  });
  return { ...noRecordings, showings: new Map(showings), isShownOld: true };
}
