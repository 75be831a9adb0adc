/** What the NATS server lets each role do: everything in the tables of proto/, nothing that is another's. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { DescMessage } from "@bufbuild/protobuf";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection, PermissionViolationError } from "@nats-io/transport-node";
import { natsUsers, roleNames } from "@veche/deploy/nats/permissions.ts";
import type { NatsServer } from "@veche/kit/nats-server.ts";
import { subjectOf } from "@veche/kit/subject.ts";
import type { EventContract, RequestContract } from "@veche/proto/contract.ts";
import { chat, service } from "@veche/proto/facts.ts";
import { PersonSchema } from "@veche/proto/gen/veche/conference/v1/conference_pb.ts";
import { type RoleContract, type RoleName, roles } from "@veche/proto/roles.ts";
import { buckets, streams } from "@veche/proto/storage.ts";
import { focus, muc } from "@veche/proto/subjects.ts";
import { eventually } from "../harness/wait.ts";
import { openBus, openOwner, signInAs, startServerWithAccounts } from "./accounts.ts";

const table: Readonly<Record<RoleName, RoleContract>> = roles;
const names = roleNames();

let server: NatsServer;

before(async () => {
  server = await startServerWithAccounts();
});

after(() => server[Symbol.asyncDispose]());

/** A plain connection that remembers what the server refused. */
class Prober implements AsyncDisposable {
  readonly connection: NatsConnection;
  readonly #refused = new Set<string>();

  private constructor(connection: NatsConnection) {
    this.connection = connection;
    void this.#listen();
  }

  static async open(user: string): Promise<Prober> {
    return new Prober(await connect(await signInAs(server, user)));
  }

  /** Those of the subjects that the server refused, each as "publish x" or "subscribe x". */
  async try(publish: readonly string[], subscribe: readonly string[]): Promise<string[]> {
    this.#refused.clear();
    for (const subject of publish) this.connection.publish(subject, "{}");
    for (const subject of subscribe) this.connection.subscribe(subject, { callback: () => {} });
    // The server answers in order: whatever it refuses, it has refused before its PONG.
    await this.connection.flush();
    await new Promise((resolve) => setImmediate(resolve));
    return [...this.#refused].sort();
  }

  async #listen(): Promise<void> {
    for await (const status of this.connection.status())
      if (status.type === "error" && status.error instanceof PermissionViolationError)
        this.#refused.add(`${status.error.operation === "publish" ? "publish" : "subscribe"} ${status.error.subject}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.connection.close();
  }
}

/** One subject of a contract; a role's own life is told under its own name. */
function example(contract: EventContract | RequestContract, role: string): string {
  return contract.subject.replaceAll("{role}", role).replaceAll(/\{\w+\}/g, "x");
}

function subjectsOf(contracts: readonly (EventContract | RequestContract)[], role: string): string[] {
  return contracts.map((contract) => example(contract, role));
}

function without(subjects: readonly string[], others: readonly string[]): string[] {
  return subjects.filter((subject) => !others.includes(subject));
}

for (const role of names) {
  test(`${role} may say, serve, call and hear everything in its table`, async () => {
    await using prober = await Prober.open(role);
    const { says, serves, calls, hears } = table[role];
    const refused = await prober.try(subjectsOf([...says, ...calls], role), subjectsOf([...serves, ...hears], role));
    assert.deepEqual(refused, []);
  });

  test(`${role} may use its streams and buckets through the bus`, async () => {
    await using bus = await openBus(server, role);
    for (const contract of table[role].buckets) {
      const bucket = await bus.bucket(contract, PersonSchema as DescMessage);
      const seen: string[] = [];
      const watch = await bucket.watch(({ key }) => seen.push(key));
      const revision = await bucket.create("x", {});
      await bucket.update("x", {}, revision);
      await bucket.put("x", {});
      assert.equal((await bucket.get("x"))?.key, "x");
      for await (const { key } of bucket.entries()) assert.equal(key, "x");
      await bucket.delete("x");
      await eventually("the watcher has heard of it", () => (seen.includes("x") ? undefined : "nothing"));
      watch.close();
    }
    await bus.record(
      service.up,
      { role, instance: "i" },
      {},
      { id: `up-${role}`, source: "/test", time: "2026-09-01T06:00:00Z" },
    );
    for (const stream of table[role].reads) {
      const found = [];
      for await (const fact of bus.replay(stream, stream.subjects[0] ?? ">")) found.push(fact);
      for await (const fact of bus.latest(stream, stream.subjects[0] ?? ">")) found.push(fact);
      assert.ok(Array.isArray(found));
    }
  });
}

