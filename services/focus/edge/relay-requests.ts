import type { Bus } from "@veche/kit/bus.ts";
import { bridge } from "@veche/proto/subjects.ts";
import type { Effect } from "../domain/effects.ts";
import type { Failure, Input } from "../domain/inputs.ts";
import type { OnConference } from "./bridge-requests.ts";

export type RelayEffect = Extract<
  Effect,
  { readonly type: "add-remote-sources" | "remove-remote-sources" | "drop-relay" }
>;

/** The bridge that is asked asks another one before it answers. */
export const relayTimeoutMs = 5_000;

export function isRelayEffect(effect: Effect): effect is RelayEffect {
  return ["add-remote-sources", "remove-remote-sources", "drop-relay"].includes(effect.type);
}

/** Has a bridge fetch or forget what other bridges have (services/decisions/0010-several-bridges.md). */
export async function askForRelay(bus: Bus, effect: RelayEffect, on: OnConference): Promise<Input | undefined> {
  const to = { bridge: effect.bridge };
  const base = { conference: on.session, epoch: BigInt(on.epoch) };
  const options = { timeoutMs: relayTimeoutMs };
  switch (effect.type) {
    case "add-remote-sources": {
      const { from, fromInstance, sources } = effect;
      const { room, videoCodec } = on;
      const request = { ...base, room, videoCodec, bridge: from, instance: fromInstance, sources: [...sources] };
      const { announcements } = await bus.request(bridge.addRemoteSources, to, request, options);
      return { ...ofRelay(effect), type: "remote-sources-added", announcements };
    }
    case "remove-remote-sources":
      await bus.request(bridge.removeRemoteSources, to, { ...base, names: [...effect.names] }, options);
      return undefined;
    case "drop-relay":
      await bus.request(bridge.dropRelay, to, { ...base, bridge: effect.from }, options);
      return undefined;
  }
}

export function toRelayFailure(effect: RelayEffect, failure: Failure): Input | undefined {
  const { bridge: id, instance } = effect;
  if (effect.type === "add-remote-sources") return { ...ofRelay(effect), type: "remote-sources-not-added", failure };
  // A bridge that doesn't know the conference has nothing of it.
  if (failure.code === "not-found") return undefined;
  if (effect.type === "drop-relay") {
    return { type: "relay-not-dropped", bridge: id, instance, from: effect.from, failure };
  }
  return { type: "remote-sources-not-removed", bridge: id, instance, names: effect.names, failure };
}

function ofRelay({
  bridge: id,
  instance,
  from,
  fromInstance,
  sources,
}: Extract<RelayEffect, { readonly sources: object }>) {
  return { bridge: id, instance, from, fromInstance, sources };
}
