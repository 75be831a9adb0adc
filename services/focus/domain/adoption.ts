import type { BridgeUse } from "./bridge-selection/bridge.ts";
import type { Invite, Member, Session } from "./conference.ts";
import type { HeldConference, HeldEndpoint } from "./inputs.ts";
import type { Source } from "./media.ts";
import { adoptRelays } from "./relays.ts";
import { fixed } from "./rules.ts";
import { compareSessions } from "./session-ids.ts";
import { publish, unpublishMissing } from "./source-facts.ts";
import { changeSpeaker } from "./speaker.ts";
import type { Turn } from "./turn.ts";

/** Takes the endpoints over as the bridges hold them, each from one bridge. */
export function adoptHeld(turn: Turn, held: readonly HeldConference[], sessions: ReadonlyMap<string, string>): void {
  const holders = findHolders(turn, held, sessions);
  const used = held.filter((conference) => [...holders.values()].includes(conference));
  const main = held.find(({ bridge }) => bridge === turn.state.bridges[0]?.id) ?? held[0];
  const kept = used.length > 0 || !main ? used : [main];
  // The setting may have changed since the conference was opened.
  turn.change({ videoCodec: kept[0]?.videoCodec ?? turn.rules.videoCodec });
  for (const { bridge } of held.filter((conference) => !kept.includes(conference))) {
    turn.do({ type: "expire-conference", bridge });
  }
  useBridges(turn, kept);
  const adopted = kept.flatMap((conference) => adopt(turn, conference, holders, kept));
  for (const endpoint of adopted) {
    publish(turn, endpoint, [...(turn.member(endpoint)?.sentSources.values() ?? [])], []);
    unpublishMissing(turn, endpoint);
  }
  for (const { bridge, remote } of kept) {
    const use = turn.state.bridges.find(({ id }) => id === bridge);
    if (use && kept.length + remote.length > 1) adoptRelays(turn, use, remote);
  }
  const speaker = kept.find(({ bridge }) => bridge === turn.state.bridges[0]?.id)?.speaker;
  if (speaker !== undefined) changeSpeaker(turn, speaker);
}

/**
 * Somebody who was being moved may be on two: it has the session it was invited to last. One older than that, with no
 * newer one found, is of no use to its client.
 */
function findHolders(
  turn: Turn,
  held: readonly HeldConference[],
  sessions: ReadonlyMap<string, string>,
): ReadonlyMap<string, HeldConference> {
  const newest = new Map<string, { readonly conference: HeldConference; readonly session: string }>();
  for (const conference of held) {
    for (const { endpoint, jingleSession: session } of conference.endpoints) {
      const known = newest.get(endpoint)?.session ?? sessions.get(endpoint);
      const isOld = known !== undefined && compareSessions(session, known) < 0;
      if (!isOld && turn.member(endpoint)) newest.set(endpoint, { conference, session });
    }
  }
  return new Map([...newest].map(([endpoint, { conference }]) => [endpoint, conference]));
}

/** Those that the facts have named and that hold nothing stay lost, and are left as any lost bridge is. */
function useBridges(turn: Turn, kept: readonly HeldConference[]): void {
  const known = turn.state.bridges;
  const uses = kept.map(({ bridge: id, instance, region }): BridgeUse => {
    const before = known.find((use) => use.id === id);
    const { reason = "load", isTold = false } = before ?? {};
    return { id, instance, region, reason, isTold, isLost: false, lostReason: "", unusedSinceMs: 0 };
  });
  const inPlace = known.map((use) => uses.find(({ id }) => id === use.id) ?? use);
  turn.change({ bridges: [...inPlace, ...uses.filter((use) => !inPlace.includes(use))] });
}

/** Endpoints of this bridge that have accepted. */
function adopt(
  turn: Turn,
  conference: HeldConference,
  holders: ReadonlyMap<string, HeldConference>,
  kept: readonly HeldConference[],
): readonly string[] {
  const { bridge, instance, endpoints } = conference;
  const theirs = kept.flatMap((one) => one.endpoints.filter(({ endpoint }) => holders.get(endpoint) === one));
  const sent = new Set(theirs.flatMap(({ accepted, sources }) => (accepted ? sources : [])).map(({ name }) => name));
  for (const held of endpoints) {
    const { endpoint, jingleSession } = held;
    if (holders.get(endpoint) === conference) adoptEndpoint(turn, conference, held, sent);
    else turn.do({ type: "expire-endpoint", bridge, instance, endpoint, jingleSession });
  }
  return endpoints
    .filter((one) => one.accepted && holders.get(one.endpoint) === conference)
    .map(({ endpoint }) => endpoint);
}

function adoptEndpoint(turn: Turn, on: HeldConference, held: HeldEndpoint, sent: ReadonlySet<string>): void {
  const member = turn.member(held.endpoint);
  if (!member) return;
  const sources = held.accepted ? held.sources : [];
  turn.setMember({
    ...member,
    sentSources: new Map(sources.map((source) => [source.name, source])),
    session: adoptSession(turn, on, held, sent),
  } satisfies Member);
}

function adoptSession(turn: Turn, on: HeldConference, held: HeldEndpoint, sent: ReadonlySet<string>): Session {
  const isThere = ({ owner, name }: Source) => turn.member(owner) !== undefined && sent.has(name);
  // Whether these were announced, or were in the offer, nobody knows: told to forget them, the client takes them once and
  // only once.
  const received = held.received.filter(({ owner }) => owner !== held.endpoint);
  const unsure = received.filter(({ name }) => held.waiting.includes(name));
  const told = received.filter((source) => !unsure.includes(source));
  const invite: Invite = {
    jingleSession: held.jingleSession,
    bridgeSession: held.bridgeSession,
    bridge: on.bridge,
    instance: on.instance,
    offered: [],
    told: byName(told.filter(isThere)),
    pending: byName(unsure.filter(isThere)),
    withdrawals: [...unsure, ...told.filter((source) => !isThere(source))].filter(
      ({ owner }) => turn.member(owner) !== undefined,
    ),
    isBusy: false,
    resumes: [],
    descriptions: [],
    taken: new Set(held.accepted ? held.sources.map(({ name }) => name) : []),
    iceGeneration: 0,
    failedStages: [],
    blocked: held.blocked,
    blockAtMs: 0,
    ...(held.accepted ? {} : { acceptByMs: turn.now + fixed.adoptedAcceptMs }),
  };
  const state = held.connected ? "connected" : held.accepted ? "accepted" : "offered";
  return { state, invite, failures: 0, retryAtMs: 0 };
}

function byName(sources: readonly Source[]): ReadonlyMap<string, Source> {
  return new Map(sources.map((source) => [source.name, source]));
}
