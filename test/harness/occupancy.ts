/** Who was in the room after each fact, and which facts about people contradict that. */
import type { FactBody, SittingFact } from "./event-promises.ts";

export type Occupancy = {
  /** Endpoints that joined and have not left. */
  readonly present: ReadonlySet<string>;
  /** Everybody who joined. */
  readonly persons: ReadonlySet<string>;
  readonly peak: number;
  readonly faults: readonly string[];
};

const leftReasons = new Set([
  "client",
  "kicked",
  "ended",
  "timeout",
  "replaced",
  "server-lost",
  "moved",
  "transport-failed",
]);

/** May be said of somebody who is not, or not yet, in the room. */
const outside = new Set(["participant.connection-failed", "participant.admitted", "participant.rejected"]);
/** About a medium, not about one source of it. */
const ofMedia = new Set(["source.blocked", "source.unblocked"]);

type Walk = {
  readonly present: Map<string, { isInterrupted: boolean; readonly sources: Map<string, boolean> }>;
  readonly persons: Set<string>;
  readonly faults: string[];
  peak: number;
};

export function foldOccupancy(facts: readonly SittingFact[]): Occupancy {
  const walk: Walk = { present: new Map(), persons: new Set(), faults: [], peak: 0 };
  for (const fact of facts) {
    if (fact.name.startsWith("participant.lobby-")) continue;
    if (fact.name.startsWith("participant.")) readParticipant(walk, fact);
    if (fact.name.startsWith("source.")) readSource(walk, fact);
    checkCounts(walk, fact);
  }
  return { present: new Set(walk.present.keys()), persons: walk.persons, peak: walk.peak, faults: walk.faults };
}

function readParticipant(walk: Walk, fact: SittingFact): void {
  const endpoint = endpointOf(fact);
  const say = (text: string): void => {
    walk.faults.push(`${endpoint} ${text} (seq ${fact.seq})`);
  };
  if (endpoint === "") {
    say(`is missing in ${fact.name}`);
    return;
  }
  const occupant = walk.present.get(endpoint);
  if (fact.name === "participant.joined") {
    join(walk, fact, endpoint, say);
    return;
  }
  if (occupant === undefined) {
    if (!outside.has(fact.name)) say(`has ${fact.name} without being in the room`);
    return;
  }
  if (fact.name === "participant.left") {
    const reason = String(fact.body.reason ?? "");
    if (!leftReasons.has(reason)) say(`left for the reason "${reason}"`);
    walk.present.delete(endpoint);
  }
  if (fact.name === "participant.interrupted") {
    if (occupant.isInterrupted) say("was interrupted twice");
    occupant.isInterrupted = true;
  }
  if (fact.name === "participant.resumed") {
    if (!occupant.isInterrupted) say("resumed without having been interrupted");
    occupant.isInterrupted = false;
  }
}

function join(walk: Walk, fact: SittingFact, endpoint: string, say: (text: string) => void): void {
  if (walk.present.has(endpoint)) say("joined twice");
  const person = String((fact.body.participant as FactBody).person ?? "");
  if (person === "") say("joined without a person");
  walk.persons.add(person);
  walk.present.set(endpoint, { isInterrupted: false, sources: new Map() });
  walk.peak = Math.max(walk.peak, walk.present.size);
}

function readSource(walk: Walk, fact: SittingFact): void {
  const endpoint = endpointOf(fact);
  const source = (fact.body.source ?? {}) as FactBody;
  const name = String(source.name ?? "");
  const say = (text: string): void => {
    walk.faults.push(`source ${name} ${text} (seq ${fact.seq})`);
  };
  const occupant = walk.present.get(endpoint);
  if (ofMedia.has(fact.name)) {
    if (occupant === undefined)
      walk.faults.push(`${fact.name} of ${endpoint}, who is not in the room (seq ${fact.seq})`);
    return;
  }
  if (name === "") {
    say(`of ${endpoint} has no name in ${fact.name}`);
    return;
  }
  if (occupant === undefined) {
    say(`has ${fact.name} while ${endpoint} is not in the room`);
    return;
  }
  const isMuted = occupant.sources.get(name);
  if (fact.name === "source.published") {
    if (isMuted !== undefined) say("was published twice");
    occupant.sources.set(name, source.muted === true);
    return;
  }
  if (isMuted === undefined) {
    say(`has ${fact.name} without being published`);
    return;
  }
  if (fact.name === "source.unpublished") occupant.sources.delete(name);
  if (fact.name === "source.muted" || fact.name === "source.unmuted") {
    const becomesMuted = fact.name === "source.muted";
    if (isMuted === becomesMuted) say(`has ${fact.name} twice`);
    occupant.sources.set(name, becomesMuted);
  }
}

function checkCounts(walk: Walk, fact: SittingFact): void {
  if (!("counts" in fact.body)) return;
  const counts = fact.body.counts as FactBody;
  const participants = Number(counts.participants ?? 0);
  const senders = Number(counts.senders ?? 0);
  if (participants < 0 || senders < 0 || senders > participants) {
    walk.faults.push(`counts of ${participants} participants and ${senders} senders (seq ${fact.seq})`);
  }
  if (fact.name !== "participant.joined" && fact.name !== "participant.left") return;
  if (participants !== walk.present.size) {
    walk.faults.push(
      `counts ${participants} participants after ${fact.name}, there are ${walk.present.size} (seq ${fact.seq})`,
    );
  }
}

function endpointOf(fact: SittingFact): string {
  const participant = (fact.body.participant ?? {}) as FactBody;
  return String(participant.endpoint ?? "");
}
