/** One room: all come at once, then they speak, change what they are seen as, and speak at a steady rate. */
import { setTimeout as pause } from "node:timers/promises";
import type { Figures } from "../../comparison.ts";
import { distribution } from "../../figures.ts";
import { Client, probeText, type RoomCounts, type Transport } from "../clients/client.ts";
import type { Server } from "../servers/server.ts";
import { holdsWithin, memoryEach, perCpuSecond, settledUsage, signInAll } from "./load.ts";
import { Outsider } from "./outsider.ts";

export type RoomLoad = {
  readonly people: number;
  readonly transport: Transport;
  /** How long each of the phases after joining takes. */
  readonly seconds: number;
};

const atOnce = 16;
const joinMs = 180_000;
const deliveryMs = 30_000;
/** Stanzas on their way at once where as many are sent as the server takes: one alone, and enough to be gathered. */
const windows = { oneByOne: 1, messages: 16, presences: 16 } as const;
const steadyPerSecond = 10;

export async function measureRoom(server: Server, load: RoomLoad): Promise<Figures> {
  const room = new Room(server, load);
  try {
    await room.signIn();
    const joined = await room.join();
    if (joined.lostSessions !== 0) return joined;
    return {
      ...joined,
      ...(await room.saturate("oneByOne")),
      ...(await room.saturate("messages")),
      ...(await room.saturate("presences")),
      ...(await room.speakSteadily()),
      ...room.lost(),
    };
  } finally {
    room.close();
  }
}

class Room {
  readonly #server: Server;
  readonly #load: RoomLoad;
  readonly #members: readonly Client[];
  #outsider: Outsider | undefined;
  readonly #counts: RoomCounts = {
    messages: 0,
    presences: 0,
    onMessage: () => {},
    onPresence: () => {},
    onProbe: undefined,
  };
  #fresh = 0;
  #sent = 0;

  constructor(server: Server, load: RoomLoad) {
    this.#server = server;
    this.#load = load;
    this.#members = Array.from({ length: load.people }, () => new Client(server.target, load.transport));
  }

  async signIn(): Promise<void> {
    this.#outsider = await Outsider.start(this.#server.target, this.#load.transport);
    await signInAll(this.#members, atOnce);
  }

  close(): void {
    this.#outsider?.[Symbol.dispose]();
    for (const client of this.#members) client.close();
  }

  lost(): Figures {
    return { lostSessions: this.#members.filter(({ lost }) => lost !== undefined).length };
  }

  /** The first opens the room; the others come all at once. */
  async join(): Promise<Figures> {
    const { people } = this.#load;
    const [first, ...others] = this.#members;
    if (this.#server.hasFocus) await first?.openRoom(roomName);
    first?.join(roomName, 0, people, this.#counts);
    await holdsWithin(joinMs, () => first?.seen === 1);
    const before = await settledUsage(this.#server);
    const start = performance.now();
    for (const [index, member] of others.entries()) member.join(roomName, index + 1, people, this.#counts);
    const haveSeen = () => this.#members.every((member) => member.seen === people || member.lost !== undefined);
    const isComplete = await holdsWithin(joinMs, haveSeen);
    const allSeenMs = performance.now() - start;
    const after = this.#server.usage();
    const times = others.filter(({ joinedAt }) => joinedAt > 0).map(({ joinedAt }) => joinedAt - start);
    const { p50, p95 } = distribution(times);
    const lost = this.lost();
    return {
      joinP50Ms: p50,
      joinP95Ms: p95,
      allSeenMs: isComplete ? Math.round(allSeenMs) : Number.NaN,
      ...perCpuSecond("joinPresences", this.#counts.presences, before, after),
      ...memoryEach("kiBPerMember", people, before, await settledUsage(this.#server)),
      residentMiB: Math.round(this.#server.usage().residentKiB / 1_024),
      ...lost,
    };
  }

  /** As many as the server takes, for a while; an outsider asks meanwhile whether the server is there. */
  async saturate(name: keyof typeof windows): Promise<Figures> {
    const { people, seconds } = this.#load;
    const counts = this.#counts;
    const kind = name === "presences" ? "presences" : "messages";
    const begun = counts[kind];
    let [isOn, sent] = [true, 0];
    const pump = () => {
      while (isOn && sent * people - (counts[kind] - begun) < windows[name] * people) {
        sent++;
        this.#say(kind);
      }
    };
    counts[kind === "messages" ? "onMessage" : "onPresence"] = () => {
      if ((counts[kind] - begun) % people === 0) pump();
    };
    pump();
    const nudging = this.#whenStuck(kind, () => {
      sent++;
      this.#say(kind);
    });
    await pause(warmUpMs);
    const [before, start, startCount] = [this.#server.usage(), performance.now(), counts[kind]];
    this.#outsider?.begin();
    await pause(seconds * 1_000);
    const [after, ms, delivered] = [this.#server.usage(), performance.now() - start, counts[kind] - startCount];
    isOn = false;
    clearInterval(nudging);
    const { p50, p99 } = distribution((await this.#outsider?.end()) ?? []);
    const isComplete = await holdsWithin(deliveryMs, () => counts[kind] - begun >= sent * people);
    return {
      ...perCpuSecond(name, delivered, before, after),
      [`${name}PerSecond`]: Math.round((delivered / ms) * 1_000),
      [`${name}OutsiderP50Ms`]: p50,
      [`${name}OutsiderP99Ms`]: p99,
      ...(isComplete ? {} : { undelivered: sent * people - (counts[kind] - begun) }),
    };
  }

  /** Ten a second, as in a lively class: how late do they come, and what does one cost. */
  async speakSteadily(): Promise<Figures> {
    const { people, seconds } = this.#load;
    const counts = this.#counts;
    const sentAt: number[] = [];
    const delays: number[] = [];
    counts.onMessage = () => {};
    counts.onPresence = () => {};
    counts.onProbe = (number) => delays.push(performance.now() - (sentAt[number] ?? Number.NaN));
    const before = this.#server.usage();
    const start = performance.now();
    for (let number = 0; number < seconds * steadyPerSecond; number++) {
      const wait = start + (number * 1_000) / steadyPerSecond - performance.now();
      if (wait > 0) await pause(wait);
      sentAt.push(performance.now());
      this.#members[number % people]?.say(probeText(number), `s${number}`);
    }
    await holdsWithin(deliveryMs, () => delays.length >= sentAt.length * people);
    const { p50, p99 } = distribution(delays);
    const after = this.#server.usage();
    counts.onProbe = undefined;
    return { steadyP50Ms: p50, steadyP99Ms: p99, ...perCpuSecond("steadyMessages", delays.length, before, after) };
  }

  /** ejabberd sometimes lets a BOSH request lie until the next comes: then somebody else speaks. */
  #whenStuck(kind: "messages" | "presences", act: () => void): NodeJS.Timeout {
    let last = -1;
    return setInterval(() => {
      if (this.#counts[kind] === last) act();
      last = this.#counts[kind];
    }, stuckMs);
  }

  #say(kind: "messages" | "presences"): void {
    const speaker = this.#members[this.#sent++ % this.#members.length];
    if (kind === "messages") speaker?.say(probeText(this.#fresh++ % 1_000_000), `m${this.#sent}`);
    else speaker?.update(Math.floor(this.#sent / this.#members.length) % 2 === 0);
  }
}

const roomName = "bench";
const warmUpMs = 1_000;
const stuckMs = 250;
