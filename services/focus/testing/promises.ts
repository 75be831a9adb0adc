import { mediaOf } from "../domain/blocks.ts";
import type { Fact, ParticipantRef } from "../domain/facts.ts";

type Inside = {
  isInterrupted: boolean;
  isHandUp: boolean;
  isMoving: boolean;
  readonly sources: Map<string, boolean>;
  readonly blocked: Set<string>;
};

/** What the facts of one sitting, in stream order, break of the promises of events.md. Empty: nothing. */
export function brokenPromises(facts: readonly Fact[], isOver: boolean): string[] {
  const faults: string[] = [];
  const inside = new Map<string, Inside>();
  const lobby = new Set<string>();
  let epoch = 0;
  facts.forEach((fact, index) => {
    const say = (text: string) => faults.push(`${index + 1} ${fact.name}: ${text}`);
    if (fact.seq !== index + 1) say(`seq ${fact.seq}`);
    if (fact.epoch < epoch) say(`epoch ${fact.epoch} after ${epoch}`);
    if (epoch !== 0 && fact.epoch > epoch && fact.name !== "sessionResumed") say("a new owner does not begin so");
    epoch = fact.epoch;
    if ((fact.name === "sessionStarted") !== (index === 0)) say("started comes first and once");
    if (index > 0 && facts[index - 1]?.name === "sessionEnded") say("comes after the end");
    if (isOfLobby(fact)) checkLobby(fact, lobby, say);
    else if ("participant" in fact.body) checkParticipant(fact, fact.body.participant, inside, say);
    if ("counts" in fact.body) checkCounts(fact.body.counts, inside, say);
    if (/Name of|A caller|7495|@/.test(JSON.stringify(fact.body))) say("holds a name or an address");
  });
  if (isOver && facts.length > 0 && facts.at(-1)?.name !== "sessionEnded") faults.push("never ended");
  if (isOver) for (const endpoint of inside.keys()) faults.push(`${endpoint} never left`);
  if (isOver) for (const endpoint of lobby) faults.push(`${endpoint} waits for ever`);
  faults.push(...speakerFaults(facts), ...bridgeFaults(facts), ...recordingFaults(facts, isOver), ...endFaults(facts));
  return faults;
}

type LobbyName = "participantLobbyEntered" | "participantLobbyLeft" | "participantAdmitted" | "participantRejected";
type LobbyFact = Extract<Fact, { readonly name: LobbyName }>;

const lobbyNames = new Set<string>([
  "participantLobbyEntered",
  "participantLobbyLeft",
  "participantAdmitted",
  "participantRejected",
] satisfies LobbyName[]);

function isOfLobby(fact: Fact): fact is LobbyFact {
  return lobbyNames.has(fact.name);
}

function checkLobby({ name, body }: LobbyFact, lobby: Set<string>, say: (text: string) => void): void {
  const { endpoint } = body.participant;
  const isEntering = name === "participantLobbyEntered";
  if (lobby.has(endpoint) === isEntering) say(isEntering ? `${endpoint} waits already` : `${endpoint} does not wait`);
  if (isEntering) lobby.add(endpoint);
  else lobby.delete(endpoint);
}

function checkParticipant(
  fact: Fact,
  { endpoint }: ParticipantRef,
  inside: Map<string, Inside>,
  say: (text: string) => void,
): void {
  const entry = inside.get(endpoint);
  if (fact.name === "participantJoined") {
    if (entry) say(`${endpoint} joined twice`);
    const nothing = { isInterrupted: false, isHandUp: false, isMoving: false };
    inside.set(endpoint, { ...nothing, sources: new Map(), blocked: new Set() });
    return;
  }
  if (!entry) {
    say(`${endpoint} is not in`);
    return;
  }
  switch (fact.name) {
    case "participantLeft":
      if (entry.sources.size > 0 || entry.isHandUp) say(`${endpoint} left something behind`);
      if (entry.isMoving !== (fact.body.reason === "moved")) say("moved and left do not go together");
      inside.delete(endpoint);
      return;
    case "participantInterrupted":
    case "participantResumed":
      if (entry.isInterrupted === (fact.name === "participantInterrupted")) say("twice");
      entry.isInterrupted = !entry.isInterrupted;
      return;
    case "participantHandRaised":
    case "participantHandLowered":
      if (entry.isHandUp === (fact.name === "participantHandRaised")) say("twice");
      entry.isHandUp = !entry.isHandUp;
      return;
    case "participantMoved":
      entry.isMoving = true;
      return;
    case "sourceBlocked":
    case "sourceUnblocked":
      checkBlock(fact.name === "sourceBlocked", fact.body.media, entry.blocked, say);
      return;
    default:
      if ("source" in fact.body) checkSource(fact, entry, say);
  }
}

function checkBlock(isBlocked: boolean, media: string, blocked: Set<string>, say: (text: string) => void): void {
  if (blocked.has(media) === isBlocked) say(`${media} is so already`);
  if (isBlocked) blocked.add(media);
  else blocked.delete(media);
}

