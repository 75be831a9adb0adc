/** An XMPP server and a focus in this process, on one bus in memory. */
import { schema } from "@veche/focus/config.ts";
import type { Conference, Member, RoomRef } from "@veche/focus/domain/conference.ts";
import type { Fact } from "@veche/focus/domain/facts.ts";
import { fromStored } from "@veche/focus/edge/facts.ts";
import { type Focus, start } from "@veche/focus/service.ts";
import { systemClock } from "@veche/kit/clock.ts";
import { readConfig } from "@veche/kit/config.ts";
import { Health } from "@veche/kit/health.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus } from "@veche/kit/memory-bus.ts";
import { Metrics } from "@veche/kit/metrics.ts";
import { streams } from "@veche/proto/storage.ts";
import { Harness } from "@veche/xmpp/testing/harness.ts";

type Environment = Readonly<Record<string, string>>;
export type SittingFact = Fact & { readonly session: string };

export class FocusAndXmpp implements AsyncDisposable {
  readonly xmpp: Harness;
  readonly #reader: MemoryBus;
  #focus: { readonly service: Focus; readonly bus: MemoryBus };
  #starts = 1;
  readonly #dead: Focus[] = [];

  readonly #env: Environment;

  private constructor(xmpp: Harness, env: Environment, focus: { readonly service: Focus; readonly bus: MemoryBus }) {
    this.xmpp = xmpp;
    this.#env = env;
    this.#focus = focus;
    this.#reader = new MemoryBus(xmpp.network, { role: "subscriber" });
  }

  /** `env` for the focus. */
  static async start(env: Environment = {}): Promise<FocusAndXmpp> {
    const xmpp = await Harness.start({ withFocus: false });
    return new FocusAndXmpp(xmpp, env, await startFocus(xmpp, "focus-1", env));
  }

  /** As kill -9: nothing it would still say or do reaches anybody. */
  async restartFocus(): Promise<void> {
    const { bus, service } = this.#focus;
    this.xmpp.network.disconnect(bus);
    this.xmpp.network.leave(bus);
    this.#dead.push(service);
    this.#starts += 1;
    this.#focus = await startFocus(this.xmpp, `focus-${this.#starts}`, this.#env);
  }

  forBridge(id: string) {
    return { id, clock: systemClock, bus: new MemoryBus(this.xmpp.network, { role: "videobridge" }) };
  }

  /** Of a room, by its address. */
  state(jid: string): Conference | undefined {
    return this.#focus.service.state(jid.split("@")[0] ?? "");
  }

  member(jid: string, endpoint: string): Member | undefined {
    return this.state(jid)?.members.get(endpoint);
  }

  breakouts(jid: string): readonly RoomRef[] {
    return this.state(jid)?.policy.breakouts.map(({ room }) => room) ?? [];
  }

  async facts(): Promise<SittingFact[]> {
    const facts: SittingFact[] = [];
    for await (const { subject, body } of this.#reader.replay(streams.conference, "conference.v1.>")) {
      const fact = fromStored(subject, body);
      if (fact) facts.push({ ...fact, session: subject.split(".")[4] ?? "" });
    }
    return facts;
  }

  async chats(): Promise<string[]> {
    const texts: string[] = [];
    for await (const { body } of this.#reader.replay(streams.chat, "chat.v1.>")) {
      texts.push(String((body as { readonly text?: unknown }).text));
    }
    return texts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#focus.service, ...this.#dead].map((service) => service[Symbol.asyncDispose]()));
    await this.xmpp[Symbol.asyncDispose]();
  }
}

async function startFocus({ network }: Harness, instance: string, env: Environment) {
  const bus = new MemoryBus(network, { role: "focus" });
  const context = {
    role: "focus",
    config: readConfig(schema, { JICOFO_PORT: "0", VECHE_HOST_ID: "here", ...env }),
    log: silentLog,
    metrics: new Metrics("focus"),
    health: new Health(),
    instance,
    version: "0.0.0",
    signal: new AbortController().signal,
  } as const;
  return { bus, service: await start(context, { bus }) };
}
