import type { BridgeView } from "../domain/bridge-selection/bridge.ts";
import type { Member, Occupant } from "../domain/conference.ts";
import type { Effect } from "../domain/effects.ts";
import type { Fact } from "../domain/facts.ts";
import type { Failure, Input } from "../domain/inputs.ts";
import { emptyMemory, type Memory, remember, restore } from "../domain/memory.ts";
import { avMedia } from "../domain/policy.ts";
import { aBridge, anOffer, Play } from "./play.ts";
import type { Random } from "./random.ts";
import { RandomBridge } from "./random-bridge.ts";
import { RandomModeration } from "./random-moderation.ts";
import { aCamera, aMicrophone, anOccupant, aTransport, someDescriptions } from "./samples.ts";

type Client = { session: string; readonly remote: Set<string> };

const endpoints = ["aa", "bb", "cc", "dd", "ee"];

/**
 * A room with whatever can happen in it, in any order: people, clients that answer or don't, bridges that come and go,
 * and a focus that is killed at any point with some of its facts not yet stored.
 */
export class RandomRoom {
  readonly play = new Play();
  readonly stored: Fact[] = [];
  readonly faults: string[] = [];
  readonly #random: Random;
  readonly #moderation: RandomModeration;
  readonly #present = new Map<string, Occupant>();
  readonly #clients = new Map<string, Client>();
  readonly #bridge = new RandomBridge();
  readonly #replies = new Map<number, number>();
  #waiting: Effect[] = [];
  #unstored: Fact[] = [];
  #ssrc = 100;
  #ask = 0;
  #epoch = 7;
  #starts = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#moderation = new RandomModeration(random);
  }

  get isOver(): boolean {
    return this.play.state.phase === "ended";
  }

  /** Something happens. */
  act(): void {
    const act = this.#random.pick([
      () => this.#join(),
      () => this.#join(),
      () => this.#leave(),
      () => this.#change(),
      () => this.#change(),
      () => this.#answer(),
      () => this.#answer(),
      () => this.#answer(),
      () => this.#answer(),
      () => this.#accept(),
      () => this.#accept(),
      () => this.#changeSources(),
      () => this.#terminate(),
      () => this.#moderate(),
      () => this.#moderate(),
      () => this.#bridgeSays(),
      () => this.#bridgeSpeaks(),
      () => this.#store(),
      () => this.#pass(),
      () => this.#crash(),
    ]);
    if (!this.isOver) act?.();
  }

  /** Everybody goes home, and everything that was said is stored. */
  goHome(): void {
    this.#checkBlocks();
    if (!this.isOver) this.#input(this.#moderation.goHome());
    for (const endpoint of [...this.#present.keys()]) this.#go(endpoint);
    this.#feed(...this.play.pass(20_000));
    this.#store(this.#unstored.length);
    for (const [ask, replies] of this.#replies) if (replies > 1) this.faults.push(`request ${ask} was answered twice`);
  }

  #moderate(): void {
    const input = this.#moderation.next([...this.#present.values()], () => this.#nextAsk());
    if (input) this.#input(input);
  }

  /** When all that is under way has come to rest, the bridge holds back what the room's policy says, no more and no less. */
  #checkBlocks(): void {
    for (let rounds = 0; rounds < 50 && !this.isOver; rounds += 1) {
      for (let effect = this.#waiting.shift(); effect; effect = this.#waiting.shift()) {
        const outcome = this.#outcomeOf(effect, undefined);
        if (outcome) this.#input(outcome);
      }
      this.#feed(...this.play.pass(300));
    }
    const {
      bridges: [bridge],
      members,
    } = this.play.state;
    if (this.isOver || !bridge || bridge.isLost) return;
    for (const { endpoint, jingleSession, blocked } of this.#bridge.held()) {
      const occupant = this.#present.get(endpoint);
      const member = members.get(endpoint);
      if (!occupant || !member || member.session.invite?.jingleSession !== jingleSession) continue;
      const seen = { ...occupant, isOwner: member.isOwner };
      const wanted = avMedia.filter((media) => this.#moderation.isBlocked(seen, media));
      if (wanted.join() !== avMedia.filter((media) => blocked?.has(media)).join()) {
        this.faults.push(`${endpoint}: ${wanted.join()} is to be blocked, the bridge blocks ${[...(blocked ?? [])]}`);
      }
    }
  }

  #input(input: Input): void {
    if ("ask" in input && !this.#replies.has(input.ask)) this.#replies.set(input.ask, 0);
    this.#feed(...this.play.play(input));
  }

  #feed(...effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === "record") this.#unstored.push(effect.fact);
      else if (effect.type === "reply") this.#replies.set(effect.ask, (this.#replies.get(effect.ask) ?? 0) + 1);
      else this.#do(effect);
    }
  }

  /** What reaches a client is checked at once; what has an outcome waits for it. */
  #do(effect: Effect): void {
    switch (effect.type) {
      case "initiate-session": {
        const known = effect.offer.sources.flatMap(({ owner, name }) => (owner === "jvb" ? [] : name));
        this.#clients.set(effect.endpoint, { session: effect.jingleSession, remote: new Set(known) });
        break;
      }
      case "end-session":
        this.#clients.delete(effect.endpoint);
        break;
      case "announce-sources":
        this.#toClient(effect.endpoint, effect.jingleSession, (client) => {
          for (const { name, owner } of effect.sources) {
            if (client.remote.has(name)) this.faults.push(`${effect.endpoint} was told ${name} twice`);
            if (owner === effect.endpoint) this.faults.push(`${owner} was told of itself`);
            client.remote.add(name);
          }
        });
        break;
      case "withdraw-sources":
        this.#toClient(effect.endpoint, effect.jingleSession, (client) => {
          for (const { name } of effect.sources) client.remote.delete(name);
        });
        break;
      case "expire-endpoint":
        this.#bridge.expire(effect.endpoint, effect.jingleSession);
        break;
      case "create-endpoint":
        if (!this.play.bridges.some(({ id, healthy }) => id === effect.bridge && healthy)) {
          this.faults.push(`${effect.bridge} was asked although it takes nobody`);
        }
        break;
      default:
    }
    this.#waiting.push(effect);
  }

  #toClient(endpoint: string, session: string, act: (client: Client) => void): void {
    const client = this.#clients.get(endpoint);
    if (client?.session === session) act(client);
    else this.faults.push(`${endpoint} heard of session ${session}, it has ${client?.session ?? "none"}`);
  }

  #join(): void {
    const endpoint = this.#random.pick(endpoints.filter((one) => !this.#present.has(one)));
    if (endpoint === undefined) return;
    const hidden = endpoint === "ee" && this.#random.next() < 0.5;
    const occupant = anOccupant(endpoint, { hidden, interrupted: this.#random.next() < 0.05 });
    this.#present.set(endpoint, occupant);
    this.#input({ type: "occupant-joined", occupant });
  }

  #leave(): void {
    const endpoint = this.#random.pick([...this.#present.keys()]);
    if (endpoint !== undefined && this.#random.next() < 0.4) this.#go(endpoint);
  }

  #go(endpoint: string): void {
    this.#present.delete(endpoint);
    this.#clients.delete(endpoint);
    for (const client of this.#clients.values()) {
      for (const name of client.remote) if (name.startsWith(`${endpoint}-`)) client.remote.delete(name);
    }
    const reason = this.#random.pick(["client", "kicked", "timeout", "moved", "whatever"]) ?? "client";
    this.#input({ type: "occupant-left", endpoint, reason, by: "" });
  }

  #change(): void {
    const before = this.#random.pick([...this.#present.values()]);
    if (!before) return;
    const { endpoint } = before;
    const member = this.play.state.members.get(endpoint);
    const sources = [...(member?.sentSources.keys() ?? [])].map((name) => ({
      name,
      muted: this.#random.next() < 0.5,
      isDesktop: false,
    }));
    const changes = this.#random.pick<Partial<Occupant>>([
      { sources },
      { sources },
      { raisedHandMs: this.#random.next() < 0.5 ? 0 : this.play.now },
      { profile: { displayName: `Name of ${this.#random.below(9)}`, email: "" } },
      this.#random.next() < 0.5 ? { role: "moderator", isOwner: true } : { role: "member", isOwner: false },
      { isEntitled: this.#random.next() < 0.5, authenticated: true },
      { interrupted: !before.interrupted },
    ]);
    const occupant = { ...before, ...changes };
    this.#present.set(endpoint, occupant);
    if (changes?.interrupted === undefined) this.#input({ type: "occupant-updated", occupant });
    else this.#input({ type: changes.interrupted ? "occupant-interrupted" : "occupant-resumed", endpoint });
  }

  /** Some effect comes out somehow; those of one kind towards one client in order. */
  #answer(): void {
    const picked = this.#random.below(Math.min(3, this.#waiting.length));
    const first = this.#waiting.findIndex((other) => isSameLane(other, this.#waiting[picked]));
    const effect = this.#waiting.splice(Math.max(first, 0), 1)[0];
    const outcome = effect && this.#outcomeOf(effect, this.#failure());
    if (outcome) this.#input(outcome);
  }

  #outcomeOf(effect: Effect, failure: Failure | undefined): Input | undefined {
    if (effect.type === "make-owner") return this.#makeOwner(effect.endpoint, failure);
    if (!("jingleSession" in effect)) return undefined;
    const { endpoint, jingleSession } = effect;
    const of = { endpoint, jingleSession };
    switch (effect.type) {
      case "create-endpoint":
        if (failure) return { type: "endpoint-not-created", ...of, failure };
        return { type: "endpoint-created", ...of, offer: anOffer(this.#bridge.create(effect, this.#isThere(effect))) };
      case "initiate-session":
        return failure ? { type: "session-not-initiated", ...of, failure } : { type: "session-initiated", ...of };
      case "connect-endpoint":
      case "add-sources":
        return this.#outcomeOfSources(effect, failure);
      case "announce-sources": {
        const names = effect.sources.map(({ name }) => name);
        if (failure) return { type: "announcement-failed", ...of, names, failure };
        return { type: "sources-announced", ...of, names };
      }
      case "withdraw-sources":
        return { type: "sources-withdrawn", ...of };
      case "set-force-mute":
        if (failure) return { type: "force-mute-not-set", ...of };
        this.#bridge.forceMute(effect);
        return undefined;
      case "resume-sources":
        this.#bridge.resume(endpoint, jingleSession, effect.names);
        return undefined;
      default:
        return undefined;
    }
  }

  #makeOwner(endpoint: string, failure: Failure | undefined): Input {
    const occupant = this.#present.get(endpoint);
    if (failure || !occupant) return { type: "affiliation-not-set", endpoint };
    const owner: Occupant = { ...occupant, role: "moderator", isOwner: true };
    this.#present.set(endpoint, owner);
    this.#input({ type: "occupant-updated", occupant: owner });
    return { type: "affiliation-set", endpoint };
  }

  #outcomeOfSources(
    effect: Extract<Effect, { readonly type: "connect-endpoint" | "add-sources" }>,
    failure: Failure | undefined,
  ): Input {
    const { endpoint, jingleSession, ask } = effect;
    const names = effect.sources.map(({ name }) => name);
    const of = { endpoint, jingleSession, ask, names };
    const isConnect = effect.type === "connect-endpoint";
    if (failure) return { type: isConnect ? "endpoint-not-accepted" : "bridge-refused-sources", ...of, failure };
    const announcements = this.#bridge.take(endpoint, jingleSession, effect.sources);
    return { type: isConnect ? "endpoint-accepted" : "bridge-took-sources", ...of, announcements };
  }

  #isThere({ bridge, instance }: { readonly bridge: string; readonly instance: string }): boolean {
    return this.play.bridges.some((view) => view.id === bridge && view.instance === instance);
  }

  #failure(): Failure | undefined {
    if (this.#random.next() < 0.85) return undefined;
    const code = this.#random.pick([
      "deadline-exceeded",
      "invalid-argument",
      "internal",
      "not-found",
      "resource-exhausted",
    ]);
    return { code: code ?? "internal", message: "made up" };
  }

  #accept(): void {
    const member = this.#member(({ session }) => session.state === "offered");
    const jingleSession = member?.session.invite?.jingleSession;
    if (!member || jingleSession === undefined) return;
    this.#ssrc += 10;
    const { endpoint } = member;
    const sources = [aMicrophone(endpoint, this.#ssrc), aCamera(endpoint, this.#ssrc + 1)].slice(
      0,
      this.#random.below(3),
    );
    const answer = { descriptions: someDescriptions, transport: aTransport, sources };
    this.#input({ type: "session-accepted", ask: this.#nextAsk(), endpoint, jingleSession, ...answer });
  }

  #changeSources(): void {
    const member = this.#member(({ session }) => session.state === "accepted" || session.state === "connected");
    const jingleSession = member?.session.invite?.jingleSession;
    if (!member || jingleSession === undefined) return;
    const { endpoint } = member;
    const ask = this.#nextAsk();
    const sent = this.#random.pick([...member.sentSources.values()]);
    if (sent && this.#random.next() < 0.5) {
      this.#input({ type: "sources-removed", ask, endpoint, jingleSession, sources: [sent] });
      return;
    }
    this.#ssrc += 10;
    const sources = [aCamera(endpoint, this.#ssrc, this.#random.below(3))];
    this.#input({ type: "sources-added", ask, endpoint, jingleSession, sources });
  }

  #terminate(): void {
    const member = this.#member(({ session }) => session.invite !== undefined);
    const invite = member?.session.invite;
    if (!member || !invite || this.#random.next() < 0.7) return;
    const { endpoint } = member;
    const { jingleSession, bridgeSession } = invite;
    const restart = this.#random.next() < 0.8;
    const of = { endpoint, jingleSession, bridgeSession, restart };
    const ask = this.#nextAsk();
    const effects = this.play.play({ type: "session-terminated", ask, reason: "connectivity-error", ...of });
    const isDone = effects.some((effect) => effect.type === "reply" && effect.ask === ask && !effect.failure);
    if (isDone && this.#clients.get(endpoint)?.session === jingleSession) this.#clients.delete(endpoint);
    this.#feed(...effects);
  }

  #member(isWanted: (member: Member) => boolean): Member | undefined {
    return this.#random.pick([...this.play.state.members.values()].filter(isWanted));
  }

  #nextAsk(): number {
    this.#ask += 1;
    return this.#ask;
  }

  #bridgeSays(): void {
    const held = this.#random.pick(this.#bridge.held());
    if (!held) return;
    const { endpoint, jingleSession } = held;
    const input = this.#random.pick<Input>([
      { type: "endpoint-connected", endpoint, jingleSession },
      { type: "endpoint-disconnected", endpoint, jingleSession, stage: "ice" },
      { type: "speaker-changed", bridge: this.play.state.bridges[0]?.id ?? "", endpoint },
      { type: "reacted", endpoint, reactions: ["like", "clap"] },
      { type: "message-sent", sent: { endpoint, isPrivate: false, message: "m", text: "", to: "" } },
    ]);
    if (input) this.#input(input);
  }

  #bridgeSpeaks(): void {
    if (this.#random.next() < 0.7) return;
    const [used] = this.play.state.bridges;
    const there = this.play.bridges.find(({ id }) => id === used?.id);
    if (!used || !there) {
      this.#setBridges([this.#newBridge("b1")]);
      this.#input({ type: "bridges-changed" });
      return;
    }
    const held = this.#random.pick(this.#bridge.held())?.endpoint;
    if (held !== undefined && this.#random.next() < 0.5) {
      this.#bridge.lose(held);
      this.#input({ type: "endpoints-lost", bridge: used.id, endpoints: [held] });
      return;
    }
    this.#bridge.clear();
    this.#setBridges(this.#random.next() < 0.5 ? [] : [this.#newBridge("b2")]);
    this.#input({ type: "bridge-lost", bridge: used.id, instance: used.instance, reason: "failure" });
  }

  #newBridge(id: string): BridgeView {
    this.#starts += 1;
    return aBridge(id, { instance: `${id}-start-${this.#starts}` });
  }

  #setBridges(bridges: BridgeView[]): void {
    this.play.bridges = bridges;
  }

  #store(amount = this.#random.below(6)): void {
    this.stored.push(...this.#unstored.splice(0, amount));
  }

  #pass(): void {
    this.#feed(...this.play.pass(this.#random.pick([5, 300, 1_000, 5_000]) ?? 0));
  }

  /** Killed: what was not stored was never said. The next process has the stream, the room and the bridge. */
  #crash(): void {
    if (this.#random.next() < 0.7) return;
    this.#store();
    this.#unstored = [];
    this.#waiting = [];
    this.#replies.clear();
    this.#epoch += 1;
    const memory = this.stored.reduce(remember, emptyMemory);
    if (memory.startedMs === 0 || memory.hasEnded) this.#startOver();
    else this.#takeOver(memory);
  }

  #takeOver(memory: Memory): void {
    const { play } = this;
    play.now += 500;
    const { room, session } = play.state;
    const [former] = play.state.bridges;
    play.state = restore(memory, { room, session, epoch: this.#epoch, unit: "main", messages: 0 }, play.now);
    const view = play.bridges.find(({ id, instance }) => id === former?.id && instance === former.instance);
    const endpoints = this.#bridge.held();
    const held =
      view && endpoints.length > 0
        ? [{ bridge: view.id, instance: view.instance, region: "", speaker: "", endpoints, remote: [] }]
        : [];
    const sessions = new Map([...this.#clients].map(([endpoint, { session: jingle }]) => [endpoint, jingle]));
    if (held.length === 0) this.#clients.clear();
    for (const endpoint of this.#clients.keys()) if (!this.#bridge.has(endpoint)) this.#clients.delete(endpoint);
    const occupants = [...this.#present.values()];
    this.#moderation.changeUnseen(occupants);
    this.#input({ type: "taken-over", occupants, policy: this.#moderation.policy, held, sessions });
  }

  /** Nothing of the sitting is in the stream: the next process begins another. */
  #startOver(): void {
    const { play } = this;
    this.#clients.clear();
    this.#bridge.clear();
    play.state = { ...new Play().state, openedMs: play.now, epoch: this.#epoch };
    this.#input({ type: "room-seen", occupants: [...this.#present.values()], policy: this.#moderation.policy });
  }
}

/** A bridge is asked about one endpoint one thing after the other. */
function isSameLane(a: Effect, b: Effect | undefined): boolean {
  return b === a || (b !== undefined && "bridge" in a && "bridge" in b && laneOf(a) === laneOf(b));
}

function laneOf(effect: Extract<Effect, { readonly bridge: string }>): string {
  return `${effect.bridge} ${"endpoint" in effect ? effect.endpoint : ""}`;
}
