/** Parts that other recorders have of a recording that is finished here. */

import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import { Mode, type Recording } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { EndedRecording } from "../session/ports.ts";
import type { Entries } from "./entries.ts";
import { type Gap, type Note, readOthers, recordingIn } from "./folder.ts";
import { setState, stateOf, strike } from "./former.ts";
import type { Neighbours } from "./neighbours.ts";
import { proofFor } from "./secrets.ts";

type Given = { readonly neighbours: Neighbours; readonly entries: Entries; readonly log: Log };

/** What could not be fetched is a gap, until who has it has made a further file of it. */
export async function fetchOthers(ended: EndedRecording, note: Note, { neighbours, log }: Given) {
  const { recording, ownerKeyHash } = ended.recording;
  const gaps: Gap[] = [];
  const unfetched: string[] = [];
  for (const other of await elsewhere(ended)) {
    try {
      if (!isJoined(ended)) throw new VecheError("failed-precondition", "tracks are finished where they are");
      const proof = proofFor(recording, ownerKeyHash);
      await neighbours.fetchParts(other, recording, ended.directory, proof, ended.signal);
    } catch (error) {
      ended.signal.throwIfAborted();
      log.warn({ recording, other, err: error }, "parts of a recording could not be fetched");
      const firstMs = Math.min(Number(ended.recording.endedMs), ...ended.attempts.map(({ startedMs }) => startedMs));
      const missingMs = Math.max(0, firstMs - Number(recordingIn(note).startedMs));
      gaps.push({ atSeconds: 0, missingSeconds: missingMs / 1000, reason: unfetchedReason(other) });
      unfetched.push(other);
    }
  }
  return { gaps, unfetched };
}

/** Others need not keep what is safe here; who is away removes it when it is back. */
export async function dropFetched(ended: EndedRecording, { unfetched = [] }: Note, given: Given): Promise<void> {
  const { recording, ownerKeyHash } = ended.recording;
  for (const other of await elsewhere(ended)) {
    if (unfetched.includes(other)) continue;
    try {
      await given.neighbours.dropParts(other, recording, proofFor(recording, ownerKeyHash), ended.signal);
      await given.entries.change(recording, (entry) => strike(entry, other));
    } catch (error) {
      given.log.warn({ recording, other, err: error }, "parts stay where they were until that recorder is back");
    }
  }
}

/** Files of tracks are joined with nothing, and each recorder's manifest names its own. */
function isJoined({ recording: { mode } }: EndedRecording): boolean {
  return mode !== Mode.TRACKS && mode !== Mode.AUDIO;
}

/** Whose parts are in the files, and whose are not. */
export function noteFormer(entry: Recording, others: readonly string[], { unfetched = [] }: Note): void {
  const listed = entry.former.filter(({ recorder }) => stateOf(entry, recorder) === "listed");
  entry.former = listed;
  for (const other of others) {
    if (stateOf(entry, other) === undefined) setState(entry, other, unfetched.includes(other) ? "waiting" : "joined");
  }
}

export function unfetchedReason(recorder: string): string {
  return `what recorder ${recorder} has could not be fetched`;
}

/** Where recorders share their storage, what others captured is in this folder already. */
export async function elsewhere({ directory, attempts }: EndedRecording): Promise<readonly string[]> {
  const others = await readOthers(directory);
  return others.filter((other) => !attempts.some(({ recorder }) => recorder === other));
}
