/** Jigasi's REST (protocol/gateway-recorder.md 5.6), and what is known of each call without numbers, names and codes. */
import { VecheError } from "@veche/kit/errors.ts";
import type { FastifyInstance } from "@veche/kit/http.ts";
import type { CallRun } from "../call/call-run.ts";
import type { Calls } from "../call/calls.ts";
import type { Tally } from "./tally.ts";

export type JigasiGiven = {
  readonly calls: Calls;
  readonly tally: Tally;
  readonly gateway: { readonly id: string; readonly instance: string };
  readonly stress: () => number;
  readonly registrations: () => readonly { readonly trunk: string; readonly state: string; readonly status: number }[];
  readonly isReachable: () => boolean;
  /** Why no call can be taken; undefined: they can. */
  readonly problem: () => string | undefined;
  readonly now: () => number;
  /** Undefined: not allowed. */
  readonly shutDown: (() => void) | undefined;
};

export function mountJigasi(app: FastifyInstance, given: JigasiGiven): void {
  const { calls, tally, gateway, stress, registrations, isReachable, problem, now, shutDown } = given;
  app.get("/about/health", (_request, reply) => {
    const reason = problem();
    return reason === undefined ? reply.code(200).send("OK") : reply.code(500).send({ reason });
  });
  app.get("/about/stats", () => ({
    ...tally.figures(),
    ...sizes(calls.all),
    stress_level: stress(),
    threads: 2,
    current_timestamp: new Date(now()).toISOString(),
    shutdown_in_progress: calls.isDraining,
  }));
  app.get("/debug", () => ({
    gateways: calls.all.map((run) => describe(run, now())),
    gateway,
    registrations: registrations(),
    sipProcess: isReachable() ? "reachable" : "away",
    draining: calls.isDraining,
  }));
  app.post("/about/shutdown", (_request, reply) => {
    if (shutDown === undefined) throw new VecheError("permission-denied", "expected ENABLE_REST_SHUTDOWN");
    shutDown();
    return reply.code(202).send();
  });
}

/** Calls by conference: Jigasi counts in each those of its own. */
export function conferenceSizes(runs: readonly CallRun[]): readonly number[] {
  const sizes = new Map<string, number>();
  for (const { state } of runs) {
    if (state.stands !== "inside" || state.room === undefined) continue;
    sizes.set(state.room.room, (sizes.get(state.room.room) ?? 0) + 1);
  }
  return [...sizes.values()];
}

const sizesShown = 22;

function sizes(runs: readonly CallRun[]) {
  const all = conferenceSizes(runs);
  const bySize = new Array<number>(sizesShown).fill(0);
  for (const size of all) {
    const at = Math.min(size, sizesShown - 1);
    bySize[at] = (bySize[at] ?? 0) + 1;
  }
  return {
    conferences: all.length,
    participants: all.reduce((sum, size) => sum + size, 0),
    largest_conference: Math.max(0, ...all),
    conference_sizes: bySize,
  };
}

function describe({ given, state, beganMs, telephone, bridge }: CallRun, now: number) {
  const { phase, line, stands, presence, isModerated, hasSession, isHeld, participants, humans } = state;
  return {
    call: given.call,
    endpoint: given.endpoint,
    direction: given.direction,
    trunk: given.trunk,
    room: state.room?.room,
    phase,
    line,
    stands,
    muted: presence.isMuted,
    handRaised: presence.raisedHandMs !== 0,
    status: presence.status,
    moderated: isModerated,
    session: hasSession,
    bridgeSilent: bridge.isSilent,
    held: isHeld,
    participants,
    humans,
    codec: telephone?.codec ?? "",
    sinceSeconds: Math.round((now - beganMs) / 1_000),
    sound: telephone?.leg.stats,
  };
}
