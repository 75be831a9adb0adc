import type { ShownRecording } from "./conference.ts";
import type { RecorderPool } from "./recorder-pool.ts";
import { recordersAtWork } from "./recorder-pool.ts";
import { targetsOf } from "./recording-facts.ts";
import { type OutputKind, outputKinds } from "./recording-job.ts";
import type { Turn } from "./turn.ts";

/** What everybody in the room sees of recordings, and whether any can be had (focus.md 3.9). */
export function showRecordings(turn: Turn): void {
  const { presence, recordings: known } = turn.state;
  const recordings = shownNow(turn);
  const recorderModes = modesOf(turn.pool);
  const now = JSON.stringify([recordings, recorderModes]);
  if (now === JSON.stringify([presence.recordings, presence.recorderModes]) && !known.isShownOld) return;
  if (known.isShownOld) turn.change({ recordings: { ...known, isShownOld: false } });
  const next = { ...presence, recordings, recorderModes };
  turn.change({ presence: next });
  turn.do({ type: "show-presence", presence: next });
}

export function modesOf(pool: RecorderPool): readonly OutputKind[] {
  return recordersAtWork(pool).length > 0 ? outputKinds : [];
}

function shownNow(turn: Turn): readonly ShownRecording[] {
  const { showings, jobs } = turn.state.recordings;
  return [...showings.values()].map((showing) => {
    const { session, kind, status, by: initiator, failure, position } = showing;
    const job = jobs.get(showing.job);
    const targets = status === "off" ? [] : targetsOf(job, showing);
    return {
      session,
      kind,
      status,
      initiator,
      failure,
      position,
      layout: job?.mode === "composite" ? job.layout : "",
      targets: targets.map(({ id, host, state }) => ({ id, host, state })),
    };
  });
}
