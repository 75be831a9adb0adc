import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Bus, Subscription } from "@veche/kit/bus.ts";
import type { Context } from "@veche/kit/run.ts";
import type { ListRoomsResponseSchema } from "@veche/proto/gen/veche/focus/v1/focus_pb.ts";
import { instance as contracts } from "@veche/proto/subjects.ts";
import type { Conference, Member } from "../domain/conference.ts";
import { activeIn, callsOf, participantsOf } from "../domain/tally.ts";

/** Of one answer; 500 rooms with 2,000 people are about 500 KiB. */
export const overviewLimits = { rooms: 500, people: 2_000 };

type Answer = MessageInitShape<typeof ListRoomsResponseSchema>;

export type OverviewGiven = {
  readonly bus: Bus;
  readonly context: Pick<Context, "role" | "instance">;
  readonly states: () => readonly Conference[];
  readonly isOnDuty: () => boolean;
};

/** The operator's overview. A focus that stands by answers too, without rooms. */
export function serveOverview({ bus, context: { role, instance }, states, isOnDuty }: OverviewGiven): Subscription {
  const answer = ({ withPeople }: { withPeople: boolean }) => ({
    ...overviewOf(isOnDuty() ? states() : [], withPeople),
    onDuty: isOnDuty(),
  });
  return bus.serve(contracts.rooms, answer, { role, instance }, { group: `${role}-${instance}` });
}

/** The largest first. People beyond the limit are counted in their rooms, and not listed. */
export function overviewOf(states: readonly Conference[], withPeople: boolean, limits = overviewLimits): Answer {
  const sorted = [...states].sort((one, other) => participantsOf(other) - participantsOf(one));
  const shown = sorted.slice(0, limits.rooms);
  let room = limits.people;
  const rooms = shown.map((state) => {
    const people = withPeople ? peopleOf(state).slice(0, room) : [];
    room -= people.length;
    return { ...roomOf(state), people };
  });
  return { rooms, leftOut: sorted.length - shown.length };
}

function roomOf(state: Conference) {
  const { room, session, openedMs, policy, lobby, bridges } = state;
  const present = presentIn(state);
  return {
    tenant: room.tenant,
    room: room.room,
    name: room.name,
    session,
    openedMs: BigInt(openedMs),
    participants: participantsOf(state),
    connected: present.filter(({ session: { state: stage } }) => stage === "connected").length,
    calls: callsOf(state),
    waiting: lobby.size,
    recordings: activeIn([state], "file"),
    streams: activeIn([state], "stream"),
    mainRoom: policy.mainRoom,
    bridges: bridges.map(({ id }) => ({
      bridge: id,
      endpoints: present.filter((member) => bridgeOf(member) === id).length,
    })),
  };
}

function peopleOf(state: Conference) {
  return presentIn(state).map((member) => ({
    endpoint: member.endpoint,
    person: member.person,
    kind: member.kind,
    role: member.role,
    bridge: bridgeOf(member),
    joinedMs: BigInt(member.joinedMs),
    interrupted: member.interrupted,
  }));
}

function presentIn({ members }: Conference): readonly Member[] {
  return [...members.values()].filter(({ hidden }) => !hidden);
}

function bridgeOf({ session: { invite } }: Member): string {
  return invite?.bridge ?? "";
}
