import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { Duty } from "@veche/kit/duty.ts";
import { dutyTimes } from "@veche/kit/duty-rules.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus } from "@veche/kit/memory-bus.ts";
import type { OccupantLeft, ServerSnapshotResponse } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { ns } from "./codec/namespaces.ts";
import { childOf, type Element } from "./codec/xml/element.ts";
import { unit } from "./testing/fake-focus.ts";
import { Harness } from "./testing/harness.ts";
import { isOwn, type ScriptedClient } from "./testing/scripted-client.ts";

const room = "standup@muc.meet.jitsi";
const body = (text: string) => (stanza: Element) => childOf(stanza, "body")?.getText() === text;

async function resumable(harness: Harness): Promise<ScriptedClient> {
  const client = await harness.client();
  await client.enableResume();
  return client;
}

function say(client: ScriptedClient, text: string): void {
  client.send(`<message to="${room}" type="groupchat" id="${text}"><body>${text}</body></message>`);
}

function bodies(...clients: ScriptedClient[]): (string | undefined)[] {
  return clients
    .flatMap(({ stanzas }) => stanzas)
    .map((stanza) => childOf(stanza, "body")?.getText())
    .filter((text) => text !== undefined);
}

async function back(harness: Harness, old: ScriptedClient): Promise<ScriptedClient> {
  const client = await harness.webSocket(`?room=standup&previd=${old.resumeId}`);
  const answer = await client.resume(old);
  assert.equal(answer.name, "resumed");
  return client;
}

test("a client whose socket dropped goes on where it was, and nobody sees it leave", async () => {
  await using harness = await Harness.start();
  const [a, b] = [await resumable(harness), await harness.client()];
  await a.enter(room);
  await b.enter(room);
  await a.next((stanza) => stanza.attrs.from === `${room}/${b.nick}`);
  a.drop();
  await harness.focus?.hears(() => (harness.focus?.of("occupantInterrupted").length ?? 0) > 0);
  say(b, "missed");
  await b.next(body("missed"));
  const again = await back(harness, a);
  await again.next(body("missed"));
  await harness.focus?.hears(() => (harness.focus?.of("occupantResumed").length ?? 0) > 0);
  say(again, "heard");
  await b.next(body("heard"));
  assert.deepEqual(
    bodies(a, again),
    ["missed", "heard"].slice(0, 1).concat(bodies(again).includes("heard") ? ["heard"] : []),
  );
  assert.equal(b.stanzas.filter(({ attrs }) => attrs.type === "unavailable").length, 0);
  assert.equal(harness.focus?.of("occupantLeft").length, 0);
});

test("an anonymous client gets its own name again for its session, and nobody else does", async () => {
  await using harness = await Harness.start();
  const a = await resumable(harness);
  const thief = await harness.webSocket(`?previd=${"x".repeat(32)}`);
  await thief.signIn();
  assert.notEqual(thief.jid.split("@")[0], a.jid.split("@")[0]);
  a.drop();
  const again = await harness.webSocket(`?previd=${a.resumeId}`);
  await again.signIn();
  assert.equal(again.jid.split("@")[0], a.jid.split("@")[0]);
});

test("a session is not resumed without its name", async () => {
  await using harness = await Harness.start();
  const a = await resumable(harness);
  a.drop();
  const other = await harness.webSocket();
  assert.equal((await other.resume(a)).name, "failed");
});

test("counts go on over a resumption, and what the client has seen is not sent again", async () => {
  await using harness = await Harness.start();
  const [a, b] = [await resumable(harness), await harness.client()];
  await a.enter(room);
  await b.enter(room);
  say(a, "one");
  await a.next(body("one"));
  assert.equal(await a.acknowledged(), 3);
  a.drop();
  const again = await harness.webSocket(`?previd=${a.resumeId}`);
  const resumed = await again.resume(a);
  assert.equal(resumed.attrs.h, "3");
  await again.settled();
  assert.deepEqual(bodies(again), []);
  assert.equal(await again.acknowledged(), 4);
});

test("a client that acknowledges more than it was sent is told so and loses its stream", async () => {
  await using harness = await Harness.start();
  const a = await resumable(harness);
  a.send(`<a xmlns="${ns.sm}" h="99"/>`);
  const error = await a.next("error");
  assert.ok(childOf(error, "undefined-condition"));
  assert.ok(childOf(error, "handled-count-too-high"));
  await a.next("socket-closed");
});

