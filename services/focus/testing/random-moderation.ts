import type { Occupant } from "../domain/conference.ts";
import type { Input } from "../domain/inputs.ts";
import { type AvMedia, avMedia, type Moderation, openPolicy, type Policy } from "../domain/policy.ts";
import type { Random } from "./random.ts";
import { anOccupant } from "./samples.ts";
import { aRoom } from "./xmpp.ts";

const visitors = ["v1", "v2"];
const rooms = ["breakout-1", "breakout-2"];

/** What moderators and the room's features do, in any order: policy, lobby, polls, breakout rooms, mute requests. */
export class RandomModeration {
  policy: Policy = openPolicy;
  readonly #random: Random;
  readonly #waiting = new Set<string>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** Some input; `ask` is a number for a request. */
  next(present: readonly Occupant[], nextAsk: () => number): Input | undefined {
    const names = present.map(({ endpoint }) => endpoint);
    const act = this.#random.pick<() => Input | undefined>([
      () => this.#moderate(names),
      () => this.#moderate(names),
      () => this.#moderate(names),
      () => this.#startMuted(),
      () => this.#visit(),
      () => this.#decide(),
      () => this.#poll(),
      () => this.#breakouts(),
      () => this.#assign(present),
      () => this.#mute(names, nextAsk()),
    ]);
    return act?.();
  }

  /** The same while nobody looked. */
  changeUnseen(present: readonly Occupant[]): void {
    if (this.#random.next() < 0.5) this.#moderate(present.map(({ endpoint }) => endpoint));
    if (this.#random.next() < 0.3) this.#decide();
  }

  isBlocked({ endpoint, role, isOwner, hidden }: Occupant, media: AvMedia): boolean {
    const moderation = this.policy.moderated.get(media);
    if (!moderation || role === "moderator" || isOwner || hidden) return false;
    return !moderation.allowed.includes(endpoint);
  }

  #moderate(names: readonly string[]): Input {
    const media = this.#random.pick(avMedia) ?? "audio";
    const moderated = new Map<AvMedia, Moderation>(this.policy.moderated);
    if (moderated.has(media) && this.#random.next() < 0.4) moderated.delete(media);
    else {
      const allowed = names.filter(() => this.#random.next() < 0.3);
      moderated.set(media, { allowed, by: names[0] ?? "" });
    }
    return this.#change({ moderated }, ["moderation"]);
  }

  #startMuted(): Input {
    return this.#change({ startAudioMuted: this.#random.next() < 0.5 }, ["start-muted"]);
  }

  #change(change: Partial<Policy>, changed: readonly string[]): Input {
    this.policy = { ...this.policy, ...change };
    return { type: "room-updated", changed, policy: this.policy, by: "aa" };
  }

  #visit(): Input | undefined {
    const endpoint = this.#random.pick(visitors);
    if (endpoint === undefined) return undefined;
    this.#waiting.add(endpoint);
    return { type: "lobby-entered", visitor: anOccupant(endpoint) };
  }

  #decide(): Input | undefined {
    const endpoint = this.#random.pick([...this.#waiting]);
    if (endpoint === undefined) return undefined;
    this.#waiting.delete(endpoint);
    const reason = this.#random.pick(["admitted", "rejected", "client", "timeout", "whatever"]) ?? "client";
    return { type: "lobby-left", endpoint, reason, by: "aa" };
  }

  #poll(): Input {
    const poll = { poll: "p", question: "?", options: ["a", "b"], result: [this.#random.below(9), 0], voters: 1 };
    const type = this.#random.pick(["poll-created", "poll-answered", "poll-closed"] as const) ?? "poll-created";
    return { type, poll };
  }

  #breakouts(): Input {
    const isOpen = this.policy.breakouts.length > 0;
    const occupants = this.#random.below(2);
    const breakouts =
      isOpen && this.#random.next() < 0.5
        ? []
        : rooms.map((room) => ({ room: aRoom(room), occupants, owners: this.#random.below(occupants + 1) }));
    return this.#change({ breakouts }, ["breakouts"]);
  }

  #assign(present: readonly Occupant[]): Input | undefined {
    const one = this.#random.pick(present);
    if (!one) return undefined;
    const { endpoint, person } = one;
    const by = this.#random.pick(["aa", "bb"]) ?? "aa";
    return { type: "breakout-assigned", assignment: { endpoint, person, room: "breakout-1" }, by };
  }

  #mute(names: readonly string[], ask: number): Input | undefined {
    const [endpoint, target] = [this.#random.pick(names), this.#random.pick(names)];
    if (endpoint === undefined || target === undefined) return undefined;
    const media = this.#random.pick(avMedia) ?? "audio";
    return { type: "mute-requested", ask, endpoint, target, media, muted: this.#random.next() < 0.8 };
  }

  /** Nobody is anywhere any more. */
  goHome(): Input {
    return this.#change({ breakouts: [] }, ["breakouts"]);
  }
}