for (const role of names)
  for (const other of names.filter((name) => name !== role))
    test(`the server refuses ${role} what is ${other}'s to say, call, serve and hear`, async () => {
      await using prober = await Prober.open(role);
      const mine = table[role];
      const theirs = table[other];
      const publish = without(
        subjectsOf([...theirs.says, ...theirs.calls], other),
        subjectsOf([...mine.says, ...mine.calls], role),
      );
      const subscribe = [
        ...without(
          subjectsOf([...theirs.serves, ...theirs.hears], other),
          subjectsOf([...mine.serves, ...mine.hears], role),
        ),
        `_INBOX.${other}.x`,
        `$SRV.PING.${other}`,
      ];
      const keys = without(
        theirs.buckets.map(({ name }) => `$KV.${name}.x`),
        mine.buckets.map(({ name }) => `$KV.${name}.x`),
      );
      const refused = await prober.try([...publish, ...keys], subscribe);
      const wanted = [
        ...[...publish, ...keys].map((subject) => `publish ${subject}`),
        ...subscribe.map((subject) => `subscribe ${subject}`),
      ];
      assert.deepEqual(refused, [...new Set(wanted)].sort());
    });

for (const role of names.filter((name) => table[name].watches.length > 0))
  test(`${role} hears what is in buckets of others, makes those that are missing, and changes none`, async () => {
    await using own = await startServerWithAccounts();
    await using watcher = await openBus(own, role);
    for (const contract of table[role].watches) {
      await using owner = await openOwner(own, contract);
      const seen: string[] = [];
      const bucket = await watcher.bucket(contract, PersonSchema as DescMessage);
      const watch = await bucket.watch(({ key, value }) => seen.push(`${key} ${value ? "is there" : "is gone"}`));
      const theirs = await owner.open(PersonSchema as DescMessage);
      await theirs.put("x", {});
      assert.equal((await bucket.get("x"))?.key, "x");
      await eventually("it is heard", () => (seen.length === 1 ? undefined : seen.join()));
      await theirs.delete("x");
      await eventually("both are heard", () => (seen.length === 2 ? undefined : seen.join()));
      assert.deepEqual(seen, ["x is there", "x is gone"]);
      watch.close();
      await assert.rejects(bucket.put("x", {}), { code: "permission-denied" });
      await assert.rejects(bucket.delete("x"), { code: "permission-denied" });
    }
  });

test("who watches a bucket takes it as its owner has it, also when it would have it otherwise", async () => {
  await using own = await startServerWithAccounts();
  await using owner = await openBus(own, "recorder");
  const bucket = await owner.bucket({ ...buckets.recorders, ttlMs: 60_000 }, PersonSchema as DescMessage);
  await bucket.put("x", {});
  await using xmpp = await openBus(own, "xmpp");
  const seen: string[] = [];
  const watch = await (await xmpp.bucket(buckets.recorders, PersonSchema as DescMessage)).watch(({ key }) =>
    seen.push(key),
  );
  assert.deepEqual(seen, ["x"]);
  watch.close();
});

test("a request and its answer pass between two roles, and the answerer may write to that inbox once", async () => {
  await using xmpp = await openBus(server, "xmpp");
  await using focusBus = await openBus(server, "focus");
  const serving = focusBus.serve(focus.requestMute, () => ({}), { unit: "main" });
  // Two connections: the server has the service once it has answered the one that offers it.
  await focusBus.flush();
  await xmpp.request(focus.requestMute, { unit: "main" }, {});
  serving.close();
  await using prober = await Prober.open("focus");
  assert.deepEqual(await prober.try(["_INBOX.xmpp.guessed"], []), ["publish _INBOX.xmpp.guessed"]);
});

test("nobody may remove a stream or a bucket, or read another's", async () => {
  for (const { name: user } of natsUsers) {
    await using prober = await Prober.open(user);
    const removals = [
      streams.conference.name,
      streams.service.name,
      ...Object.values(buckets).map(({ name }) => `KV_${name}`),
    ].flatMap((stream) => [`$JS.API.STREAM.DELETE.${stream}`, `$JS.API.STREAM.PURGE.${stream}`]);
    const refused = await prober.try([...removals, "$JS.API.STREAM.CREATE.OTHER"], [">"]);
    assert.equal(refused.length, removals.length + 2, user);
  }
  await using web = await Prober.open("web");
  const read = "$JS.API.CONSUMER.CREATE.CONFERENCE";
  assert.deepEqual(await web.try([read], []), [`publish ${read}`]);
});

