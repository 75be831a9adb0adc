import type { StrategyName } from "../domain/bridge-selection/strategies.ts";
import { isCall, type Member, type Occupant } from "../domain/conference.ts";
import type { Effect } from "../domain/effects.ts";
import type { Fact } from "../domain/facts.ts";
import type { Failure, Input } from "../domain/inputs.ts";
import { emptyMemory, type Memory, remember, restore } from "../domain/memory.ts";
import { avMedia } from "../domain/policy.ts";
import type { Rules } from "../domain/rules.ts";
import { Play } from "./play.ts";
import type { Random } from "./random.ts";
import { RandomBridges, waitsFor } from "./random-bridges.ts";
import { RandomClients } from "./random-clients.ts";
import { RandomModeration } from "./random-moderation.ts";
import { RandomRecordings } from "./random-recordings.ts";
import { faultsAtRest } from "./random-rest.ts";
import {
  aCall,
  aCamera,
  aMicrophone,
  anOccupant,
  aPlainTransport,
  aTransport,
  someDescriptions,
  soundAlone,
} from "./samples.ts";

/** A room in which everybody is told at once, and one that is treated as a crowd. */
const crowding: readonly Partial<Rules>[] = [
  {},
  { pace: [{ fromSize: 3, delayMs: 400 }], senderLimits: { audio: 2, video: 1 } },
];

const endpoints = ["aa", "bb", "cc", "dd", "ee"];
const strategies: readonly StrategyName[] = [
  "RegionBasedBridgeSelectionStrategy",
  "SplitBridgeSelectionStrategy",
  "SingleBridgeSelectionStrategy",
];

/**
 * A room with whatever can happen in it, in any order: people, clients that answer or don't, bridges that come and go,
 * and a focus that is killed at any point with some of its facts not yet stored.
 */
export class RandomRoom {
  readonly play: Play;
  readonly stored: Fact[] = [];
  readonly #random: Random;
  readonly #faults: string[] = [];
  readonly #moderation: RandomModeration;
  readonly #present = new Map<string, Occupant>();
  readonly #clients = new RandomClients();
  readonly #bridges: RandomBridges;
  readonly #recordings: RandomRecordings;
  readonly #replies = new Map<number, number>();
  #waiting: Effect[] = [];
  #unstored: Fact[] = [];
  #ssrc = 100;
  #ask = 0;
  #epoch = 7;

  constructor(random: Random) {
    this.#random = random;
    this.#moderation = new RandomModeration(random);
    this.#bridges = new RandomBridges(random);
    this.#recordings = new RandomRecordings(random);
    const strategy = random.pick(strategies) ?? "RegionBasedBridgeSelectionStrategy";
    const rules = { strategy, maxBridgeEndpoints: 2, ...random.pick(crowding) };
    this.play = new Play(rules, this.#bridges.views());
  }

  get isOver(): boolean {
    return this.play.state.phase === "ended";
  }

  get faults(): readonly string[] {
    return [...this.#faults, ...this.#clients.faults];
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
      () => this.#answer(),
      () => this.#answer(),
      () => this.#accept(),
      () => this.#accept(),
      () => this.#changeSources(),
      () => this.#terminate(),
      () => this.#moderate(),
      () => this.#moderate(),
      () => this.#record(),
      () => this.#record(),
      () => this.#record(),
      () => this.#bridgeSays(),
      () => this.#bridgesAct(),
      () => this.#store(),
      () => this.#pass(),
      () => this.#crash(),
    ]);
    if (!this.isOver) act?.();
  }

