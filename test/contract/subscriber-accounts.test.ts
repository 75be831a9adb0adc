/** What another system gets: an account of its own, that reads what it was granted and can do nothing else. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Consumer, type JsMsg, jetstream } from "@nats-io/jetstream";
import { connect, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import { credsFileOf } from "@veche/deploy/nats/accounts.ts";
import { domain } from "@veche/deploy/nats/subscriber-rights.ts";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { conference } from "@veche/proto/facts.ts";
import { PersonSchema } from "@veche/proto/gen/veche/conference/v1/conference_pb.ts";
import { buckets, streams } from "@veche/proto/storage.ts";
import { eventually } from "../harness/wait.ts";
import { Installation } from "../hosts/installation.ts";

let installation: Installation;
let focus: NatsBus;

before(async () => {
  installation = await Installation.start();
  const { natsUrl: url, caFile, secrets } = installation;
  focus = await NatsBus.open(
    { url, caFile, credsFile: credsFileOf(secrets, "focus") },
    { role: "focus", instance: "f", version: "0", host: "here" },
    { log: silentLog },
  );
  const persons = await focus.bucket(buckets.persons, PersonSchema);
  await persons.put("p_1", { person: "p_1", displayName: "Anna" });
  await record(1);
});
after(async () => {
  await focus?.[Symbol.asyncDispose]();
  await installation?.[Symbol.asyncDispose]();
});

const subscribers = (...args: string[]) => installation.run("subscribers", args);

async function add(name: string, read: string): Promise<void> {
  const { code, err } = await subscribers("add", name, "--read", read);
  assert.equal(code, 0, err);
}

function record(seq: number): Promise<void> {
  const values = { tenant: "main", room: "k3vq2m7yd5t4c6xw2a9b", session: "s1" };
  const time = "2026-09-01T06:00:03.214Z";
  return focus.record(
    conference.participantJoined,
    values,
    { ...values, epoch: 1n, seq: BigInt(seq), time },
    { id: `join-${seq}`, source: "/test", time },
  );
}

/** As proto/README.md says: with the credentials that the command prints, and nothing else. */
async function connectAs(name: string): Promise<NatsConnection> {
  const { out } = await subscribers("creds", name);
  return connect({
    servers: installation.natsUrl,
    tls: { caFile: installation.caFile },
    authenticator: credsAuthenticator(new TextEncoder().encode(`${out}\n`)),
    reconnect: false,
  });
}

function consumerOf(
  connection: NatsConnection,
  name: string,
  stream: string = streams.conference.name,
): Promise<Consumer> {
  return jetstream(connection, { domain }).consumers.get(stream, name);
}

async function next(consumer: Consumer): Promise<JsMsg> {
  return (await consumer.next({ expires: 5_000 })) ?? assert.fail("no fact came");
}

const seqOf = (message: JsMsg): string => message.json<{ seq: string }>().seq;

test("a subscriber reads kept facts and live ones, acknowledges, and goes on where it was", async () => {
  await add("register", "conference");
  {
    const connection = await connectAs("register");
    const live: string[] = [];
    connection.subscribe("conference.v1.>", { callback: (_, { subject }) => void live.push(subject) });
    await connection.flush();
    const consumer = await consumerOf(connection, "register");
    const first = await next(consumer);
    assert.equal(seqOf(first), "1");
    assert.equal(first.headers?.get("ce-type"), "veche.conference.v1.ParticipantJoined");
    assert.ok(await first.ackAck());
    await record(2);
    await eventually("it was heard live", () => (live.length === 1 ? undefined : `${live.length}`));
    assert.ok(await (await next(consumer)).ackAck());
    // It ends with a question for more under way: whoever comes next gets what comes next, at once.
    void consumer.next({ expires: 30_000 });
    await connection.flush();
    await connection.close();
  }
  await record(3);
  const connection = await connectAs("register");
  const consumer = await consumerOf(connection, "register");
  const third = await next(consumer);
  assert.equal(seqOf(third), "3");
  assert.ok(await third.ackAck());
  assert.match((await subscribers("list")).out, /register +conference +CONFERENCE 0/);
  await connection.close();
});

