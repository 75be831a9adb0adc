/** What belongs into a backup, and why the rest doesn't. A bucket or stream that is new has to be decided here. */
import { type BucketContract, buckets, type StreamContract, streams } from "@veche/proto/storage.ts";

/** `true`, or why it is left out. A restore empties what is left out: it would speak of a call that is long over. */
type Choice = true | { readonly leftOut: string };

const under = (what: string): Choice => ({ leftOut: `${what}, written again by the processes that run` });

export const bucketChoices = {
  persons: true,
  accounts: true,
  settings: true,
  recordings: true,
  conferenceCodes: true,
  webhookEndpoints: true,
  webhookStates: true,
  hosts: true,
  joins: { leftOut: "tokens that nobody has used yet: of an earlier day they should open nothing" },
  rooms: under("who has which conference"),
  units: under("who serves which unit"),
  bridges: under("which bridges there are"),
  recorders: under("which recorders there are"),
  gateways: under("which gateways there are"),
  xmppState: { leftOut: "streams and rooms that are open: clients connect anew" },
  recordingJobs: { leftOut: "what is being recorded, with keys of live streams: none goes on by itself days later" },
  recordingStates: under("how recordings go"),
  sipCalls: { leftOut: "telephone calls under way" },
  librarySessions: { leftOut: "who has signed in at the library: half a day at most" },
  acmeChallenges: { leftOut: "what an authority asks within minutes" },
} as const satisfies Record<keyof typeof buckets, Choice>;

/** The facts: left out by --without-facts. */
export const factStreams: readonly string[] = Object.values<StreamContract>(streams).map(({ name }) => name);

const byChoice = (isKept: boolean) =>
  Object.entries<BucketContract>(buckets)
    .filter(([key]) => (bucketChoices[key as keyof typeof buckets] === true) === isKept)
    .map(([, { name }]) => `KV_${name}`);

export const keptBuckets: readonly string[] = byChoice(true);
export const droppedBuckets: readonly string[] = byChoice(false);

/** In the order in which they are saved: facts speak of persons, so these come first. */
export function streamsToSave(given: { readonly withFacts: boolean }): readonly string[] {
  return given.withFacts ? [...keptBuckets, ...factStreams] : keptBuckets;
}
