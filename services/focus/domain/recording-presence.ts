import type { Presence, ShownRecording } from "./conference.ts";
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
  const isChanged = ({ session, ...one }: ShownRecording) => {
    const { session: _, ...before } = presence.recordings.find((other) => other.session === session) ?? { session };
    return JSON.stringify(one) !== JSON.stringify(before);
  };
  const changed = recordings.filter(isChanged);
  const isSame = recordings.length === presence.recordings.length && changed.length === 0;
  if (isSame && recorderModes.join() === presence.recorderModes.join() && !known.isShownOld) return;
  if (known.isShownOld) turn.change({ recordings: { ...known, isShownOld: false } });
  let order = inOrderOf(presence.recordings, recordings);
  if (changed.length === 0) show(turn, { recordings: order, recorderModes });
  for (const one of changed) {
    order = [one, ...order.filter((other) => other !== one)];
    show(turn, { recordings: order, recorderModes });
  }
}

/** The XMPP server may have missed what it was to show. */
export function showAgain(turn: Turn): void {
  if (turn.state.startedMs > 0) turn.change({ recordings: { ...turn.state.recordings, isShownOld: true } });
}

function show(turn: Turn, changes: Partial<Presence>): void {
  const presence = { ...turn.state.presence, ...changes };
  turn.change({ presence });
  turn.do({ type: "show-presence", presence });
}

/** COMPAT: lib-jitsi-meet reads the first of a presence alone, so each is first when it has changed. */
function inOrderOf(before: readonly ShownRecording[], now: readonly ShownRecording[]): readonly ShownRecording[] {
  const placeOf = ({ session }: ShownRecording) => {
    const at = before.findIndex((one) => one.session === session);
    return at < 0 ? before.length : at;
  };
  return [...now].sort((a, b) => placeOf(a) - placeOf(b));
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