test("it can do nothing else: nothing of it reaches the roles, and no kept message goes where it may not", async () => {
  await add("curious", "conference");
  await add("other", "conference,persons");
  await using spy = await openOperator();
  const heard: string[] = [];
  for (const filter of ["evt.>", "rpc.>", "service.v1.>", "conference.v1.>"])
    spy.connection.subscribe(filter, { callback: (_, { subject }) => void heard.push(subject) });
  await spy.connection.flush();
  const stored = async () => (await spy.manager.streams.info(streams.conference.name)).state.messages;
  const before = await stored();

  const connection = await connectAs("curious");
  const fact = "conference.v1.main.k3vq2m7yd5t4c6xw2a9b.s1.participant.left";
  for (const subject of [fact, "evt.muc.main.r.occupant-left", "rpc.focus.main.request-mute", "$KV.settings.live"])
    connection.publish(subject, "{}");
  const more = `$JS.${domain}.API.CONSUMER.MSG.NEXT.CONFERENCE.curious`;
  for (const reply of ["evt.muc.main.r.occupant-left", "rpc.focus.main.request-mute", fact])
    connection.publish(more, JSON.stringify({ batch: 1 }), { reply });
  const refused = [
    `$JS.${domain}.API.CONSUMER.MSG.NEXT.CONFERENCE.other`,
    `$JS.${domain}.API.CONSUMER.INFO.CONFERENCE.other`,
    `$JS.${domain}.API.CONSUMER.CREATE.CONFERENCE`,
    `$JS.${domain}.API.CONSUMER.DURABLE.CREATE.CONFERENCE.curious`,
    `$JS.${domain}.API.CONSUMER.DELETE.CONFERENCE.other`,
    `$JS.${domain}.API.STREAM.PURGE.CONFERENCE`,
    `$JS.${domain}.API.DIRECT.GET.KV_persons.$KV.persons.p_1`,
    `$JS.${domain}.API.CONSUMER.INFO.CHAT.curious`,
    "$JS.API.CONSUMER.CREATE.CONFERENCE",
    "$JS.ACK.CONFERENCE.other.1.1.1.1795463919000000000.0",
    "$SYS.REQ.CLAIMS.LIST",
  ];
  const config = { stream_name: "CONFERENCE", config: { deliver_subject: "evt.muc.main.r.occupant-left" } };
  for (const subject of refused) {
    const answer = await connection.request(subject, JSON.stringify(config), { timeout: 2_000 }).then(
      (message) => message.string(),
      (error: Error) => error.message,
    );
    assert.match(answer, /no responders|"code":503|not enabled/i, subject);
  }
  await connection.flush();
  assert.deepEqual(heard, []);
  assert.equal(await stored(), before);
  await connection.close();
});

test("names are read by whom they were granted to", async () => {
  const connection = await connectAs("other");
  const subject = `$JS.${domain}.API.DIRECT.GET.KV_persons.$KV.persons.p_1`;
  assert.match((await connection.request(subject)).string(), /Anna/);
  const heard: string[] = [];
  connection.subscribe("$KV.persons.>", { callback: (_, message) => void heard.push(message.subject) });
  await connection.flush();
  const persons = await focus.bucket(buckets.persons, PersonSchema);
  await persons.put("p_2", { person: "p_2", displayName: "Boris" });
  await eventually("the new one is heard of", () => (heard.includes("$KV.persons.p_2") ? undefined : heard.join()));
  await connection.close();
});

test("an operator lets it read again, and removes it: it is cut off at once, and its name may be given anew", async () => {
  assert.match(
    (await subscribers("replay", "register", "--since", "2026-09-01")).out,
    /reads again from 2026-09-01T00/,
  );
  const connection = await connectAs("register");
  assert.equal(seqOf(await next(await consumerOf(connection, "register"))), "1");
  const before = await readFile(join(installation.secrets, "nats/subscribers/register/register.creds"), "utf8");
  const cut = connection.closed();
  assert.match((await subscribers("remove", "register")).out, /connections are cut/);
  await cut;
  const again = connect({
    servers: installation.natsUrl,
    tls: { caFile: installation.caFile },
    authenticator: credsAuthenticator(new TextEncoder().encode(before)),
  });
  await assert.rejects(again, /Authorization Violation/);
  assert.doesNotMatch((await subscribers("list")).out, /register/);
  await add("register", "conference");
  const anew = await connectAs("register");
  assert.equal(seqOf(await next(await consumerOf(anew, "register"))), "1");
  await anew.close();
});

test("a command that was wrong says what was expected", async () => {
  const faults: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["add", "x"], 2, /--read: expected some of conference,chat,service,persons, found "nothing"/],
    [["add", "x", "--read", "rooms"], 2, /found "rooms"/],
    [["add", "A b", "--read", "conference"], 2, /expected a name of 1 to 32/],
    [["add", "other", "--read", "conference"], 1, /there is a subscriber "other" already/],
    [["add", "x", "--read", "chat"], 1, /no stream CHAT yet: chats are not kept: settings set keep-chat-days 30 first/],
    [["replay", "other", "--since", "Monday"], 2, /--since: expected a date/],
    [["remove", "nobody"], 1, /there is no subscriber "nobody"/],
  ];
  for (const [args, code, expected] of faults) {
    const ran = await subscribers(...args);
    assert.deepEqual([ran.code, expected.test(ran.err)], [code, true], ran.err);
  }
});

async function openOperator() {
  const connection = await connect({
    servers: installation.natsUrl,
    tls: { caFile: installation.caFile },
    inboxPrefix: "_INBOX.operator",
    authenticator: credsAuthenticator(await readFile(credsFileOf(installation.secrets, "operator"))),
  });
  const manager = await jetstream(connection, { checkAPI: false } as object).jetstreamManager();
  return { connection, manager, [Symbol.asyncDispose]: () => connection.close() };
}
