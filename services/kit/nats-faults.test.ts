import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { jetstreamManager } from "@nats-io/jetstream";
import { Svcm } from "@nats-io/services";
import { connect, headers, type NatsConnection } from "@nats-io/transport-node";
import { event, request } from "@veche/proto/contract.ts";
import { conference } from "@veche/proto/facts.ts";
import { streams } from "@veche/proto/storage.ts";
import type { Bus } from "./bus.ts";
import { VecheError } from "./errors.ts";
import { Health } from "./health.ts";
import { createLogger, silentLog } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { NatsBus, type NatsEdges } from "./nats-bus.ts";
import { findNatsServer, NatsServer } from "./nats-server.ts";

const said = event("evt.faults.{room}.said", StringValueSchema);
const foreign = event("evt.foreign.said", StringValueSchema);
const echo = request("rpc.faults.{bridge}.echo", StringValueSchema, StringValueSchema);
const foreignEcho = request("rpc.foreign.echo", StringValueSchema, StringValueSchema);
const fact = { tenant: "main", room: "r", session: "s" };
const hasCode = (code: string) => (error: unknown) => error instanceof VecheError && error.code === code;

function openBus(server: NatsServer, edges: NatsEdges = {}, user = "", password = "secret"): Promise<NatsBus> {
  const service = { role: "focus", instance: "f1", version: "0.1.0" } as const;
  return NatsBus.open({ url: server.url, user, password }, service, { log: silentLog, ...edges });
}

function record(bus: Bus, id: string): Promise<void> {
  return bus.record(conference.participantJoined, fact, {}, { id, source: "/focus/f1", time: "2026-09-01T06:00:03Z" });
}

/** The package brings a NATS client of its own, whose types are another's. */
type ServiceConnection = ConstructorParameters<typeof Svcm>[0];

/** A log whose lines can be waited for. */
function listeningLog() {
  const lines: { msg: string; [key: string]: unknown }[] = [];
  const waiting = new Set<() => void>();
  const log = createLogger("focus", "debug", {
    write: (line) => {
      lines.push(JSON.parse(line) as { msg: string });
      for (const wake of waiting) wake();
    },
  });
  const until = (words: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!lines.some(({ msg }) => msg.includes(words))) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { log, lines, until };
}

