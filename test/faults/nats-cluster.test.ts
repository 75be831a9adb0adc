/** Three nats-servers that keep streams together: what roles notice when one of them is gone. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import type { Bucket, Bus } from "@veche/kit/bus.ts";
import { busLimits } from "@veche/kit/bus-limits.ts";
import { toVecheError } from "@veche/kit/errors.ts";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { isExact } from "@veche/kit/nats-link.ts";
import { findNatsServer } from "@veche/kit/nats-server.ts";
import { NatsCluster } from "@veche/kit/testing/nats-cluster.ts";
import { event, request } from "@veche/proto/contract.ts";
import { conference } from "@veche/proto/facts.ts";
import { streams } from "@veche/proto/storage.ts";
import { eventually } from "../harness/wait.ts";

const said = event("evt.cluster.{room}.said", StringValueSchema);
const echo = request("rpc.cluster.{bridge}.echo", StringValueSchema, StringValueSchema);
const fact = { tenant: "main", room: "r", session: "s" };
const counters = { name: "counters", ttlMs: 0, history: 1 };

/** What is stored is tried for so long, and each work must have gone on by then; a busy machine is a little late. */
const goneOnMs = busLimits.clusterRecordMs + 5_000;

function open(url: string, instance: string): Promise<NatsBus> {
  return NatsBus.open({ url, user: "", password: "" }, { role: "focus", instance, version: "0" }, { log: silentLog });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** So often each work must succeed after a kill: what was under way as the server died is not meant. */
const goneOn = 10;

/** Does something again and again until stopped; remembers the longest time between two successes. */
class Work {
  readonly name: string;
  longestMs = 0;
  done = 0;
  readonly failures: string[] = [];
  #isStopped = false;
  readonly #running: Promise<void>;

  constructor(name: string, eachMs: number, action: (index: number) => Promise<unknown>) {
    this.name = name;
    this.#running = this.#run(eachMs, action);
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    return this.#running;
  }

  async #run(eachMs: number, action: (index: number) => Promise<unknown>): Promise<void> {
    let lastMs = performance.now();
    while (!this.#isStopped) {
      const beganMs = performance.now();
      try {
        await action(this.done);
        this.done += 1;
        this.longestMs = Math.max(this.longestMs, performance.now() - lastMs);
        lastMs = performance.now();
      } catch (error) {
        const afterMs = Math.round(performance.now() - beganMs);
        this.failures.push(`after ${afterMs} ms ${toVecheError(error).code}: ${String(error)}`);
      }
      await pause(eachMs);
    }
  }
}

/** Adds one, whoever else does. */
async function increment(bucket: Bucket<typeof StringValueSchema>): Promise<void> {
  for (;;) {
    const found = await bucket.get("n");
    try {
      if (found) await bucket.update("n", { value: String(Number(found.value.value) + 1) }, found.revision);
      else await bucket.create("n", { value: "1" });
      return;
    } catch (error) {
      const { code } = toVecheError(error);
      if (code !== "failed-precondition" && code !== "already-exists") throw error;
    }
  }
}

async function recordNext(bus: Bus, index: number): Promise<void> {
  const headers = { id: `f${index}`, source: "/focus/f1", time: "2026-09-01T06:00:03Z" };
  await bus.record(conference.participantJoined, fact, {}, headers);
}