test("accounts are for the XMPP server alone: nobody else writes or reads what is kept of passwords", async () => {
  for (const { name } of natsUsers.filter(({ name }) => name !== "xmpp")) {
    await using prober = await Prober.open(name);
    const forbidden = [
      "$KV.accounts.YW5uYQ",
      "$JS.API.DIRECT.GET.KV_accounts.$KV.accounts.YW5uYQ",
      "$JS.API.STREAM.MSG.GET.KV_accounts",
      "$JS.API.CONSUMER.CREATE.KV_accounts",
    ];
    const refused = await prober.try(forbidden, ["$KV.accounts.>"]);
    assert.equal(refused.length, forbidden.length + 1, name);
  }
});

test("endpoints of webhooks and their keys are for the deliverer alone", async () => {
  for (const { name } of natsUsers.filter(({ name }) => name !== "webhooks")) {
    await using prober = await Prober.open(name);
    const forbidden = [
      "$KV.webhook-endpoints.register",
      "$JS.API.DIRECT.GET.KV_webhook-endpoints.$KV.webhook-endpoints.register",
      "$JS.API.STREAM.MSG.GET.KV_webhook-endpoints",
      "$JS.API.CONSUMER.CREATE.KV_webhook-endpoints",
      ...(name === "operator" ? [] : ["rpc.webhooks.rotate-secret"]),
    ];
    const refused = await prober.try(forbidden, ["$KV.webhook-endpoints.>"]);
    assert.equal(refused.length, forbidden.length + 1, name);
  }
  await using webhooks = await Prober.open("webhooks");
  const makes = ["$JS.API.STREAM.CREATE.CHAT", "$JS.API.STREAM.UPDATE.CONFERENCE"];
  assert.equal((await webhooks.try(makes, [])).length, makes.length);
});

test("chats are read by no role but the focus; their stream keeps as long as the operator says", async () => {
  await using focusBus = await openBus(server, "focus");
  await using reader = await Prober.open("operator");
  await using other = await Prober.open("recorder");
  const day = 24 * 3600 * 1000;
  const ageDays = async () => {
    const manager = await jetstreamManager(reader.connection, { checkAPI: false });
    const { config } = await manager.streams.info(streams.chat.name);
    return config.max_age / 1_000_000 / day;
  };
  await focusBus.keepStream({ ...streams.chat, maxAgeMs: 7 * day });
  assert.equal(await ageDays(), 7);
  const values = { tenant: "main", room: "r", session: "s" };
  const headers = { id: "s-chat-1", source: "/test", time: "2026-09-01T06:00:00Z" };
  await focusBus.record(chat.publicMessage, values, { ...values, seq: 1n, text: "hello" }, headers);
  await focusBus.keepStream({ ...streams.chat, maxAgeMs: 30 * day });
  assert.equal(await ageDays(), 30);

  const manager = await jetstreamManager(reader.connection);
  await manager.consumers.add(streams.chat.name, { durable_name: "archive", ack_policy: "explicit" });
  const consumer = await jetstream(reader.connection).consumers.get(streams.chat.name, "archive");
  assert.equal((await consumer.next())?.subject, subjectOf(chat.publicMessage, values));

  const read = "$JS.API.CONSUMER.CREATE.CHAT";
  assert.equal((await other.try([read, "$JS.API.STREAM.INFO.CHAT"], ["chat.v1.>"])).length, 3);
  const forbidden = [subjectOf(chat.publicMessage, values), "$JS.API.STREAM.UPDATE.CHAT", "$KV.persons.x"];
  assert.equal((await reader.try(forbidden, ["$KV.persons.>"])).length, forbidden.length + 1);
  await using xmppRole = await Prober.open("xmpp");
  assert.equal((await xmppRole.try([read], ["chat.v1.>"])).length, 2);
});

test("the operator hears everything and changes settings, and cannot speak for a role", async () => {
  await using operator = await Prober.open("operator");
  assert.deepEqual(
    await operator.try(["$KV.settings.x", "$SRV.PING"], ["evt.>", "rpc.>", "conference.v1.>", "service.v1.>"]),
    [],
  );
  const forbidden = [
    example(muc.occupantLeft, ""),
    "conference.v1.main.r.s.session.ended",
    "rpc.focus.main.request-mute",
    "$KV.rooms.x",
  ];
  assert.equal((await operator.try(forbidden, [])).length, forbidden.length);
});

test("what a process says of itself the operator alone may ask", async () => {
  const subjects = ["rpc.instance.focus.a1.examine", "rpc.instance.web.a1.metrics"];
  for (const { name: user } of natsUsers) {
    await using prober = await Prober.open(user);
    const refused = user === "operator" ? [] : subjects.map((subject) => `publish ${subject}`);
    assert.deepEqual(await prober.try(subjects, []), refused, user);
  }
});
