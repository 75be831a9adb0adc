import type { Bus, Subscription } from "@veche/kit/bus.ts";
import { toVecheError, VecheError } from "@veche/kit/errors.ts";
import type { DialOutRequest } from "@veche/proto/gen/veche/focus/v1/focus_pb.ts";
import { focus, gateway as subjects } from "@veche/proto/subjects.ts";
import type { Conference } from "../domain/conference.ts";
import { canDial, chooseGateway, type GatewayView } from "../domain/gateway-selection.ts";
import type { Ask, Input } from "../domain/inputs.ts";
import type { FocusEvents } from "../events.ts";
import type { Serve } from "./serve.ts";

export const dialTimes = {
  /** A gateway answers before anything rings. Three of them fit into the time that the client's server waits. */
  gatewayMs: 3_000,
  retries: 2,
} as const;

export type DialRequestsGiven = {
  readonly bus: Bus;
  readonly serve: Serve;
  readonly gateways: () => readonly GatewayView[];
  readonly events: FocusEvents;
  /** Hands an input with its `ask` in and resolves with the conference once it is answered. */
  readonly ask: (request: DialOutRequest, input: (ask: Ask) => Input) => Promise<Conference>;
};

/** Serves `dial-out`: whether it may be is the domain's to say, who dials is found here. */
export function serveDialRequests(given: DialRequestsGiven): Subscription {
  const { serve, ask, events } = given;
  return serve(focus.dialOut, async (request) => {
    const { endpoint, to, from, headers, granted, denied } = request;
    const of = { endpoint, to, from, headers, granted, denied };
    const state = await ask(request, (number) => ({ type: "dial-asked", ask: number, ...of })).catch((error) => {
      events.dialRejected();
      throw error;
    });
    events.dialAccepted(state.room.room, endpoint);
    return { endpoint: await dial(given, request, state) };
  });
}

/** Returns the call's endpoint. A gateway that does not dial is passed over; what it refuses for good is the answer. */
async function dial(
  { bus, gateways, events }: DialRequestsGiven,
  request: DialOutRequest,
  state: Conference,
): Promise<string> {
  const { to, from, headers, endpoint: byEndpoint } = request;
  const asker = state.members.get(byEndpoint);
  const message = { room: state.room, to, from, headers, byEndpoint, byPerson: asker?.person ?? "" };
  const regions = new Set([asker?.region ?? "", ...state.bridges.map(({ region }) => region)]);
  const tried = new Set<string>();
  let last: VecheError | undefined;
  for (let attempt = 0; attempt <= dialTimes.retries; attempt += 1) {
    const chosen = chooseGateway(gateways(), regions, tried);
    if (!chosen) break;
    if (attempt > 0) events.dialRetried();
    tried.add(chosen.id);
    try {
      const options = { timeoutMs: dialTimes.gatewayMs };
      return (await bus.request(subjects.dial, { gateway: chosen.id }, message, options)).endpoint;
    } catch (error) {
      last = toVecheError(error);
      events.dialFailed(state.room.room, chosen.id, last.code);
      if (last.code === "permission-denied" || last.code === "invalid-argument") throw last;
    }
  }
  if (last)
    throw last.code === "internal" ? new VecheError("unavailable", "the gateway failed", { cause: last }) : last;
  events.dialUnserved();
  if (gateways().some(canDial))
    throw new VecheError("resource-exhausted", "all gateways have as many calls as they may");
  throw new VecheError("unavailable", "no gateway is there that dials out");
}
