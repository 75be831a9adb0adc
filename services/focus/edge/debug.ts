import { VecheError } from "@veche/kit/errors.ts";
import type { FastifyInstance } from "@veche/kit/http.ts";
import type { Conferences } from "../conference/conferences.ts";
import type { Conference, Member } from "../domain/conference.ts";
import type { HttpGiven } from "./http.ts";

/** `/debug`: each room's state for people who look for a fault. Ids only: no names, addresses or passwords. */
export function mountDebug(
  app: FastifyInstance,
  {
    conferences,
    directory,
    recordings,
    gateways,
  }: Pick<HttpGiven, "conferences" | "directory" | "recordings" | "gateways">,
): void {
  const summaries = () => Object.fromEntries(conferences.states().map((state) => [state.room.room, summarise(state)]));
  const bridges = () => directory.views();
  app.get<{ Querystring: { full?: string } }>("/debug", (request) => ({
    bridges: bridges(),
    recorders: recordings.pool.recorders,
    waitingJobs: recordings.pool.waiting,
    gateways: gateways.views(),
    conferences: request.query.full === "true" ? fully(conferences) : summaries(),
  }));
  app.get("/debug/conferences", () => summaries());
  app.get("/debug/conferences-full", () => fully(conferences));
  app.get("/debug/xmpp-caps", () => capabilities(conferences));
  app.get<{ Params: { room: string } }>("/debug/conference/:room", (request) => {
    const { room } = request.params;
    const state = conferences
      .states()
      .find(({ room: ref }) => ref.room === room || ref.jid === room || ref.name === room);
    if (!state) throw new VecheError("not-found", `no conference "${room.slice(0, 100)}"`);
    return describe(state);
  });
}

function fully(conferences: Conferences): Readonly<Record<string, object>> {
  return Object.fromEntries(conferences.states().map((state) => [state.room.room, describe(state)]));
}

/** Which sets of features clients have, and how many have each. */
function capabilities(conferences: Conferences): readonly object[] {
  const counts = new Map<string, number>();
  for (const { members } of conferences.states()) {
    for (const { features } of members.values()) {
      const key = [...features].sort().join(" ");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.map(([key, count]) => ({ count, features: key === "" ? [] : key.split(" ") }));
}

function summarise({ session, epoch, members, bridges }: Conference): object {
  return { session, epoch, participants: members.size, bridges: bridges.map(({ id }) => id) };
}

function describe(state: Conference): object {
  const { room, session, epoch, seq, meetingId, openedMs, startedMs, bridges, speaker, presence, totals } = state;
  const { policy, lobby } = state;
  return {
    room: room.room,
    session,
    epoch,
    seq,
    meetingId,
    opened: new Date(openedMs).toISOString(),
    started: startedMs > 0 ? new Date(startedMs).toISOString() : null,
    bridges,
    presence,
    totals,
    dominantSpeaker: speaker.endpoint || null,
    policy: {
      moderated: Object.fromEntries(policy.moderated),
      startAudioMuted: policy.startAudioMuted,
      startVideoMuted: policy.startVideoMuted,
      mainRoom: policy.mainRoom || null,
      breakouts: Object.fromEntries(policy.breakouts.map(({ room: ref, occupants }) => [ref.room, occupants])),
    },
    lobby: [...lobby.keys()],
    recordings: describeRecordings(state),
    taps: state.taps,
    participants: Object.fromEntries(
      [...state.members].map(([endpoint, member]) => [endpoint, describeMember(member)]),
    ),
  };
}

/** No target's address, no owner's key. */
function describeRecordings({ recordings }: Conference): object {
  const jobs = [...recordings.jobs.values()].map(
    ({ id, mode, layout, file, stream, endReason, report, lostSinceMs }) => {
      const outputs = { file: file?.session ?? null, stream: stream?.session ?? null };
      return [id, { mode, layout, ...outputs, endReason, report: report ?? null, lostSinceMs }] as const;
    },
  );
  return { jobs: Object.fromEntries(jobs), showings: Object.fromEntries(recordings.showings) };
}

function describeMember(member: Member): object {
  const { kind, role, isOwner, hidden, interrupted, features, region, session, sentSources, published } = member;
  const { isEntitled, authenticated, blocks, gateway } = member;
  const { invite } = session;
  return {
    kind,
    role,
    gateway: gateway || null,
    isOwner,
    isEntitled,
    authenticated,
    blocked: [...blocks],
    hidden,
    interrupted,
    features,
    region,
    session: session.state,
    failures: session.failures,
    invite: invite && {
      jingleSession: invite.jingleSession,
      bridgeSession: invite.bridgeSession,
      bridge: invite.bridge,
      told: Object.fromEntries([...invite.told].map(([name, { ssrcs }]) => [name, ssrcs])),
      pending: [...invite.pending.keys()],
      withdrawals: invite.withdrawals.map(({ name }) => name),
      isBusy: invite.isBusy,
      blocked: invite.blocked ? [...invite.blocked] : null,
      resumes: invite.resumes,
    },
    sources: Object.fromEntries([...sentSources].map(([name, { ssrcs, groups }]) => [name, { ssrcs, groups }])),
    published: Object.fromEntries(published),
  };
}