  /** Everybody goes home, and everything that was said is stored. */
  goHome(): void {
    this.#rest();
    if (!this.isOver) this.#input(this.#moderation.goHome());
    for (const endpoint of [...this.#present.keys()]) this.#go(endpoint);
    this.#feed(...this.play.pass(20_000));
    this.#store(this.#unstored.length);
    for (const input of this.#recordings.drain()) this.#input(input);
    for (const job of this.#recordings.wanted) this.#faults.push(`${job} is wanted although the sitting is over`);
    for (const [ask, replies] of this.#replies) if (replies > 1) this.#faults.push(`request ${ask} was answered twice`);
  }

  /** Bridges are well and everybody answers, until nothing is under way any more; then all has to be right. */
  #rest(): void {
    if (this.isOver) return;
    for (const input of this.#bridges.heal()) this.#hearOfBridges(input);
    for (let rounds = 0; rounds < 60 && !this.isOver; rounds += 1) {
      for (let effect = this.#next(0); effect; effect = this.#next(0)) {
        const outcome = this.#outcomeOf(effect, undefined);
        if (outcome) this.#input(outcome);
      }
      while (this.#accept());
      for (const input of this.#recordings.renew(this.play.now)) this.#input(input);
      this.#feed(...this.play.pass(500));
    }
    if (this.isOver) return;
    this.#checkBlocks();
    const { members } = this.play.state;
    if (members.size < 2 || [...members.values()].some(({ session }) => session.state === "ended")) return;
    this.#faults.push(...faultsAtRest(this.play.state, this.#bridges, this.#clients));
  }

  /** The bridges hold back what the room's policy says, no more and no less. */
  #checkBlocks(): void {
    for (const { endpoint, jingleSession, blocked } of this.#bridges.answering().flatMap((bridge) => bridge.held())) {
      const occupant = this.#present.get(endpoint);
      const member = this.play.state.members.get(endpoint);
      if (!occupant || member?.session.invite?.jingleSession !== jingleSession) continue;
      const seen = { ...occupant, isOwner: member.isOwner };
      const wanted = avMedia.filter((media) => this.#moderation.isBlocked(seen, media));
      if (wanted.join() !== avMedia.filter((media) => blocked?.has(media)).join()) {
        this.#faults.push(`${endpoint}: ${wanted.join()} is to be blocked, the bridge blocks ${[...(blocked ?? [])]}`);
      }
    }
  }

  #moderate(): void {
    const input = this.#moderation.next([...this.#present.values()], () => this.#nextAsk());
    if (input) this.#input(input);
  }

  #record(): void {
    const { showings } = this.play.state.recordings;
    const names = [...this.#present.keys()];
    const input = this.#recordings.next(names, [...showings.keys()], this.play.now, () => this.#nextAsk());
    this.play.pool = this.#recordings.pool;
    if (input) this.#input(input);
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
    this.#recordings.hear(effect);
    if (effect.type === "put-job") return;
    if (effect.type === "show-presence" && /rtmp|stream-key|owner-key/.test(JSON.stringify(effect))) {
      this.#faults.push("the room is shown a secret");
    }
    this.#clients.hear(effect);
    if (effect.type === "create-endpoint") this.#checkChosen(effect.bridge);
    this.#waiting.push(effect);
  }

  #checkChosen(bridge: string): void {
    const view = this.play.bridges.find(({ id }) => id === bridge);
    const isOpen = this.play.bridges.some(({ healthy, draining }) => healthy && !draining);
    if (!view?.healthy || (view.draining && isOpen)) {
      this.#faults.push(`${bridge} was asked although it takes nobody`);
    }
  }

  #join(): void {
    const endpoint = this.#random.pick(endpoints.filter((one) => !this.#present.has(one)));
    if (endpoint === undefined) return;
    const hidden = endpoint === "ee" && this.#random.next() < 0.5;
    const region = this.#random.pick(["", "eu", "us"]) ?? "";
    const interrupted = this.#random.next() < 0.05;
    const isTelephone = !hidden && this.#random.next() < 0.2;
    const occupant = isTelephone ? aCall(endpoint, { region }) : anOccupant(endpoint, { hidden, region, interrupted });
    this.#present.set(endpoint, occupant);
    this.#input({ type: "occupant-joined", occupant });
  }

  #leave(): void {
    const endpoint = this.#random.pick([...this.#present.keys()]);
    if (endpoint !== undefined && this.#random.next() < 0.4) this.#go(endpoint);
  }

  #go(endpoint: string): void {
    this.#present.delete(endpoint);
    this.#clients.leave(endpoint);
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
      { profile: { displayName: `Name of ${this.#random.below(9)}`, email: "", phone: "" } },
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
    const effect = this.#next(this.#random.below(Math.min(3, this.#waiting.length)));
    const outcome = effect && this.#outcomeOf(effect, this.#failure());
    if (outcome) this.#input(outcome);
  }

  /** The one at that place, or one that comes before it. */
  #next(at: number): Effect | undefined {
    const picked = this.#waiting[at];
    if (!picked) return undefined;
    const first = this.#waiting.findIndex(
      (other, place) =>
        place >= at || ("bridge" in picked && "bridge" in other && waitsFor(picked, other) && place < at),
    );
    return first === at || first < 0 ? this.#waiting.splice(at, 1)[0] : this.#next(first);
  }

  #outcomeOf(effect: Effect, failure: Failure | undefined): Input | undefined {
    if (effect.type === "make-owner") return this.#makeOwner(effect.endpoint, failure);
    if ("bridge" in effect) return this.#bridges.outcomeOf(effect, failure);
    if (!("jingleSession" in effect)) return undefined;
    const { endpoint, jingleSession } = effect;
    const of = { endpoint, jingleSession };
    switch (effect.type) {
      case "initiate-session":
        return failure ? { type: "session-not-initiated", ...of, failure } : { type: "session-initiated", ...of };
      case "announce-sources": {
        const names = effect.sources.map(({ name }) => name);
        // Only a client that is gone is not found.
        const isTheirs = failure && failure.code !== "not-found";
        if (isTheirs) return { type: "announcement-failed", ...of, names, failure };
        return { type: "sources-announced", ...of, names };
      }
      case "withdraw-sources":
        return { type: "sources-withdrawn", ...of };
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

  /** Whether somebody had an invitation to accept. */
  #accept(): boolean {
    const sessions = this.#clients.sessions();
    const member = this.#member(({ endpoint, session }) => {
      return session.state === "offered" && session.invite?.jingleSession === sessions.get(endpoint);
    });
    const jingleSession = member?.session.invite?.jingleSession;
    if (!member || jingleSession === undefined) return false;
    this.#ssrc += 10;
    const { endpoint } = member;
    const both = [aMicrophone(endpoint, this.#ssrc), aCamera(endpoint, this.#ssrc + 1)];
    const sources = both.slice(0, this.#random.below(isCall(member) ? 2 : 3));
    const transport = isCall(member) ? aPlainTransport : aTransport;
    const answer = { descriptions: isCall(member) ? soundAlone : someDescriptions, transport, sources };
    this.#input({ type: "session-accepted", ask: this.#nextAsk(), endpoint, jingleSession, ...answer });
    return true;
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
    const sources = [aCamera(endpoint, this.#ssrc, this.#ssrc)];
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
    if (isDone) this.#clients.end(endpoint, jingleSession);
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
    const bridge = this.#random.pick(this.#bridges.answering());
    const held = this.#random.pick(bridge?.held() ?? []);
    if (!bridge || !held) return;
    const { endpoint, jingleSession } = held;
    const input = this.#random.pick<Input>([
      { type: "endpoint-connected", endpoint, jingleSession },
      { type: "endpoint-disconnected", endpoint, jingleSession, stage: "ice" },
      { type: "speaker-changed", bridge: bridge.id, endpoint },
      { type: "reacted", endpoint, reactions: ["like", "clap"] },
      { type: "message-sent", sent: { endpoint, isPrivate: false, message: "m", text: "", to: "" } },
      { type: "move-asked", endpoints: [endpoint] },
    ]);
    if (input) this.#input(input);
  }

  #bridgesAct(): void {
    const input = this.#random.next() < 0.5 ? this.#bridges.act() : undefined;
    if (input) this.#hearOfBridges(input);
  }

  #hearOfBridges(input: Input): void {
    this.play.bridges = this.#bridges.views();
    this.#input(input);
    if (input.type !== "bridge-returned") return;
    // A bridge that is heard of again is looked at.
    const { bridge, instance } = input;
    this.#input({ type: "bridges-changed" });
    const found = this.#bridges.find(bridge, instance);
    if (found && !found.isEmpty) this.#input({ type: "held-by-bridge", bridge, instance, endpoints: found.held() });
  }

