import type { Bus } from "@veche/kit/bus.ts";
import { toVecheError, VecheError } from "@veche/kit/errors.ts";
import { bridge } from "@veche/proto/subjects.ts";
import type { Effect } from "../domain/effects.ts";
import type { Failure, Input } from "../domain/inputs.ts";
import type { Source } from "../domain/media.ts";
import { BridgeWindows } from "./bridge-window.ts";
import { Lanes } from "./lanes.ts";
import { askForRelay, isRelayEffect, toRelayFailure } from "./relay-requests.ts";

/** From when it is sent. One that is busy answers late; one that is gone shows by its heartbeats, well before. */
export const bridgeTimeoutMs = 10_000;

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

/** Given up on purpose: nothing that went wrong. */
class Abandoned extends VecheError {
  constructor(why: string) {
    super("unavailable", why);
  }
}

/** Somebody waits for the bridge's answer. */
type Asking = {
  readonly effect: AnsweredEffect;
  readonly on: OnConference;
  readonly giveUp: AbortController;
  isSent: boolean;
};

type ExpireEffect = Extract<BridgeEffect, { readonly type: "expire-endpoint" }>;

type AnsweredEffect = Extract<
  BridgeEffect,
  { readonly type: "create-endpoint" | "connect-endpoint" | "add-sources" | "restart-ice" }
>;

/**
 * Asks bridges what the domain wants, one after the other for each endpoint and so much at a time of each bridge, and
 * tells it how that came out.
 */
export class BridgeRequests {
  readonly #edges: BridgeEdges;
  readonly #lanes = new Lanes();
  readonly #windows = new BridgeWindows();
  readonly #asking = new Set<Asking>();

  constructor(edges: BridgeEdges) {
    this.#edges = edges;
  }

  perform(effect: BridgeEffect, on: OnConference, tell: Tell): void {
    if (effect.type === "create-endpoint") this.#edges.onAllocated(effect.bridge);
    if (effect.type === "expire-endpoint") this.#dropUnsent(effect, on);
    const conference = `${on.session} ${effect.bridge}`;
    const asking = isAnswered(effect) ? this.#note(effect, on) : undefined;
    const [lane, after] = lanesOf(effect, conference);
    const before = this.#lanes.tail(after);
    this.#lanes.run(lane, async () => {
      if (before) await before;
      const answer = asking ? this.#sendInTurn(asking) : this.#send(effect, on);
      const outcome = await answer.catch((error: unknown) => this.#fail(effect, error));
      if (asking) this.#asking.delete(asking);
      if (outcome) tell(outcome);
    });
  }

  /** That process is gone, or as good as: nobody waits for it to answer. */
  abandonBridge(bridge: string, instance: string): void {
    for (const { effect, giveUp } of this.#asking) {
      if (effect.bridge === bridge && effect.instance === instance) giveUp.abort(new Abandoned("the bridge is lost"));
    }
  }

  /** What of it was not sent yet never is: it is somebody else's, or over. */
  abandonConference(session: string): void {
    for (const { on, isSent, giveUp } of this.#asking) {
      if (on.session === session && !isSent) giveUp.abort(new Abandoned("the conference is not ours any more"));
    }
  }

  #note(effect: AnsweredEffect, on: OnConference): Asking {
    const asking: Asking = { effect, on, giveUp: new AbortController(), isSent: false };
    this.#asking.add(asking);
    return asking;
  }

  /** An invitation that is over before its turn came costs the bridge nothing. */
  #dropUnsent({ bridge, endpoint, jingleSession }: ExpireEffect, { session }: OnConference): void {
    for (const { effect, on, isSent, giveUp } of this.#asking) {
      const isSame = effect.endpoint === endpoint && effect.jingleSession === jingleSession;
      if (isSame && !isSent && on.session === session && effect.bridge === bridge)
        giveUp.abort(new Abandoned("it is over"));
    }
  }

  async #sendInTurn(asking: Asking): Promise<Input | undefined> {
    const { effect, on, giveUp } = asking;
    const { signal } = giveUp;
    const send = () => {
      signal.throwIfAborted();
      asking.isSent = true;
      return this.#send(effect, on, signal);
    };
    const isBurden = effect.type === "create-endpoint" || effect.type === "connect-endpoint";
    if (!isBurden) return send();
    const { bridge, instance } = effect;
    // Who is nearly in goes first: whoever comes after finds its sources in the offer.
    return this.#windows.run({ bridge, instance, isUrgent: effect.type === "connect-endpoint", signal }, async () =>
      send(),
    );
  }

  #fail(effect: BridgeEffect, error: unknown): Input | undefined {
    const { code, message } = toVecheError(error);
    const failure = { code, message };
    if (error instanceof Abandoned) return toFailureInput(effect, failure);
    if (code === "unavailable" && "endpoint" in effect) this.#edges.onUnserved(effect.bridge, effect.instance);
    this.#edges.onFailure(effect, failure);
    return toFailureInput(effect, failure);
  }

  async #send(effect: BridgeEffect, on: OnConference, signal?: AbortSignal): Promise<Input | undefined> {
    const { bus } = this.#edges;
    if (isRelayEffect(effect)) return askForRelay(bus, effect, on);
    const to = { bridge: effect.bridge };
    const base = { conference: on.session, epoch: BigInt(on.epoch) };
    const options = { timeoutMs: bridgeTimeoutMs, ...(signal ? { signal } : {}) };
    if (effect.type === "expire-conference") {
      await bus.request(bridge.expireConference, to, base, options);
      return undefined;
    }
    const { endpoint, jingleSession } = effect;
    const of = { endpoint, jingleSession };
    switch (effect.type) {
      case "create-endpoint": {
        const { bridgeSession, statsId, fullIce, plain, forceMute } = effect;
        const { room, videoCodec } = on;
        const request = { ...base, room, videoCodec, ...of, bridgeSession, statsId, fullIce, plain, forceMute };
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

function isAnswered(effect: BridgeEffect): effect is AnsweredEffect {
  return ["create-endpoint", "connect-endpoint", "add-sources", "restart-ice"].includes(effect.type);
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
    case "remove-sources":
    case "resume-sources":
      return { type: "bridge-missed", ...of };
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
