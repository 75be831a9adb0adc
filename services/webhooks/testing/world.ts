/** A deliverer over a bus in memory and a clock that is moved, with endpoints that are really HTTP. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { ManualClock } from "@veche/kit/clock.ts";
import { readConfig } from "@veche/kit/config.ts";
import { Health } from "@veche/kit/health.ts";
import { createLogger } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { Metrics } from "@veche/kit/metrics.ts";
import { chat, conference, service } from "@veche/proto/facts.ts";
import type { AddEndpointRequestSchema, EndpointSummary } from "@veche/proto/gen/veche/webhooks/v1/webhooks_pb.ts";
import { streams } from "@veche/proto/storage.ts";
import { webhooks } from "@veche/proto/subjects.ts";
import { schema } from "../config.ts";
import { start } from "../service.ts";

export const room = "k3vq2m7yd5t4c6xw2a9b";
export const startMs = Date.parse("2026-11-01T08:00:00Z");
const patienceMs = 10_000;

export class World implements AsyncDisposable {
  readonly clock = new ManualClock(startMs - 1);
  readonly network = new MemoryNetwork();
  readonly bus = new MemoryBus(this.network, { role: "webhooks", clock: this.clock });
  /** Everything that was logged. */
  readonly logged: string[] = [];
  readonly #stack = new AsyncDisposableStack();
  #count = 0;

  async start(env: Readonly<Record<string, string>> = {}): Promise<AsyncDisposable> {
    const config = readConfig(schema, {
      VECHE_WEBHOOKS_PORT: "0",
      VECHE_WEBHOOKS_ALLOW: "127.0.0.0/8",
      VECHE_WEBHOOKS_TIMEOUT: "500ms",
      ...env,
    });
    if (this.#count === 0) {
      // The stream is there, as after the first lesson.
      await this.join(0, "earlier");
      await this.clock.advance(1);
    }
    this.#count += 1;
    const bus = new MemoryBus(this.network, { role: "webhooks", clock: this.clock });
    const log = createLogger("webhooks", "debug", { write: (line) => void this.logged.push(line) });
    const context = {
      role: "webhooks",
      config,
      log,
      metrics: new Metrics("webhooks"),
      health: new Health(),
      instance: `i${this.#count}`,
      version: "0.1.0",
      signal: new AbortController().signal,
    } as const;
    const running = this.#stack.use(await start(context, { bus, clock: this.clock, random: () => 0.5 }));
    this.#stack.use(bus);
    return running;
  }

  async add(request: MessageInitShape<typeof AddEndpointRequestSchema>): Promise<string> {
    const { secret } = await this.bus.request(webhooks.addEndpoint, {}, { facts: ["conference"], ...request });
    return secret;
  }

  async list(): Promise<readonly EndpointSummary[]> {
    return (await this.bus.request(webhooks.listEndpoints, {}, {})).endpoints;
  }

  async find(name: string): Promise<EndpointSummary> {
    const found = (await this.list()).find((one) => one.name === name);
    if (!found) throw new Error(`there is no webhook "${name}"`);
    return found;
  }

  /** A fact whose id is `<session>-<seq>`. */
  async join(seq: number, session = "s1", inRoom = room): Promise<void> {
    const values = { tenant: "main", room: inRoom, session };
    const fact = { ...values, seq: BigInt(seq), time: this.#time() };
    await this.bus.record(conference.participantJoined, values, fact, this.#headers(`${session}-${seq}`));
  }

  async leave(seq: number, session = "s1"): Promise<void> {
    const values = { tenant: "main", room, session };
    const fact = { ...values, seq: BigInt(seq), time: this.#time() };
    await this.bus.record(conference.participantLeft, values, fact, this.#headers(`${session}-${seq}`));
  }

  async say(text: string, seq: number): Promise<void> {
    const values = { tenant: "main", room, session: "s1" };
    await this.bus.record(chat.publicMessage, values, { ...values, text }, this.#headers(`s1-chat-${seq}`));
  }

  /** Texts of what operators were warned of; "over" before those that are over. */
  async warnings(): Promise<string[]> {
    const texts: string[] = [];
    for await (const { body, subject } of this.bus.replay(streams.service, "service.v1.webhooks.*.warned")) {
      const { text, over } = body as { text: string; over: boolean };
      if (subject.endsWith(service.warned.subject.split(".").at(-1) ?? "")) texts.push(over ? `over: ${text}` : text);
    }
    return texts;
  }

  /** Waits in real time, for what goes over real connections. */
  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`${what}: not within ${patienceMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Moves the clock in small steps until it holds, so that timers which others set off come to pass too. */
  async advanceUntil(what: string, stepMs: number, holds: () => boolean | Promise<boolean>): Promise<void> {
    await this.until(what, async () => {
      if (await holds()) return true;
      await this.clock.advance(stepMs);
      return holds();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
    await this.bus[Symbol.asyncDispose]();
  }

  #time(): string {
    return new Date(this.clock.now()).toISOString();
  }

  #headers(id: string) {
    return { id, source: "/focus/f1", time: this.#time() };
  }
}
