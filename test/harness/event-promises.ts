/**
 * The promises of the public facts (proto/README.md) as a function from what a subscriber read, in stream order, to
 * what is wrong with it. Tests that kill a role end with it.
 */
import { foldOccupancy, type Occupancy } from "./occupancy.ts";
import { isOfRecorder, jobFaults, recorderFaults } from "./recording-promises.ts";
import { callFaults, isOfGateway } from "./telephone-promises.ts";

export type ObservedFact = {
  readonly subject: string;
  readonly streamSequence: number;
  readonly id: string;
  readonly body: unknown;
};

export type Expectation = {
  /** Every sitting read is over: it has its `session.ended` and everybody has left. */
  readonly isOver: boolean;
  /** What must never be read in a fact: names, addresses, secrets. */
  readonly forbiddenTexts?: readonly string[];
};

export type FactBody = Readonly<Record<string, unknown>>;

export type SittingFact = {
  readonly name: string;
  readonly session: string;
  readonly seq: number;
  readonly epoch: number;
  readonly body: FactBody;
};

const endedReasons = new Set(["empty", "moderator", "limit", "operator", "server-lost"]);
/** Facts about jobs that outlive the sitting. */
const afterwards = new Set(["recording", "stream"]);

export function brokenPromises(facts: readonly ObservedFact[], expected: Expectation): string[] {
  const faults: string[] = [...repeatedIds(facts), ...forbiddenTexts(facts, expected.forbiddenTexts ?? [])];
  const sittings = new Map<string, SittingFact[]>();
  for (const fact of facts) {
    const read = readFact(fact);
    if (typeof read === "string") {
      faults.push(read);
      continue;
    }
    const sitting = sittings.get(read.session) ?? [];
    sitting.push(read);
    sittings.set(read.session, sitting);
  }
  for (const [session, all] of sittings) {
    const sitting = all.filter((fact) => !isOfRecorder(fact) && !isOfGateway(fact));
    const found = [
      ...sittingFaults(sitting, expected),
      ...recorderFaults(all),
      ...jobFaults(all, expected.isOver),
      ...callFaults(all, expected.isOver),
    ];
    faults.push(...found.map((fault) => `session ${session}: ${fault}`));
  }
  return faults;
}

/** Body, ids and counters of one fact, or what is wrong with its form. */
export function readFact(fact: ObservedFact): SittingFact | string {
  const [family, version, tenant, room, session, entity, verb, ...rest] = fact.subject.split(".");
  if (family !== "conference" || version !== "v1" || verb === undefined || rest.length > 0) {
    return `subject "${fact.subject}" is not conference.v1.<tenant>.<room>.<session>.<entity>.<fact>`;
  }
  if (typeof fact.body !== "object" || fact.body === null) return `${fact.subject}: the body is not an object`;
  const body = fact.body as FactBody;
  const where = `${fact.subject} (${fact.streamSequence})`;
  if (body.tenant !== tenant || body.room !== room || body.session !== session) {
    return `${where}: tenant, room or session of the body is not the subject's`;
  }
  const seq = Number(body.seq);
  const name = `${entity}.${verb}`;
  const isOthers = isOfRecorder({ name }) || isOfGateway({ name });
  // Recorders and gateways own no room; JSON leaves out a zero.
  const epoch = Number(body.epoch ?? 0);
  if (!Number.isSafeInteger(seq) || seq < 1) return `${where}: seq is ${String(body.seq)}`;
  if (!Number.isSafeInteger(epoch) || (isOthers ? epoch !== 0 : epoch < 1))
    return `${where}: epoch is ${String(body.epoch)}`;
  if (Number.isNaN(Date.parse(String(body.time)))) return `${where}: time is ${String(body.time)}`;
  return { name, session: session ?? "", seq, epoch, body };
}

function sittingFaults(facts: readonly SittingFact[], expected: Expectation): string[] {
  const occupancy = foldOccupancy(facts);
  return [
    ...numberingFaults(facts),
    ...frameFaults(facts, expected),
    ...occupancy.faults,
    ...speakerFaults(facts),
    ...closingFaults(facts, occupancy),
  ];
}

