import assert from "node:assert/strict";
import { test } from "node:test";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { AckPolicy, type Consumer, type JsMsg, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { carryOver } from "@veche/deploy/nats/carry-over.ts";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { findNatsServer, NatsServer } from "@veche/kit/nats-server.ts";
import { NatsCluster } from "@veche/kit/testing/nats-cluster.ts";
import { conference } from "@veche/proto/facts.ts";
import { buckets, streams } from "@veche/proto/storage.ts";

const skip = findNatsServer() ? false : "there is no nats-server";
const fact = { tenant: "main", room: "r", session: "s" };
const facts = 300;
const letters = { name: "letters", ttlMs: 0, history: 5 };

function openBus(url: string): Promise<NatsBus> {
  return NatsBus.open({ url }, { role: "focus", instance: "f1", version: "0" }, { log: silentLog });
}

async function record(bus: NatsBus, index: number): Promise<void> {
  const headers = { id: `f${index}`, source: "/focus/f1", time: "2026-09-01T06:00:03Z" };
  await bus.record(conference.participantJoined, fact, {}, headers);
}

/** What an installation of one server has: facts, a reader that is half through them, values and leases. */
async function fill(server: NatsServer): Promise<number> {
  await using bus = await openBus(server.url);
  for (let index = 0; index < facts; index++) await record(bus, index);
  const bucket = await bus.bucket(letters, StringValueSchema);
  for (const value of ["one", "two", "three"]) await bucket.put("key", { value });
  const leases = await bus.bucket(buckets.bridges, StringValueSchema);
  await leases.put("jvb-1", { value: "alive" });
  const connection = await connect({ servers: server.url });
  const jsm = await jetstreamManager(connection);
  await jsm.consumers.add("CONFERENCE", { durable_name: "register", ack_policy: AckPolicy.Explicit });
  const consumer = await jetstream(connection).consumers.get("CONFERENCE", "register");
  const read = await consumer.fetch({ max_messages: 100 });
  for await (const message of read) await message.ackAck();
  await connection.close();
  return (await bucket.get("key"))?.revision ?? 0;
}

function nextOf(consumer: Consumer): Promise<JsMsg | null> {
  return consumer.next({ expires: 2_000 }).catch(() => null);
}

test("from one server to three everything keeps its place: facts, readers, revisions", { skip }, async () => {
  await using server = await NatsServer.start();
  const revision = await fill(server);
  await using cluster = await NatsCluster.start();
  const from = await connect({ servers: server.url });
  const to = await connect({ servers: cluster.servers[0]?.url ?? "" });
  assert.deepEqual(await carryOver(from, to), { CONFERENCE: facts, KV_letters: 3 });
  assert.deepEqual(await carryOver(from, to), {}, "once is enough");

  for (const stream of ["CONFERENCE", "KV_letters"]) await cluster.settled(stream);
  await using bus = await openBus(cluster.urlFor(1));
  await record(bus, facts);
  const read = await Array.fromAsync(bus.replay(streams.conference, "conference.v1.>"));
  assert.deepEqual(
    read.map(({ id, streamSequence }) => [id, streamSequence]),
    Array.from({ length: facts + 1 }, (_, index) => [`f${index}`, index + 1]),
  );
  const consumer = await jetstream(to).consumers.get("CONFERENCE", "register");
  // The servers may still be electing who leads the reader.
  let next = await nextOf(consumer);
  while (!next) next = await nextOf(consumer);
  assert.equal(next.seq, 101, "a reader goes on where it was");
  const bucket = await bus.bucket(letters, StringValueSchema);
  assert.equal((await bucket.get("key"))?.revision, revision);
  await bucket.update("key", { value: "four" }, revision);
  await assert.rejects(carryOver(from, to), /the cluster has its own CONFERENCE, KV_letters already/);
  await from.close();
  await to.close();
});

test("a cluster that leaves a server out until something is agreed on takes everything all the same", {
  skip,
}, async () => {
  await using server = await NatsServer.start();
  await fill(server);
  // Without JetStream: what speaks its protocol there is the test.
  await using half = await NatsServer.start("jetstream: disabled");
  const from = await connect({ servers: server.url });
  const to = await connect({ servers: half.url });
  const asked: string[] = [];
  const isWhole = () => asked.some((subject) => subject.startsWith("STREAM.CREATE."));
  to.subscribe("$JS.API.>", {
    callback: (_error, message) => {
      const subject = message.subject.replace("$JS.API.", "");
      asked.push(subject);
      message.respond(JSON.stringify(answerTo(subject, isWhole())));
    },
  });
  to.subscribe("restore", {
    callback: (_error, message) => void message.respond(message.data.length > 0 ? "" : '{"state":{"messages":7}}'),
  });
  assert.deepEqual(await carryOver(from, to), { CONFERENCE: 7, KV_letters: 7 });
  assert.equal(asked.filter((subject) => subject === "STREAM.RESTORE.CONFERENCE").length, 2, asked.join());
  const [made] = asked.filter((subject) => subject.startsWith("STREAM.CREATE."));
  assert.ok(asked.includes(made?.replace("CREATE", "DELETE") ?? ""), asked.join());
  await from.close();
  await to.close();
});

function answerTo(subject: string, isWhole: boolean): object {
  if (subject.startsWith("STREAM.INFO.")) return isWhole ? {} : { error: { code: 404 } };
  if (!subject.startsWith("STREAM.RESTORE.")) return {};
  if (isWhole) return { deliver_subject: "restore" };
  return { error: { code: 400, err_code: 10005, description: "no suitable peers for placement" } };
}