test("a new connection takes the session from an old one that has not noticed its own end", async () => {
  await using harness = await Harness.start();
  const a = await resumable(harness);
  await a.enter(room);
  const again = await back(harness, a);
  const error = await a.next("error");
  assert.ok(childOf(error, "conflict"));
  await again.settled();
  assert.equal(harness.focus?.of("occupantLeft").length, 0);
});

test("who does not come back in time has left, for the reason timeout", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const [a, b] = [await resumable(harness), await harness.client()];
  await a.enter(room);
  await b.enter(room);
  a.drop();
  await harness.focus?.hears(() => (harness.focus?.of("occupantInterrupted").length ?? 0) > 0);
  await clock.advance(59_000);
  assert.equal(harness.focus?.of("occupantLeft").length, 0);
  await clock.advance(1_000);
  await b.next((stanza) => stanza.attrs.from === `${room}/${a.nick}` && stanza.attrs.type === "unavailable");
  const [left] = harness.focus?.of<OccupantLeft>("occupantLeft") ?? [];
  assert.deepEqual([left?.endpoint, left?.reason], [a.nick, "timeout"]);
});

test("a client that cannot resume leaves when its socket drops", async () => {
  await using harness = await Harness.start();
  const [a, b] = [await harness.client(), await harness.client()];
  await a.enter(room);
  await b.enter(room);
  a.drop();
  await b.next((stanza) => stanza.attrs.from === `${room}/${a.nick}` && stanza.attrs.type === "unavailable");
});

test("a client that says goodbye is not waited for", async () => {
  await using harness = await Harness.start();
  const [a, b] = [await resumable(harness), await harness.client()];
  await a.enter(room);
  await b.enter(room);
  await a.close();
  await b.next((stanza) => stanza.attrs.from === `${room}/${a.nick}` && stanza.attrs.type === "unavailable");
  const [left] = harness.focus?.of<OccupantLeft>("occupantLeft") ?? [];
  assert.equal(left?.reason, "client");
});

test("stream management is switched on once, after a resource is there", async () => {
  await using harness = await Harness.start();
  const a = await harness.webSocket();
  await a.authenticate();
  a.send(`<enable xmlns="${ns.sm}" resume="true"/>`);
  assert.ok(childOf(await a.next("failed"), "unexpected-request"));
  const bound = await a.ask(`<iq type="set" id="b"><bind xmlns="${ns.bind}"/></iq>`);
  assert.equal(bound.attrs.type, "result");
  await a.enableResume();
  a.send(`<enable xmlns="${ns.sm}" resume="true"/>`);
  assert.ok(childOf(await a.next("failed"), "unexpected-request"));
  a.send(`<resume xmlns="${ns.sm}" h="0" previd="${a.resumeId}"/>`);
  assert.ok(childOf(await a.next("failed"), "unexpected-request"));
});

test("a stream that is not there any more is item-not-found, and its client may begin anew on the same connection", async () => {
  await using harness = await Harness.start();
  const a = await harness.webSocket();
  await a.authenticate();
  a.send(`<resume xmlns="${ns.sm}" h="0" previd="nobody"/>`);
  const failed = await a.next("failed");
  assert.equal(childOf(failed, "item-not-found")?.getNS(), ns.stanzas);
  const bound = await a.ask(`<iq type="set" id="b"><bind xmlns="${ns.bind}"/></iq>`);
  assert.equal(bound.attrs.type, "result");
});

test("a client is not waited for longer than it wants", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const [a, b] = [await harness.client(), await harness.client()];
  a.send(`<enable xmlns="${ns.sm}" resume="true" max="10"/>`);
  assert.equal((await a.next("enabled")).attrs.max, "10");
  b.send(`<enable xmlns="${ns.sm}" resume="true" max="86400"/>`);
  assert.equal((await b.next("enabled")).attrs.max, "60");
  await a.enter(room);
  await b.enter(room);
  a.drop();
  await harness.focus?.hears(() => (harness.focus?.of("occupantInterrupted").length ?? 0) > 0);
  await clock.advance(10_000);
  await b.next((stanza) => stanza.attrs.from === `${room}/${a.nick}` && stanza.attrs.type === "unavailable");
});

test("a count that goes backwards is a fault", async () => {
  await using harness = await Harness.start();
  const a = await resumable(harness);
  await a.enter(room);
  a.send(`<a xmlns="${ns.sm}" h="2"/>`);
  a.send(`<a xmlns="${ns.sm}" h="1"/>`);
  assert.ok(childOf(await a.next("error"), "handled-count-too-high"));
  await a.next("socket-closed");
});