function numberingFaults(facts: readonly SittingFact[]): string[] {
  const faults: string[] = [];
  let epoch = 0;
  facts.forEach((fact, index) => {
    if (fact.seq !== index + 1) faults.push(`seq ${fact.seq} (${fact.name}) where ${index + 1} was due`);
    if (fact.epoch < epoch) faults.push(`epoch fell from ${epoch} to ${fact.epoch} at seq ${fact.seq}`);
    if (epoch > 0 && fact.epoch > epoch && fact.name !== "session.resumed") {
      faults.push(`a new owner began with ${fact.name} at seq ${fact.seq}, not with session.resumed`);
    }
    epoch = Math.max(epoch, fact.epoch);
  });
  return faults;
}

function frameFaults(facts: readonly SittingFact[], expected: Expectation): string[] {
  const faults: string[] = [];
  if (facts[0]?.name !== "session.started") faults.push(`began with ${facts[0]?.name}, not with session.started`);
  const starts = facts.filter((fact) => fact.name === "session.started").length;
  if (starts > 1) faults.push(`session.started came ${starts} times`);
  const ends = facts.filter((fact) => fact.name === "session.ended").length;
  if (ends > 1) faults.push(`session.ended came ${ends} times`);
  if (ends === 0) {
    if (expected.isOver) faults.push("session.ended never came");
    return faults;
  }
  const end = facts.findIndex((fact) => fact.name === "session.ended");
  for (const fact of facts.slice(end + 1)) {
    if (!afterwards.has(fact.name.split(".")[0] ?? "")) faults.push(`${fact.name} came after session.ended`);
  }
  return faults;
}

function closingFaults(facts: readonly SittingFact[], occupancy: Occupancy): string[] {
  const end = facts.find((fact) => fact.name === "session.ended");
  if (end === undefined) return [];
  const faults: string[] = [];
  const reason = String(end.body.reason ?? "");
  if (!endedReasons.has(reason)) faults.push(`session.ended for the reason "${reason}"`);
  for (const endpoint of occupancy.present) faults.push(`${endpoint} joined and never left`);
  const totals = (end.body.totals ?? {}) as FactBody;
  const persons = Number(totals.participants ?? 0);
  const peak = Number(totals.peak ?? 0);
  if (persons !== occupancy.persons.size) {
    faults.push(`session.ended counts ${persons} persons, ${occupancy.persons.size} joined`);
  }
  if (peak !== occupancy.peak) faults.push(`session.ended has a peak of ${peak}, it was ${occupancy.peak}`);
  const roster = Array.isArray(end.body.roster) ? (end.body.roster as FactBody[]) : [];
  const listed = new Set(roster.map((entry) => String(entry.person)));
  for (const person of occupancy.persons) if (!listed.has(person)) faults.push(`${person} is not in the roster`);
  return faults;
}

const speakerIntervalMs = 1000;
/** Facts are stamped before they are written; a hair of difference is no broken promise. */
const speakerToleranceMs = 20;

function speakerFaults(facts: readonly SittingFact[]): string[] {
  const faults: string[] = [];
  let last: number | undefined;
  for (const fact of facts) {
    if (fact.name !== "speaker.changed") continue;
    const time = Date.parse(String(fact.body.time));
    if (last !== undefined && time - last < speakerIntervalMs - speakerToleranceMs) {
      faults.push(`speaker.changed ${time - last} ms after the one before (seq ${fact.seq})`);
    }
    last = time;
  }
  return faults;
}

function repeatedIds(facts: readonly ObservedFact[]): string[] {
  const seen = new Set<string>();
  const faults: string[] = [];
  for (const fact of facts) {
    if (fact.id === "") faults.push(`${fact.subject} (${fact.streamSequence}) has no id`);
    else if (seen.has(fact.id)) faults.push(`id ${fact.id} was stored twice (${fact.subject})`);
    seen.add(fact.id);
  }
  return faults;
}

function forbiddenTexts(facts: readonly ObservedFact[], texts: readonly string[]): string[] {
  const faults: string[] = [];
  for (const fact of facts) {
    const json = JSON.stringify(fact.body);
    for (const text of texts) if (json.includes(text)) faults.push(`${fact.subject} holds "${text}"`);
  }
  return faults;
}