  #store(amount = this.#random.below(6)): void {
    this.stored.push(...this.#unstored.splice(0, amount));
  }

  #pass(): void {
    this.#feed(...this.play.pass(this.#random.pick([5, 300, 1_000, 5_000]) ?? 0));
  }

  /** Killed: what was not stored was never said. The next process has the stream, the room and the bridges. */
  #crash(): void {
    if (this.#random.next() < 0.7) return;
    this.#store();
    this.#unstored = [];
    // What was on its way to a bridge may have arrived.
    for (const effect of this.#waiting) {
      if (!("bridge" in effect)) continue;
      const isLast = effect.type === "expire-endpoint" || effect.type === "remove-sources";
      const hasArrived = isLast || this.#random.next() < 0.5;
      if (hasArrived) this.#bridges.outcomeOf(effect, undefined);
    }
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
    play.state = restore(memory, { room, session, epoch: this.#epoch, unit: "main", messages: 0 }, play.now);
    const sessions = this.#clients.sessions();
    for (const endpoint of sessions.keys()) if (!this.#bridges.holderOf(endpoint)) this.#clients.end(endpoint);
    this.#clients.keep((endpoint, name, ssrcs) => {
      const received = this.#bridges.holderOf(endpoint)?.find(endpoint)?.received ?? [];
      return received.some((source) => source.name === name && source.ssrcs.join() === ssrcs);
    });
    const held = this.#bridges.answering().flatMap((bridge) => (bridge.isEmpty ? [] : bridge.snapshot()));
    const occupants = [...this.#present.values()];
    this.#moderation.changeUnseen(occupants);
    const jobs = this.#recordings.crash();
    this.#input({ type: "taken-over", occupants, policy: this.#moderation.policy, held, sessions, jobs });
  }

  /** Nothing of the sitting is in the stream: the next process begins another. */
  #startOver(): void {
    const { play } = this;
    this.#clients.clear();
    this.#recordings.clear();
    for (const bridge of this.#bridges.processes()) bridge.clear();
    play.state = { ...new Play().state, openedMs: play.now, epoch: this.#epoch };
    this.#input({ type: "room-seen", occupants: [...this.#present.values()], policy: this.#moderation.policy });
  }
}