test("who resumes with a count that can't be is refused, and its stream is still there for the right count", async () => {
  await using harness = await Harness.start();
  const a = await resumable(harness);
  await a.enter(room);
  a.drop();
  const wrong = await harness.webSocket(`?previd=${a.resumeId}`);
  await wrong.authenticate();
  wrong.send(`<resume xmlns="${ns.sm}" h="4000" previd="${a.resumeId}"/>`);
  const error = await wrong.next("error");
  assert.equal(childOf(error, "handled-count-too-high")?.attrs.h, "4000");
  const again = await back(harness, a);
  await again.settled();
  assert.equal(harness.focus?.of("occupantLeft").length, 0);
});

test("what was missed comes once and in order, before anything newer, to whatever address the client is at now", async () => {
  await using harness = await Harness.start();
  const [a, b] = [await resumable(harness), await harness.client()];
  await a.enter(room);
  await b.enter(room);
  await a.next((stanza) => stanza.attrs.from === `${room}/${b.nick}`);
  let last = a;
  const clients = [a];
  for (let round = 0; round < 3; round++) {
    last.drop();
    for (let number = 0; number < 5; number++) say(b, `r${round}n${number}`);
    await b.next(body(`r${round}n4`));
    const next = await harness.webSocket(`?previd=${a.resumeId}`, { "X-Forwarded-For": `198.51.100.${round}` });
    assert.equal((await next.resume(last)).name, "resumed");
    say(b, `r${round}late`);
    await next.next(body(`r${round}late`));
    clients.push(next);
    last = next;
  }
  const rounds = [0, 1, 2].flatMap((round) =>
    [0, 1, 2, 3, 4, "late"].map((n) => `r${round}n${n}`.replace("nlate", "late")),
  );
  assert.deepEqual(bodies(...clients), rounds);
  assert.equal(harness.focus?.of("occupantLeft").length, 0);
});

test("kill -9 of the server: clients resume, rooms are as they were, nothing is said twice", async () => {
  await using harness = await Harness.start();
  const [a, b, c] = [await resumable(harness), await resumable(harness), await harness.bosh()];
  await c.signIn();
  for (const client of [a, b, c]) await client.enter(room);
  await harness.focus?.bus.request(
    xmpp.setAffiliation,
    { unit },
    {
      room: harness.focus.of<OccupantLeft>("occupantJoined")[0]?.room,
      endpoint: a.nick,
      affiliation: 4,
    },
  );
  await a.next(
    (stanza) => childOf(stanza, "x") !== undefined && stanza.attrs.from === `${room}/${a.nick}` && isOwn(stanza),
  );
  const form = `<x xmlns="jabber:x:data" type="submit"><field var="muc#roomconfig_passwordprotectedroom"><value>1</value></field><field var="muc#roomconfig_roomsecret"><value>s3cret</value></field></x>`;
  await a.ask(`<iq type="set" id="own" to="${room}"><query xmlns="${ns.mucOwner}">${form}</query></iq>`);
  say(a, "before");
  for (const client of [a, b, c]) await client.next(body("before"));
  assert.ok((await a.acknowledged()) > 0);
  const before = await snapshot(harness);

  await harness.killAndRestart();

  const after = await snapshot(harness);
  assert.equal(after.rooms[0]?.meetingId, before.rooms[0]?.meetingId);
  assert.deepEqual(
    after.rooms[0]?.occupants.map(({ endpoint, affiliation }) => ({ endpoint, affiliation })),
    before.rooms[0]?.occupants.map(({ endpoint, affiliation }) => ({ endpoint, affiliation })),
  );
  const [a2, b2] = [await back(harness, a), await back(harness, b)];
  say(a2, "after");
  for (const client of [a2, b2, c]) await client.next(body("after"));
  await c.settled();
  assert.deepEqual(bodies(a, a2), ["before", "after"]);
  assert.deepEqual(bodies(b, b2), ["before", "after"]);
  assert.deepEqual(bodies(c), ["before", "after"]);
  const stranger = await harness.client();
  stranger.join(room);
  const refused = await stranger.next("presence");
  assert.equal(refused.attrs.type, "error");
  assert.equal(harness.focus?.of("occupantLeft").length, 0);
});

