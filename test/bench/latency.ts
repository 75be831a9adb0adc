/**
 * What a request from the focus to the XMPP server costs when both sit on one host with nats-server, and when a link of
 * a few milliseconds lies between the focus and the rest. Both ways are measured in alternating runs.
 */

import type { LocalStack } from "@veche/deploy/local/stack.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { TcpRelay } from "../harness/tcp-relay.ts";
import { type Distribution, distribution } from "./figures.ts";

const rounds = 3;
const requestsPerRound = 200;
const warmUpRequests = 50;
/** Each way: two school buildings, or two data centres of one city. */
export const linkDelayMs = 5;

export type LatencyResult = {
  readonly pinnedMs: Distribution;
  readonly apartMs: Distribution;
  readonly linkDelayMs: number;
};

export async function measureLatency(stack: LocalStack, unit = "main"): Promise<LatencyResult> {
  await using relay = await TcpRelay.open(stack.ports.nats, linkDelayMs);
  const pinned: number[] = [];
  const apart: number[] = [];
  for (let round = 0; round < rounds; round++) {
    pinned.push(...(await ask(stack, stack.nats.url, unit)));
    apart.push(...(await ask(stack, `nats://127.0.0.1:${relay.port}`, unit)));
  }
  return { pinnedMs: distribution(pinned), apartMs: distribution(apart), linkDelayMs };
}

async function ask(stack: LocalStack, url: string, unit: string): Promise<number[]> {
  const config = { url, credsFile: stack.nats.credsFile("focus") };
  await using bus = await NatsBus.open(config, { role: "focus", instance: "bench", version: "0" });
  const samples: number[] = [];
  for (let index = -warmUpRequests; index < requestsPerRound; index++) {
    const from = performance.now();
    await bus.request(xmpp.snapshot, { unit }, {});
    if (index >= 0) samples.push(performance.now() - from);
  }
  return samples;
}
