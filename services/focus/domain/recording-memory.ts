import type { Fact } from "./facts.ts";
import type { OutputKind } from "./recording-job.ts";
import { newShowing, noRecordings, type Recordings } from "./recordings.ts";

/** A recording or stream as the facts of its sitting tell it. */
type Remembered = {
  readonly isOver: boolean;
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
      return fold(memory, fact.body.recording, () => ({ isOver: true }));
    case "streamStopped":
    case "streamFailed":
      return fold(memory, fact.body.stream, () => ({ isOver: true }));
    default:
      return memory;
  }
}

function begun(kind: OutputKind, by: string): Remembered {
  return { kind, by, isOver: false, hasStarted: false, isQueueTold: false, warned: [], retries: 0 };
}

function fold(memory: RecordingMemory, session: string, changes: Fold): RecordingMemory {
  const known = memory.get(session);
  return known ? new Map(memory).set(session, { ...known, ...changes(known) }) : memory;
}

/** Before it is compared with the jobs that are there. */
export function restoreRecordings(memory: RecordingMemory): Recordings {
  const running = [...memory].filter(([, { isOver }]) => !isOver);
  const over = [...memory].flatMap(([session, { isOver }]) => (isOver ? session : []));
  const showings = running.map(([session, { kind, by, isOver: _, ...told }]) => {
    return [session, { ...newShowing({ session, kind, job: "", by }), ...told }] as const;
  });
  return { ...noRecordings, showings: new Map(showings), over: new Set(over), isShownOld: true };
}
