/**
 * Many people join one room at the same moment: the whole focus with a bus in memory, an XMPP server and a bridge that
 * answer at once. What is measured is what the focus and the encoding of its messages cost.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { systemClock } from "@veche/kit/clock.ts";
import { readConfig } from "@veche/kit/config.ts";
import { Health } from "@veche/kit/health.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { Metrics } from "@veche/kit/metrics.ts";
import { schema } from "../config.ts";
import { start } from "../service.ts";
import { FakeBridge } from "../testing/bridge.ts";
import { type FakeClient, FakeXmpp } from "../testing/xmpp.ts";

export type JoinCost = {
  readonly people: number;
  /** They come one after the other within this time. */
  readonly withinMs: number;
  /** From the first request to join → everybody is invited, → everybody knows everybody and media may flow. */
  readonly invitedMs: number;
  readonly completeMs: number;
  /** Of this process, with the XMPP server and bridge that stand in. */
  readonly cpuMs: number;
  /** The longest that nothing else got a turn. */
  readonly stallMs: number;
  /** source-add in all: each is a renegotiation of its receiver. */
  readonly announcements: number;
};

const pollMs = 5;
const limitMs = 120_000;

export async function measureFocusJoin(people: number, withinMs: number): Promise<JoinCost> {
  await using stack = new AsyncDisposableStack();
  const network = new MemoryNetwork();
  const busOf = (role: string) => new MemoryBus(network, { role });
  const xmpp = stack.use(new FakeXmpp(busOf("xmpp")));
  const bridge = stack.use(new FakeBridge({ bus: busOf("videobridge"), clock: systemClock, id: "b1" }));
  stack.use(
    await start(
      {
        role: "focus",
        config: readConfig(schema, { JICOFO_PORT: "0", VECHE_HOST_ID: "here" }),
        log: silentLog,
        metrics: new Metrics("focus"),
        health: new Health(),
        instance: "focus-1",
        version: "0.0.0",
        signal: new AbortController().signal,
      },
      { bus: busOf("focus") },
    ),
  );
  // Until its first heartbeat nobody knows of a bridge.
  bridge.beat();
  await idle(100);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const began = performance.now();
  const clients = await Promise.all(
    Array.from({ length: people }, async (_, index) => {
      await idle((withinMs * index) / people);
      return xmpp.join("bench", nameOf(index));
    }),
  );
  await until(() => clients.every(({ invitations }) => invitations.length > 0));
  const invitedMs = performance.now() - began;
  await until(() => isComplete(clients, bridge));
  const completeMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  if (xmpp.failures.length > 0) throw new AggregateError(xmpp.failures, "not everybody was let in");
  return {
    people,
    withinMs,
    invitedMs: Math.round(invitedMs),
    completeMs: Math.round(completeMs),
    cpuMs: Math.round((user + system) / 1000),
    stallMs: Math.round(delay.max / 1e6),
    announcements: clients.reduce((sum, { heard }) => sum + heard.filter((one) => one.startsWith("add ")).length, 0),
  };
}

function nameOf(index: number): string {
  return `p${String(index).padStart(7, "0")}`;
}

function isComplete(clients: readonly FakeClient[], bridge: FakeBridge): boolean {
  const others = (clients.length - 1) * 2;
  return clients.every(
    ({ endpoint, remote }) => remote.size === others && bridge.endpoint(endpoint)?.waiting.size === 0,
  );
}

async function until(isTrue: () => boolean): Promise<void> {
  const began = performance.now();
  while (!isTrue()) {
    if (performance.now() - began > limitMs) throw new Error(`not within ${limitMs} ms`);
    await idle(pollMs);
  }
}

function idle(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