suite("NatsBus and its server", { skip: findNatsServer() ? false : "there is no nats-server" }, () => {
  test("after a crash of the server a request works again, and health follows", async () => {
    await using server = await NatsServer.start();
    const health = new Health();
    await using bus = await openBus(server, { health });
    bus.serve(echo, ({ value }) => ({ value }), { bridge: "b" });
    await bus.flush();
    const lost = new Promise<boolean>((resolve) => bus.onConnection(resolve));
    await server.kill();
    assert.equal(await lost, false);
    assert.deepEqual([...health.problems.keys()], ["nats"]);
    await server.start();
    assert.equal((await bus.request(echo, { bridge: "b" }, { value: "again" })).value, "again");
    assert.equal(health.ready, true);
  });

  test("rubbish from any other client is answered or dropped, and nothing else notices", async () => {
    await using server = await NatsServer.start();
    const metrics = new Metrics("focus");
    await using bus = await openBus(server, { metrics });
    const heard: string[] = [];
    bus.subscribe(said, ({ value }) => void heard.push(value));
    bus.serve(echo, ({ value }) => ({ value }));
    await bus.flush();
    const stranger = await connect({ servers: server.url });
    const unclosed = `"${"x".repeat(1e5)}`;
    const bodies = ["", "{", "5", "[]", "{}", "\u0000", "\xff\xfe", '"\\ud800"', unclosed, "[".repeat(1e5)];
    for (const body of bodies) {
      stranger.publish("evt.faults.r.said", body);
      const answer = await stranger.request("rpc.faults.b.echo", body, { timeout: 2000 });
      assert.equal(answer.headers?.get("Nats-Service-Error-Code"), "400", JSON.stringify(body.slice(0, 20)));
    }
    stranger.publish("evt.faults.=41.said", '"not one of our tokens"');
    stranger.publish("evt.faults.r.said", '"odd headers"', { headers: oddHeaders() });
    await stranger.flush();
    await stranger.close();
    bus.publish(said, { room: "r" }, { value: "well" });
    await bus.flush();
    assert.deepEqual(heard, ["odd headers", "well"]);
    assert.match(await metrics.text(), /veche_focus_bus_failures_total\{kind="undecodable"\} 21/);
  });

  test("each role is a micro-service that answers PING, INFO and STATS", async () => {
    await using server = await NatsServer.start();
    await using bus = await openBus(server);
    bus.serve(echo, ({ value }) => {
      if (value === "bad") throw new VecheError("not-found", "nothing there");
      return { value };
    });
    await bus.request(echo, { bridge: "b" }, { value: "good" });
    await assert.rejects(bus.request(echo, { bridge: "b" }, { value: "bad" }), hasCode("not-found"));
    const stranger = await connect({ servers: server.url });
    const client = new Svcm(stranger as unknown as ServiceConnection).client({
      strategy: "count",
      maxMessages: 1,
      maxWait: 2000,
    });
    const [pinged] = await Array.fromAsync(await client.ping("focus"));
    assert.deepEqual([pinged?.name, pinged?.version], ["focus", "0.1.0"]);
    const [info] = await Array.fromAsync(await client.info("focus", pinged?.id));
    assert.deepEqual(info?.endpoints, [{ name: "echo", subject: "rpc.faults.*.echo", queue_group: "focus" }]);
    const [stats] = await Array.fromAsync(await client.stats());
    const [endpoint] = stats?.endpoints ?? [];
    assert.deepEqual([endpoint?.num_requests, endpoint?.num_errors, endpoint?.last_error], [2, 1, "nothing there"]);
    await stranger.close();
  });

  test("what the server refuses a role is an error for that role, and the rest goes on", async () => {
    const allowed = `["evt.faults.>", "rpc.faults.>", "_INBOX.focus.>", "$SRV.>"]`;
    const user = `{ user: focus, password: secret, permissions: { publish: ${allowed}, subscribe: ${allowed} } }`;
    await using server = await NatsServer.start(`authorization { users: [${user}] }`);
    const { log, lines, until } = listeningLog();
    await using bus = await openBus(server, { log }, "focus");
    bus.serve(echo, ({ value }) => ({ value }));
    bus.serve(foreignEcho, ({ value }) => ({ value }));
    bus.publish(foreign, {}, { value: "" });
    await assert.rejects(bus.request(foreignEcho, {}, { value: "" }), hasCode("permission-denied"));
    await assert.rejects(record(bus, "1"), hasCode("permission-denied"));
    await until("refuses a subscription");
    assert.equal((await bus.request(echo, { bridge: "b" }, { value: "still here" })).value, "still here");
    const refused = lines.filter(({ msg }) => msg.includes("refuses this role")).map(({ subject }) => subject);
    assert.ok(
      ["rpc.foreign.echo", "evt.foreign.said"].every((subject) => refused.includes(subject)),
      String(refused),
    );
  });

  test("a wrong password ends the start with one clear error", async () => {
    await using server = await NatsServer.start("authorization { user: focus, password: right }");
    await assert.rejects(openBus(server, {}, "focus", "wrong"), (error: VecheError) => {
      assert.equal(error.code, "unauthenticated");
      assert.match(error.message, /refuses user "focus": see NATS_USER and NATS_PASSWORD/);
      assert.doesNotMatch(error.message, /wrong/);
      return true;
    });
  });

  test("a role that starts before the server waits for it, and says so once", async () => {
    await using server = await NatsServer.start();
    await server.kill();
    const { log, lines, until } = listeningLog();
    const opening = openBus(server, { log });
    await until("waiting for it");
    await server.start();
    await using bus = await opening;
    assert.equal(bus.isConnected, true);
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      ["NATS is not there yet: waiting for it", "NATS is there"],
    );
  });

  test("a start that waits for the server can be ended", async () => {
    await using server = await NatsServer.start();
    await server.kill();
    const stopping = new AbortController();
    const { log, until } = listeningLog();
    const opening = openBus(server, { log, signal: stopping.signal });
    await until("waiting for it");
    stopping.abort("SIGTERM");
    await assert.rejects(opening);
  });

  test("facts carry the attributes of CloudEvents and the id of deduplication", async () => {
    await using server = await NatsServer.start();
    await using bus = await openBus(server);
    const stranger = await connect({ servers: server.url });
    const heard = stranger.subscribe("conference.v1.>", { max: 1 });
    await stranger.flush();
    await record(bus, "e1");
    for await (const msg of heard) {
      const found = Object.fromEntries(
        ["Nats-Msg-Id", "ce-id", "ce-type", "ce-source", "ce-time", "ce-specversion"].map((name) => [
          name,
          msg.headers?.get(name),
        ]),
      );
      assert.deepEqual(found, {
        "Nats-Msg-Id": "e1",
        "ce-id": "e1",
        "ce-type": "veche.conference.v1.ParticipantJoined",
        "ce-source": "/focus/f1",
        "ce-time": "2026-09-01T06:00:03Z",
        "ce-specversion": "1.0",
      });
      assert.match(msg.headers?.get("traceparent") ?? "", /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    }
    await stranger.close();
  });

  test("a stream made by an older version is brought to what the contract says", async () => {
    await using server = await NatsServer.start();
    const operator = await connect({ servers: server.url });
    const jsm = await jetstreamManager(operator);
    await jsm.streams.add({ name: "CONFERENCE", subjects: ["conference.v0.>"], max_bytes: 1024 * 1024 });
    await using bus = await openBus(server);
    await record(bus, "1");
    const { config } = await jsm.streams.info("CONFERENCE");
    assert.deepEqual(config.subjects, ["conference.v0.>", "conference.v1.>"]);
    assert.deepEqual(
      [config.max_bytes, config.max_age],
      [streams.conference.maxBytes, streams.conference.maxAgeMs * 1e6],
    );
    await operator.close();
  });

  test("a stream that the server has no room for is made smaller, and that is said", async () => {
    await using server = await NatsServer.start("", { jetstream: "max_file_store: 1GB" });
    const { log, lines } = listeningLog();
    await using bus = await openBus(server, { log });
    await record(bus, "1");
    assert.ok(lines.some(({ msg, maxBytes }) => msg.includes("no room") && Number(maxBytes) <= 1e9));
  });

  test("a replay goes on where it was when the server crashes in the middle", async () => {
    await using server = await NatsServer.start();
    await using bus = await openBus(server);
    const [count, atOnce] = [6000, 250];
    for (let done = 0; done < count; done += atOnce)
      await Promise.all(Array.from({ length: atOnce }, (_, index) => record(bus, String(done + index))));
    const sequences: number[] = [];
    for await (const { streamSequence } of bus.replay(streams.conference, "conference.v1.>")) {
      sequences.push(streamSequence);
      if (sequences.length !== 100) continue;
      await server.kill();
      await server.start();
    }
    assert.deepEqual(
      sequences,
      Array.from({ length: count }, (_, index) => index + 1),
    );
  });

  test("events said while the server crashes again and again arrive once each, in order", async () => {
    await using server = await NatsServer.start();
    await using speaker = await openBus(server);
    await using hearer = await openBus(server);
    const heard: number[] = [];
    let wanted = Number.POSITIVE_INFINITY;
    const complete = Promise.withResolvers<void>();
    hearer.subscribe(said, ({ value }) => {
      heard.push(Number(value));
      if (heard.length >= wanted) complete.resolve();
    });
    await hearer.flush();
    let count = 0;
    const speaking = setInterval(() => {
      for (let index = 0; index < 10; index++) speaker.publish(said, { room: "r" }, { value: String(count++) });
    }, 1);
    for (const crash of [1, 2, 3]) {
      const hasSome = heard.length + 200 * crash;
      while (heard.length < hasSome) await new Promise((resolve) => setImmediate(resolve));
      await server.kill();
      await server.start();
    }
    clearInterval(speaking);
    speaker.publish(said, { room: "r" }, { value: String(count++) });
    wanted = count;
    await complete.promise;
    await speaker.flush();
    await hearer.flush();
    assert.deepEqual(
      heard,
      Array.from({ length: count }, (_, index) => index),
    );
  });

  test("a lease is taken once although the answer to taking it was lost", async () => {
    await using server = await NatsServer.start();
    await using bus = await openBus(server);
    const bucket = await bus.bucket({ name: "leases", ttlMs: 15_000, history: 1 }, StringValueSchema);
    const stranger = await connect({ servers: server.url });
    const stored = untilStored(stranger, "$KV.leases.room");
    await stranger.flush();
    const creating = bucket.create("room", { value: "mine" });
    // The server has it; it dies as the answer is on its way, or just after.
    await stored;
    await server.kill();
    await server.start();
    await creating;
    assert.equal((await bucket.get("room"))?.value.value, "mine");
    await stranger.close();
  });
});

async function untilStored(stranger: NatsConnection, subject: string): Promise<void> {
  for await (const _ of stranger.subscribe(subject, { max: 1 })) return;
}

function oddHeaders() {
  const odd = headers();
  odd.set("Veche-Order", "no.number");
  odd.set("traceparent", "rubbish");
  return odd;
}
