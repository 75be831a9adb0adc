import { ManualClock } from "@veche/kit/clock.ts";
import { readConfig } from "@veche/kit/config.ts";
import { toVecheError } from "@veche/kit/errors.ts";
import { Health } from "@veche/kit/health.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { Metrics } from "@veche/kit/metrics.ts";
import type { Context } from "@veche/kit/run.ts";
import { PersonSchema, RoomLeaseSchema } from "@veche/proto/gen/veche/conference/v1/conference_pb.ts";
import { buckets, streams } from "@veche/proto/storage.ts";
import { type Config, schema } from "../config.ts";
import type { Fact } from "../domain/facts.ts";
import { fromStored } from "../edge/facts.ts";
import { type Focus, start } from "../service.ts";
import { FakeBridge } from "./bridge.ts";
import { FakeXmpp } from "./xmpp.ts";

export type StoredFact = Fact & { readonly id: string; readonly room: string; readonly session: string };

type Running = { readonly bus: MemoryBus; readonly service: Focus; readonly context: Context<Config> };

/** Everything around a focus, on one clock: an XMPP server, bridges, and the focus itself as often as a test starts it. */
export class Stage implements AsyncDisposable {
  readonly clock = new ManualClock(Date.UTC(2026, 8, 1));
  readonly network = new MemoryNetwork();
  readonly xmpp: FakeXmpp;
  readonly #bus: MemoryBus;
  readonly #env: Readonly<Record<string, string>>;
  readonly #bridges: FakeBridge[] = [];
  #focus: Running | undefined;
  #starts = 0;

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.#env = env;
    this.#bus = new MemoryBus(this.network, { role: "xmpp", clock: this.clock });
    this.xmpp = new FakeXmpp(this.#bus);
  }

  /** With a focus and one bridge "b1". */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<Stage> {
    const stage = new Stage(env);
    stage.addBridge("b1");
    await stage.startFocus();
    await stage.pass(1_000);
    return stage;
  }

  addBridge(id: string): FakeBridge {
    const bus = new MemoryBus(this.network, { role: "videobridge", clock: this.clock });
    const bridge = new FakeBridge({ bus, clock: this.clock, id });
    this.#bridges.push(bridge);
    return bridge;
  }

  bridge(id = "b1"): FakeBridge {
    const bridge = this.#bridges.find((one) => one.id === id);
    if (!bridge) throw new Error(`no bridge ${id}`);
    return bridge;
  }

  get focus() {
    if (!this.#focus) throw new Error("no focus is running");
    return this.#focus;
  }

  async startFocus(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#starts += 1;
    const bus = new MemoryBus(this.network, { role: "focus", clock: this.clock });
    const config = readConfig(schema, { JICOFO_PORT: "0", VECHE_HOST_ID: "here", ...this.#env, ...env });
    const context: Context<Config> = {
      role: "focus",
      config,
      log: silentLog,
      metrics: new Metrics("focus"),
      health: new Health(),
      instance: `focus-${this.#starts}`,
      version: "0.0.0",
      signal: new AbortController().signal,
    };
    const starting = start(context, { bus, clock: this.clock });
    let isStarted = false;
    void starting.then(
      () => {
        isStarted = true;
      },
      () => {
        isStarted = true;
      },
    );
    while (!isStarted) await this.pass(10);
    this.#focus = { bus, service: await starting, context };
    await this.pass(10);
  }

  /** Goes on by itself, as one that only stood still does. */
  releaseFocus(): { conferences(): number } {
    const { service } = this.focus;
    this.#focus = undefined;
    this.#dead.push(service);
    return { conferences: () => service.conferences };
  }

  /** As kill -9: nothing it would still say or do reaches anybody. */
  killFocus(): void {
    const { bus, service } = this.focus;
    this.network.disconnect(bus);
    this.#focus = undefined;
    this.#dead.push(service);
    this.network.leave(bus);
  }

  /** Those killed are closed at the end: their timers would keep the test's clock busy, no more. */
  readonly #dead: AsyncDisposable[] = [];

  /** What is to happen when the clock is moved meanwhile. */
  async settled<T>(waiting: Promise<T>): Promise<T> {
    let isSettled = false;
    const watched = waiting.finally(() => {
      isSettled = true;
    });
    watched.catch(() => undefined);
    while (!isSettled) await this.pass(10);
    return watched;
  }

  /** Repeats what nobody serves yet, as the XMPP server does. */
  async untilServed<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (toVecheError(error).code !== "unavailable") throw error;
        await new Promise<void>((resolve) => void this.clock.after(100, resolve));
      }
    }
  }

  /** Moves the clock. */
  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  async until(what: string, isTrue: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
    for (let passed = 0; passed <= limitMs; passed += 10) {
      if (await isTrue()) return;
      await this.pass(10);
    }
    throw new Error(`did not come to pass within ${limitMs} ms: ${what}`);
  }

  get bus(): MemoryBus {
    return this.#bus;
  }

  heldBy(endpoint: string) {
    const awake = this.#bridges.filter((bridge) => !bridge.isSilent);
    return awake.map((bridge) => bridge.endpoint(endpoint)).find((found) => found !== undefined);
  }

  async leases(): Promise<string[]> {
    const bucket = await this.#bus.bucket(buckets.rooms, RoomLeaseSchema);
    const rooms: string[] = [];
    for await (const { key, value } of bucket.entries()) if (value.room !== "") rooms.push(key);
    return rooms;
  }

  async person(id: string): Promise<string | undefined> {
    const bucket = await this.#bus.bucket(buckets.persons, PersonSchema);
    return (await bucket.get(id))?.value.displayName;
  }

  async http(path: string, init?: RequestInit): Promise<{ readonly status: number; readonly body: string }> {
    const response = await fetch(`http://127.0.0.1:${this.focus.service.port}${path}`, init);
    return { status: response.status, body: await response.text() };
  }

  async facts(): Promise<StoredFact[]> {
    const facts: StoredFact[] = [];
    for await (const { subject, body, id } of this.#bus.replay(streams.conference, "conference.v1.>")) {
      const [, , , room = "", session = ""] = subject.split(".");
      const fact = fromStored(subject, body);
      if (fact) facts.push({ ...fact, id, room, session });
    }
    return facts;
  }

  async factNames(): Promise<string[]> {
    return (await this.facts()).map(({ name }) => name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = [...this.#dead, ...(this.#focus ? [this.#focus.service] : [])];
    const closing = Promise.all(running.map((service) => service[Symbol.asyncDispose]()));
    let isClosed = false;
    void closing.then(() => {
      isClosed = true;
    });
    while (!isClosed) await this.pass(100);
    for (const bridge of this.#bridges) bridge[Symbol.dispose]();
    this.xmpp[Symbol.dispose]();
  }
}