test("kill -9 of the server right after a message: its sender is told that it arrived, so nobody hears it twice", async () => {
  await using harness = await Harness.start();
  const [a, b] = [await resumable(harness), await resumable(harness)];
  await a.enter(room);
  await b.enter(room);
  const sent = 3;
  say(a, "once");
  await b.next(body("once"));
  await harness.killAndRestart();
  const again = await harness.webSocket(`?previd=${a.resumeId}`);
  assert.equal((await again.resume(a)).attrs.h, String(sent));
});

test("kill -9 of the server right after a message: who comes later reads it all the same", async () => {
  await using harness = await Harness.start();
  const [a, b] = [await resumable(harness), await resumable(harness)];
  await a.enter(room);
  await b.enter(room);
  say(a, "noted");
  await b.next(body("noted"));
  await a.acknowledged();
  await harness.killAndRestart();
  const late = await harness.client();
  await late.enter(room);
  await late.next(body("noted"));
});

test("kill -9 of the server: what was sent to somebody who was away is still there", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const [a, b] = [await resumable(harness), await resumable(harness)];
  await a.enter(room);
  await b.enter(room);
  a.drop();
  await harness.focus?.hears(() => (harness.focus?.of("occupantInterrupted").length ?? 0) > 0);
  say(b, "missed");
  await b.next(body("missed"));
  await clock.advance(1_000);
  await harness.killAndRestart();
  const again = await back(harness, a);
  await again.next(body("missed"));
});

test("while NATS is away people go on talking, and acknowledgements wait for it", async () => {
  await using harness = await Harness.start();
  const [a, b] = [await resumable(harness), await resumable(harness)];
  await a.enter(room);
  await b.enter(room);
  assert.equal(await a.acknowledged(), 2);
  harness.network.disconnect(harness.bus);
  say(a, "still here");
  await b.next(body("still here"));
  a.send(`<r xmlns="${ns.sm}"/>`);
  await a.settled();
  assert.equal(
    a.has(({ name }) => name === "a"),
    false,
  );
  harness.network.reconnect(harness.bus);
  assert.ok(Number((await a.next("a")).attrs.h) >= 3);
});

test("kill -9 of the server: who does not come back leaves, who could not come back leaves at once", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const [a, b, c] = [await resumable(harness), await harness.client(), await resumable(harness)];
  for (const client of [a, b, c]) await client.enter(room);
  for (const client of [a, b, c]) await client.settled();
  await harness.killAndRestart();
  const again = await back(harness, a);
  await clock.advance(60_000);
  await harness.focus?.hears(() => (harness.focus?.of("occupantLeft").length ?? 0) === 2);
  const lefts = harness.focus?.of<OccupantLeft>("occupantLeft").map(({ endpoint, reason }) => [endpoint, reason]);
  assert.deepEqual(lefts, [
    [b.nick, "timeout"],
    [c.nick, "timeout"],
  ]);
  await again.next((stanza) => stanza.attrs.from === `${room}/${c.nick}` && stanza.attrs.type === "unavailable");
});

async function snapshot(harness: Harness): Promise<ServerSnapshotResponse> {
  assert.ok(harness.focus);
  return harness.focus.bus.request(xmpp.snapshot, { unit }, {});
}

/** Another host of the unit, which makes no attempt to serve it. */
async function anotherHost({ network }: Harness, clock: ManualClock): Promise<void> {
  const bus = new MemoryBus(network, { clock, role: "xmpp" });
  const calls = { onTaken: () => {}, onLost: () => {} };
  const of = { unit, role: "xmpp", instance: "there", hostId: "there", origin: "http://there:1" } as const;
  const duty = await Duty.open({ bus, clock, log: silentLog, ...of, ...calls });
  duty.stop();
}

test("a goodbye counts that came while another host may have been on duty, though its connection is gone by then", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const [leaving, staying] = [await resumable(harness), await resumable(harness)];
  await leaving.enter(room);
  await staying.enter(room);
  await staying.settled();
  await anotherHost(harness, clock);
  harness.network.disconnect(harness.bus);
  await clock.advance(dutyTimes.leaseMs);
  const roundTrip = () => fetch(`http://127.0.0.1:${harness.port}/about/health`).then((answer) => answer.text());
  leaving.send(`<presence to="${room}/${leaving.nick}" type="unavailable"/>`);
  await roundTrip();
  leaving.drop();
  await roundTrip();
  harness.network.reconnect(harness.bus);
  await clock.advance(dutyTimes.renewMs);
  await harness.focus?.hears(() => (harness.focus?.of("occupantLeft").length ?? 0) > 0);
  assert.deepEqual(
    harness.focus?.of("occupantLeft").map(({ reason }) => reason),
    ["client"],
  );
});
