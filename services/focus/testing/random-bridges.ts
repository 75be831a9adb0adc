import type { BridgeView } from "../domain/bridge-selection/bridge.ts";
import type { Effect } from "../domain/effects.ts";
import type { Failure, Input } from "../domain/inputs.ts";
import { aBridge, anOffer } from "./play.ts";
import type { Random } from "./random.ts";
import { RandomBridge } from "./random-bridge.ts";
import { aReport } from "./recordings.ts";

export type ToBridge = Extract<Effect, { readonly bridge: string }>;

const ids = ["b1", "b2", "b3"];
const regions = ["", "eu", "us"];
/** As all recorders of the random play call themselves. */
const tapInstance = aReport(0).instance;

type Running = { view: BridgeView; readonly bridge: RandomBridge; isSilent: boolean };

/** Three bridges that come, die, fall silent and come back, and drain. */
export class RandomBridges {
  readonly #random: Random;
  readonly #running = new Map<string, Running>();
  /** Recorders of tracks, which answer always. */
  readonly #taps = new Map<string, RandomBridge>();
  #starts = 0;
  #ssrc = 500_000_000;

  constructor(random: Random) {
    this.#random = random;
    this.#start("b1");
  }

  /** As the directory of the focus knows them. */
  views(): BridgeView[] {
    return [...this.#running.values()].filter(({ isSilent }) => !isSilent).map(({ view }) => view);
  }

  processes(): readonly RandomBridge[] {
    return [...this.#running.values()].map(({ bridge }) => bridge);
  }

  /** What a recorder of tracks has fetched. */
  tap(id: string): RandomBridge {
    const present = this.#taps.get(id) ?? new RandomBridge(id, tapInstance, () => 0);
    this.#taps.set(id, present);
    return present;
  }

  find(id: string, instance: string): RandomBridge | undefined {
    const bridge = this.#running.get(id)?.bridge;
    return bridge?.instance === instance ? bridge : undefined;
  }

  /** What an answering bridge holds. */
  answering(): readonly RandomBridge[] {
    return [...this.#running.values()].filter(({ isSilent }) => !isSilent).map(({ bridge }) => bridge);
  }

  holderOf(endpoint: string): RandomBridge | undefined {
    return this.answering().find((bridge) => bridge.find(endpoint));
  }

  /** Something happens to one of them; what the focus hears of it. */
  act(): Input | undefined {
    const id = this.#random.pick(ids) ?? "b1";
    const running = this.#running.get(id);
    if (!running) return this.#start(id);
    if (running.isSilent) return this.#wake(running);
    const { instance } = running.bridge;
    switch (this.#random.below(8)) {
      case 0:
        this.#running.delete(id);
        return { type: "bridge-lost", bridge: id, instance, reason: this.#random.pick(["failure", "drain"]) ?? "" };
      case 1:
        running.isSilent = true;
        return { type: "bridge-lost", bridge: id, instance, reason: "failure" };
      case 2:
        running.view = { ...running.view, draining: !running.view.draining };
        return { type: "bridges-changed" };
      case 3:
        running.view = { ...running.view, healthy: !running.view.healthy };
        return { type: "bridges-changed" };
      case 4:
        running.view = { ...running.view, stress: this.#random.next() };
        return { type: "bridges-changed" };
      case 5:
        return this.#loseWorker(running.bridge);
      default:
        return undefined;
    }
  }

  /** All are there and well from now on. */
  *heal(): Generator<Input> {
    for (const running of this.#running.values()) {
      running.view = { ...running.view, healthy: true, draining: false, stress: 0 };
      yield running.isSilent ? this.#wake(running) : { type: "bridges-changed" };
    }
    if (this.#running.size === 0) yield this.#start("b1");
  }

  outcomeOf(effect: ToBridge, failure: Failure | undefined): Input | undefined {
    const running = ids.includes(effect.bridge)
      ? this.#running.get(effect.bridge)
      : { bridge: this.tap(effect.bridge), isSilent: false };
    const isThere =
      running && !running.isSilent && (!("instance" in effect) || running.bridge.instance === effect.instance);
    const gone: Failure = { code: "deadline-exceeded", message: "no answer" };
    const mayFail = !["remove-sources", "resume-sources", "expire-endpoint", "expire-conference"].includes(effect.type);
    const made = mayFail ? failure : undefined;
    const problem = isThere ? made : gone;
    // It may have been done although nothing was heard of it.
    const isDone = isThere && (!made || (made.code === "deadline-exceeded" && this.#random.next() < 0.5));
    const outcome = isDone ? this.#perform(running.bridge, effect) : undefined;
    return problem ? failed(effect, problem) : outcome;
  }

  #perform(bridge: RandomBridge, effect: ToBridge): Input | undefined {
    switch (effect.type) {
      case "create-endpoint": {
        const { endpoint, jingleSession } = effect;
        return { type: "endpoint-created", endpoint, jingleSession, offer: anOffer(bridge.create(effect)) };
      }
      case "connect-endpoint":
      case "add-sources": {
        const { endpoint, jingleSession, ask, sources } = effect;
        if (effect.type === "add-sources" && !bridge.find(endpoint)?.accepted) {
          return failed(effect, { code: "failed-precondition", message: "not accepted" });
        }
        const announcements = bridge.take(endpoint, jingleSession, sources);
        const of = { endpoint, jingleSession, ask, names: namesOf(effect), announcements };
        return { type: effect.type === "add-sources" ? "bridge-took-sources" : "endpoint-accepted", ...of };
      }
      case "remove-sources":
        bridge.remove(effect.endpoint, effect.jingleSession, effect.names);
        return undefined;
      case "resume-sources":
        bridge.resume(effect.endpoint, effect.jingleSession, effect.names);
        return undefined;
      case "set-force-mute":
        bridge.forceMute(effect);
        return undefined;
      case "expire-endpoint":
        bridge.expire(effect.endpoint, effect.jingleSession);
        return undefined;
      case "expire-conference":
        bridge.clear();
        return undefined;
      case "remove-remote-sources":
        bridge.forget(effect.names);
        return undefined;
      case "drop-relay":
        bridge.drop(effect.from);
        return undefined;
      case "add-remote-sources":
        return this.#relay(bridge, effect);
      default:
        return undefined;
    }
  }

  #relay(bridge: RandomBridge, effect: Extract<ToBridge, { readonly type: "add-remote-sources" }>): Input {
    const { from, fromInstance, sources } = effect;
    const of = { bridge: effect.bridge, instance: effect.instance, from, fromInstance, sources };
    const other = this.answering().find(({ id, instance }) => id === from && instance === fromInstance);
    if (!other) {
      const failure = { code: "failed-precondition", message: "the other bridge is gone" };
      return { type: "remote-sources-not-added", ...of, failure };
    }
    const relayed = { bridge: from, instance: fromInstance, find: (name: string) => other.sends(name) };
    return { type: "remote-sources-added", ...of, announcements: bridge.fetch(relayed, sources) };
  }

  #start(id: string): Input {
    this.#starts += 1;
    const instance = `${id}-start-${this.#starts}`;
    const bridge = new RandomBridge(id, instance, () => {
      this.#ssrc += 1;
      return this.#ssrc;
    });
    const view = aBridge(id, { instance, region: this.#random.pick(regions) ?? "" });
    this.#running.set(id, { view, bridge, isSilent: false });
    return { type: "bridges-changed" };
  }

  #wake(running: Running): Input {
    running.isSilent = false;
    return { type: "bridge-returned", bridge: running.bridge.id, instance: running.bridge.instance };
  }

  /** All that it holds of the conference is gone at once. */
  #loseWorker(bridge: RandomBridge): Input {
    const endpoints = bridge.held().map(({ endpoint }) => endpoint);
    bridge.clear();
    return { type: "endpoints-lost", bridge: bridge.id, endpoints };
  }
}

function namesOf({ sources }: { readonly sources: readonly { readonly name: string }[] }): readonly string[] {
  return sources.map(({ name }) => name);
}

function failed(effect: ToBridge, failure: Failure): Input | undefined {
  switch (effect.type) {
    case "create-endpoint":
      return { type: "endpoint-not-created", endpoint: effect.endpoint, jingleSession: effect.jingleSession, failure };
    case "connect-endpoint":
    case "add-sources": {
      const { endpoint, jingleSession, ask } = effect;
      const of = { endpoint, jingleSession, ask, names: namesOf(effect), failure };
      return { type: effect.type === "add-sources" ? "bridge-refused-sources" : "endpoint-not-accepted", ...of };
    }
    case "set-force-mute":
      return { type: "force-mute-not-set", endpoint: effect.endpoint, jingleSession: effect.jingleSession };
    case "remove-sources":
    case "resume-sources":
      return { type: "bridge-missed", endpoint: effect.endpoint, jingleSession: effect.jingleSession };
    case "add-remote-sources": {
      const { bridge, instance, from, fromInstance, sources } = effect;
      return { type: "remote-sources-not-added", bridge, instance, from, fromInstance, sources, failure };
    }
    case "remove-remote-sources": {
      const { bridge, instance, names } = effect;
      return { type: "remote-sources-not-removed", bridge, instance, names, failure };
    }
    case "drop-relay": {
      const { bridge, instance, from } = effect;
      return { type: "relay-not-dropped", bridge, instance, from, failure };
    }
    default:
      return undefined;
  }
}

/** Whether `later` waits for `earlier`, as the shell's lanes have it. */
export function waitsFor(later: ToBridge, earlier: ToBridge): boolean {
  if (later.bridge !== earlier.bridge) return false;
  const [of, before] = [laneOf(later), laneOf(earlier)];
  if (of === before) return true;
  return of === "conference" ? before === "relays" : before === "conference";
}

function laneOf(effect: ToBridge): string {
  if ("endpoint" in effect) return `endpoint ${effect.endpoint}`;
  return effect.type === "expire-conference" ? "conference" : "relays";
}