function checkSource(fact: Fact, { sources, blocked }: Inside, say: (text: string) => void): void {
  if (!("source" in fact.body)) return;
  const { name, muted, kind } = fact.body.source;
  const isNew = fact.name === "sourcePublished" || fact.name === "sourceUnmuted";
  if (isNew && !muted && blocked.has(mediaOf(kind))) say(`${name} speaks although it is blocked`);
  const known = sources.get(name);
  if (fact.name === "sourcePublished") {
    if (known !== undefined) say(`${name} is published already`);
    sources.set(name, muted);
    return;
  }
  if (known === undefined) say(`${name} is not published`);
  if (fact.name === "sourceUnpublished") sources.delete(name);
  else {
    if (known === muted) say(`${name} is so already`);
    sources.set(name, muted);
  }
}

function checkCounts(
  counts: { readonly participants: number; readonly senders: number },
  inside: ReadonlyMap<string, Inside>,
  say: (text: string) => void,
): void {
  const senders = [...inside.values()].filter(({ sources }) => [...sources.values()].includes(false)).length;
  if (counts.participants !== inside.size) say(`counts ${counts.participants} participants, there are ${inside.size}`);
  if (counts.senders !== senders) say(`counts ${counts.senders} senders, there are ${senders}`);
}

function speakerFaults(facts: readonly Fact[]): string[] {
  const times = facts.flatMap(({ name, timeMs }) => (name === "speakerChanged" ? timeMs : []));
  return times.flatMap((at, index) => {
    const before = times[index - 1];
    return before !== undefined && at - before < 1_000 ? [`the speaker changed twice within ${at - before} ms`] : [];
  });
}

/** Each is asked for first, begins once at most, and ends once, before the sitting does. */
function recordingFaults(facts: readonly Fact[], isOver: boolean): string[] {
  const faults: string[] = [];
  const running = new Map<string, boolean>();
  const seen = new Set<string>();
  for (const { name, body } of facts) {
    const id = "recording" in body ? body.recording : "stream" in body ? body.stream : undefined;
    if (id === undefined) continue;
    const hasStarted = running.get(id);
    if (name === "recordingRequested" || name === "streamRequested") {
      if (seen.has(id)) faults.push(`${id} was requested twice`);
      seen.add(id);
      running.set(id, false);
    } else if (hasStarted === undefined) faults.push(`${name} of ${id}, which is not under way`);
    else if (/Started$/.test(name)) {
      if (hasStarted) faults.push(`${id} started twice`);
      running.set(id, true);
    } else if (/Stopped$|Failed$/.test(name)) running.delete(id);
  }
  if (isOver) for (const id of running.keys()) faults.push(`${id} never ended`);
  if (/rtmps?:|stream-key|owner-key/.test(JSON.stringify(facts))) faults.push("a fact holds a secret");
  return faults;
}

/** The first is assigned, further ones come and go, and the main bridge has gone when another one is it. */
function bridgeFaults(facts: readonly Fact[]): string[] {
  const faults: string[] = [];
  let bridges: readonly string[] = [];
  for (const { name, body } of facts) {
    if (name === "bridgeAssigned") {
      if (bridges.length > 0) faults.push(`${body.bridge} is assigned, ${bridges[0]} was before`);
      bridges = [body.bridge];
    } else if (name === "bridgeMoved") {
      if (bridges.length === 0) faults.push(`moved to ${body.bridge} from nowhere`);
      bridges = [body.bridge, ...bridges.slice(1).filter((id) => id !== body.bridge)];
    } else if (name === "bridgeRelayUp") {
      if (bridges.length === 0 || bridges.includes(body.bridge)) faults.push(`a relay to ${body.bridge} came twice`);
      bridges = [...bridges, body.bridge];
    } else if (name === "bridgeRelayDown") {
      if (bridges.indexOf(body.bridge) < 1) faults.push(`a relay to ${body.bridge} went that was not there`);
      bridges = bridges.filter((id) => id !== body.bridge);
    }
  }
  return faults;
}

function endFaults(facts: readonly Fact[]): string[] {
  const end = facts.at(-1);
  if (end?.name !== "sessionEnded") return [];
  const { totals, roster, durationSeconds } = end.body;
  const joins = facts.flatMap((fact) => (fact.name === "participantJoined" ? fact : []));
  const persons = new Set(joins.map(({ body }) => body.participant.person));
  const peak = Math.max(0, ...joins.map(({ body }) => body.counts.participants));
  const hands = facts.filter(({ name }) => name === "participantHandRaised").length;
  const polls = facts.filter(({ name }) => name === "pollCreated").length;
  const seconds = facts.reduce((sum, fact) => sum + (fact.name === "participantLeft" ? fact.body.seconds : 0), 0);
  const listed = roster.reduce((sum, line) => sum + line.seconds, 0);
  return [
    ...(totals.participants === persons.size ? [] : [`${totals.participants} persons, expected ${persons.size}`]),
    ...(totals.peak === peak ? [] : [`peak ${totals.peak}, expected ${peak}`]),
    ...(totals.hands === hands ? [] : [`${totals.hands} hands, expected ${hands}`]),
    ...(totals.polls === polls ? [] : [`${totals.polls} polls, expected ${polls}`]),
    ...(roster.length === persons.size ? [] : [`${roster.length} in the roster, expected ${persons.size}`]),
    ...(Math.abs(listed - seconds) < 0.01 ? [] : [`${listed} s in the roster, expected ${seconds}`]),
    ...(durationSeconds >= 0 ? [] : ["a duration below 0"]),
    ...roster.flatMap((line) => (line.speakingSeconds > line.seconds + 0.01 ? [`${line.person} spoke too long`] : [])),
  ];
}
