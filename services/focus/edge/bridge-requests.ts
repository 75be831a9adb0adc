import type { Bus } from "@veche/kit/bus.ts";
import { toVecheError } from "@veche/kit/errors.ts";
import { bridge } from "@veche/proto/subjects.ts";
import type { Effect } from "../domain/effects.ts";
import type { Failure, Input } from "../domain/inputs.ts";
import type { Source } from "../domain/media.ts";
import { Lanes } from "./lanes.ts";
import { askForRelay, isRelayEffect, toRelayFailure } from "./relay-requests.ts";

export const bridgeTimeoutMs = 3_000;

export type BridgeEffect = Extract<Effect, { readonly bridge: string }>;

/** The conference that a request is about. */
export type OnConference = {
  readonly session: string;
  readonly room: string;
  readonly epoch: number;
  readonly videoCodec: string;
};

type Tell = (input: Input) => void;

export type BridgeEdges = {
  readonly bus: Bus;
  /** Nobody serves that bridge's requests. */
  readonly onUnserved: (bridge: string, instance: string) => void;
  readonly onAllocated: (bridge: string) => void;
  readonly onFailure: (effect: BridgeEffect, failure: Failure) => void;
};

/** Asks bridges what the domain wants, one after the other for each endpoint, and tells it how that came out. */
export class BridgeRequests {
  readonly #edges: BridgeEdges;
  readonly #lanes = new Lanes();

  constructor(edges: BridgeEdges) {
    this.#edges = edges;
  }

  perform(effect: BridgeEffect, on: OnConference, tell: Tell): void {
    const conference = `${on.session} ${effect.bridge}`;
    const [lane, after] = lanesOf(effect, conference);
    const before = this.#lanes.tail(after);
    this.#lanes.run(lane, async () => {
      if (before) await before;
      await this.#ask(effect, on, tell);
    });
  }

  async #ask(effect: BridgeEffect, on: OnConference, tell: Tell): Promise<void> {
    const outcome = await this.#send(effect, on).catch((error: unknown) => this.#fail(effect, error));
    if (outcome) tell(outcome);
  }

  #fail(effect: BridgeEffect, error: unknown): Input | undefined {
    const { code, message } = toVecheError(error);
    const failure = { code, message };
    if (code === "unavailable" && "endpoint" in effect) this.#edges.onUnserved(effect.bridge, effect.instance);
    this.#edges.onFailure(effect, failure);
    return toFailureInput(effect, failure);
  }

  async #send(effect: BridgeEffect, on: OnConference): Promise<Input | undefined> {
    const { bus } = this.#edges;
    if (isRelayEffect(effect)) return askForRelay(bus, effect, on);
    const to = { bridge: effect.bridge };
    const base = { conference: on.session, epoch: BigInt(on.epoch) };
    const options = { timeoutMs: bridgeTimeoutMs };
    if (effect.type === "expire-conference") {
      await bus.request(bridge.expireConference, to, base, options);
      return undefined;
    }
    const { endpoint, jingleSession } = effect;
    const of = { endpoint, jingleSession };
    switch (effect.type) {
      case "create-endpoint": {
        this.#edges.onAllocated(effect.bridge);
        const { bridgeSession, statsId, fullIce, forceMute } = effect;
        const { room, videoCodec } = on;
        const request = { ...base, room, videoCodec, ...of, bridgeSession, statsId, fullIce, forceMute };
        const { descriptions, transport, sources, channelPath, region } = await bus.request(
          bridge.createEndpoint,
          to,
          request,
          options,
        );
        if (!transport) throw new TypeError("the bridge answered without a transport");
        return { type: "endpoint-created", ...of, offer: { descriptions, transport, sources, channelPath, region } };
      }
      case "connect-endpoint": {
        const { ask, transport, initialLastN } = effect;
        const media = { descriptions: [...effect.descriptions], transport, sources: listOf(effect) };
        const request = { ...base, ...of, ...media, ...(initialLastN === undefined ? {} : { initialLastN }) };
        const { announcements } = await bus.request(bridge.connectEndpoint, to, request, options);
        return { type: "endpoint-accepted", ask, ...of, names: namesOf(effect.sources), announcements };
      }
      case "add-sources": {
        const request = { ...base, endpoint, sources: listOf(effect) };
        const { announcements } = await bus.request(bridge.addSources, to, request, options);
        const names = namesOf(effect.sources);
        return {
          type: "bridge-took-sources",
          ask: effect.ask,
          ...of,
          names,
          announcements,
        };
      }
      case "restart-ice": {
        const { transport } = await bus.request(bridge.restartIce, to, { ...base, endpoint }, options);
        if (!transport) throw new TypeError("the bridge answered without a transport");
        return { type: "ice-restarted", ask: effect.ask, ...of, transport };
      }
      case "remove-sources":
        await bus.request(bridge.removeSources, to, { ...base, endpoint, names: [...effect.names] }, options);
        return undefined;
      case "resume-sources":
        await bus.request(bridge.resumeSources, to, { ...base, endpoint, names: [...effect.names] }, options);
        return undefined;
      case "set-force-mute": {
        const { audio, video, desktop } = effect;
        await bus.request(bridge.setForceMute, to, { ...base, endpoint, audio, video, desktop }, options);
        return undefined;
      }
      case "expire-endpoint":
        await bus.request(bridge.expireEndpoint, to, { ...base, endpoint }, options);
        return undefined;
    }
  }
}

/**
 * The lane of a request, and the one whose work so far comes first: a bridge that was to forget the conference is not
 * asked for anything of it before it has, nor to forget it before it did what it was asked.
 */
function lanesOf(effect: BridgeEffect, conference: string): readonly [lane: string, after: string] {
  const relays = `${conference} *`;
  if (effect.type === "expire-conference") return [conference, relays];
  if (isRelayEffect(effect)) return [relays, conference];
  return [`${conference} ${effect.endpoint}`, conference];
}

function toFailureInput(effect: BridgeEffect, failure: Failure): Input | undefined {
  if (effect.type === "expire-conference") return undefined;
  if (isRelayEffect(effect)) return toRelayFailure(effect, failure);
  const { endpoint, jingleSession } = effect;
  const of = { endpoint, jingleSession };
  switch (effect.type) {
    case "create-endpoint":
      return { type: "endpoint-not-created", ...of, failure };
    case "connect-endpoint":
      return { type: "endpoint-not-accepted", ask: effect.ask, ...of, names: namesOf(effect.sources), failure };
    case "add-sources":
      return { type: "bridge-refused-sources", ask: effect.ask, ...of, names: namesOf(effect.sources), failure };
    case "restart-ice":
      return { type: "ice-not-restarted", ask: effect.ask, ...of, failure };
    case "set-force-mute":
      return { type: "force-mute-not-set", ...of };
    default:
      return undefined;
  }
}

function namesOf(sources: readonly Source[]): readonly string[] {
  return sources.map(({ name }) => name);
}

function listOf({ sources }: { readonly sources: readonly Source[] }): Source[] {
  return [...sources];
}