suite("a NATS cluster", { skip: findNatsServer() ? false : "there is no nats-server", concurrency: false }, () => {
  test("streams and buckets are on three servers, and those that were on one grow", async () => {
    await using cluster = await NatsCluster.start();
    await using bus = await open(cluster.urlFor(0), "f1");
    await recordNext(bus, 0);
    await bus.bucket(counters, StringValueSchema);
    await cluster.settled("CONFERENCE");
    await cluster.settled("KV_counters");
    await cluster.onStreams(async (jsm) => {
      await jsm.streams.update("KV_counters", { num_replicas: 1 });
    });
    await using another = await open(cluster.urlFor(1), "f2");
    await another.bucket(counters, StringValueSchema);
    await cluster.settled("KV_counters");
  });

  test("each server in turn is killed: nothing is lost, doubled or out of order, and a value is exact", async (t) => {
    await using cluster = await NatsCluster.start();
    await using speaker = await open(cluster.urlFor(0), "speaker");
    await using hearer = await open(cluster.urlFor(1), "hearer");
    await using third = await open(cluster.urlFor(2), "third");
    const heard = new Map<string, number[]>();
    for (const [name, bus] of Object.entries({ hearer, third })) {
      const numbers: number[] = [];
      heard.set(name, numbers);
      bus.subscribe(said, ({ value }) => void numbers.push(Number(value)));
    }
    hearer.serve(echo, ({ value }) => ({ value }), { bridge: "b" });
    await recordNext(speaker, 0);
    const [one, other] = [
      await speaker.bucket(counters, StringValueSchema),
      await third.bucket(counters, StringValueSchema),
    ];
    const watched: number[] = [];
    const watching = await (await hearer.bucket(counters, StringValueSchema)).watch(({ key, value }) => {
      if (key === "n") watched.push(Number(value?.value));
    });
    await Promise.all([hearer.flush(), third.flush()]);
    const isKnown = () => third.request(echo, { bridge: "b" }, { value: "known everywhere" });
    await eventually("every server knows who serves", () => isKnown().then(() => undefined, String));
    for (const stream of ["CONFERENCE", "KV_counters"]) await cluster.settled(stream);

    const works = [
      new Work("event", 2, (index) => Promise.resolve(speaker.publish(said, { room: "r" }, { value: String(index) }))),
      new Work("request", 20, (index) => third.request(echo, { bridge: "b" }, { value: String(index) })),
      new Work("fact", 10, (index) => recordNext(speaker, index + 1)),
      new Work("count", 50, () => increment(one)),
      new Work("count of another", 50, () => increment(other)),
    ];
    await pause(1_000);
    for (const index of [0, 1, 2]) {
      for (const work of works) work.longestMs = 0;
      const leads = await cluster.leaderOf("KV_counters");
      await cluster.servers[index]?.kill();
      const before = works.map(({ done }) => done);
      const stalled = () => works.filter(({ done }, position) => done < (before[position] ?? 0) + goneOn);
      await eventually(
        "every work goes on",
        () => stalled().map(({ name, failures }) => `${name}: ${failures.join("; ") || "stalled"}`)[0],
        { timeoutMs: goneOnMs },
      );
      const stalls = works.map(({ name, longestMs }) => `${name} ${Math.round(longestMs)}`).join(", ");
      t.diagnostic(
        `server ${index} killed (${leads === index ? "" : "not "}the bucket's leader), longest ms: ${stalls}`,
      );
      await cluster.servers[index]?.start();
      for (const stream of ["CONFERENCE", "KV_counters"]) await cluster.settled(stream);
    }
    for (const work of works) await work.stop();
    for (const { name, failures } of works) assert.deepEqual(failures, [], name);

    const [events, , facts, ...counts] = works;
    const wanted = events?.done ?? 0;
    for (const [name, numbers] of heard) {
      while (numbers.length < wanted) await pause(10);
      assert.deepEqual(
        numbers,
        Array.from({ length: wanted }, (_, index) => index),
        name,
      );
    }
    const ids: string[] = [];
    for await (const { id } of speaker.replay(streams.conference, "conference.v1.>")) ids.push(id);
    assert.deepEqual(
      ids,
      Array.from({ length: (facts?.done ?? 0) + 1 }, (_, index) => `f${index}`),
    );
    const total = counts.reduce((sum, { done }) => sum + done, 0);
    const found = Number((await other.get("n"))?.value.value);
    const version = await cluster.version();
    if (isExact(version)) assert.equal(found, total);
    else t.diagnostic(`nats-server ${version} may count two as one: ${found} of ${total}`);
    while (watched.at(-1) !== found) await pause(10);
    watching.close();
  });
});
