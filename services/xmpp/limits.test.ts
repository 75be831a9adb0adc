import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import type { OccupantJoined } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { WebSocket } from "ws";
import { ns } from "./codec/namespaces.ts";
import { verificationOf } from "./codec/xep0030-disco.ts";
import { childOf, type Element } from "./codec/xml/element.ts";
import { defaultLimits } from "./limits.ts";
import { unit } from "./testing/fake-focus.ts";
import { Harness } from "./testing/harness.ts";
import { conditionOf, type ScriptedClient } from "./testing/scripted-client.ts";

const room = "standup@muc.meet.jitsi";
const free = { perSecond: 1_000_000, burst: 1_000_000 };
const unlimited = {
  stanzas: free,
  bytes: { perSecond: 1e12, burst: 1e12 },
  messagesPerMember: free,
  messagesPerRoom: free,
};

const isError = (id: string) => (stanza: Element) => stanza.attrs.id === id && stanza.attrs.type === "error";

function say(client: ScriptedClient, text: string, id = ""): void {
  client.send(`<message to="${room}" type="groupchat" id="${id}"><body>${text}</body></message>`);
}

async function streamFault(client: ScriptedClient): Promise<string | undefined> {
  const error = await client.next((element) => element.name === "error");
  const [condition] = error.children;
  return typeof condition === "string" ? undefined : condition?.name;
}

test("bytes over the rate are delayed, like stanzas", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const a = await harness.client();
  const padding = "a".repeat(100_000);
  for (let number = 1; number <= 8; number++) {
    a.send(`<iq type="get" id="p${number}" to="meet.jitsi"><ping xmlns="${ns.ping}">${padding}</ping></iq>`);
  }
  await a.next((stanza) => stanza.attrs.id === "p5");
  for (let second = 0; second < 6 && !a.has((stanza) => stanza.attrs.id === "p8"); second++) await clock.advance(1_000);
  await a.next((stanza) => stanza.attrs.id === "p8");
});

test("answers to what the server asks don't count as stanzas: a crowd that comes and goes gets nobody cut", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock, limits: { stanzas: { perSecond: 1, burst: 40 } } });
  const a = await harness.client();
  await a.enter(room);
  const [joined] = harness.focus?.of<OccupantJoined>("occupantJoined") ?? [];
  for (let number = 0; number < 60; number++) {
    const request = { room: joined?.room ?? {}, endpoint: a.nick, jingleSession: `s${number}`, reason: "success" };
    const asked = harness.focus?.bus.request(xmpp.endSession, { unit }, request);
    const isAsked = ({ name, children }: Element) =>
      name === "iq" && children.some((child) => typeof child !== "string" && child.attrs.sid === `s${number}`);
    const { attrs } = await a.next(isAsked);
    a.send(`<iq type="result" id="${attrs.id}" to="${attrs.from}"/>`);
    await asked;
  }
  a.send(`<iq type="get" id="still" to="meet.jitsi"><ping xmlns="${ns.ping}"/></iq>`);
  await a.next((stanza) => stanza.attrs.id === "still");
});

test("a stream that never acknowledges anything is ended", async () => {
  await using harness = await Harness.start({ limits: { unacknowledgedStanzas: 20 } });
  const [a, b] = [await harness.client(), await harness.client()];
  await a.enableResume();
  await a.enter(room);
  await b.enter(room);
  for (let number = 0; number < 18; number++) say(b, `n${number}`);
  assert.equal(await streamFault(a), "resource-constraint");
  await b.settled();
});

test("a client that does not read what it is sent is cut, and the others go on", async () => {
  await using harness = await Harness.start({ limits: { ...unlimited, unsentBytes: 100_000 } });
  const [a, b] = [await harness.client(), await harness.client()];
  await a.enter(room);
  const socket = new WebSocket(`ws://127.0.0.1:${harness.port}/xmpp-websocket`, "xmpp");
  const frames: string[] = [];
  const until = async (part: string) => {
    while (!frames.some((frame) => frame.includes(part)))
      await new Promise((resolve) => socket.once("message", resolve));
  };
  socket.on("message", (data) => frames.push(String(data)));
  await new Promise((resolve) => socket.once("open", resolve));
  const open = `<open xmlns="${ns.framing}" to="meet.jitsi" version="1.0"/>`;
  socket.send(open);
  socket.send(`<auth xmlns="${ns.sasl}" mechanism="ANONYMOUS"/>`);
  await until("<success");
  socket.send(open);
  socket.send(`<iq type="set" id="b"><bind xmlns="${ns.bind}"/></iq>`);
  socket.send(`<presence to="${room}/lazy"><x xmlns="${ns.muc}"/></presence>`);
  await until('code="110"');
  socket.pause();
  await b.enter(room);
  let isGone = false;
  const gone = b
    .next((stanza) => stanza.attrs.from === `${room}/lazy` && stanza.attrs.type === "unavailable")
    .then(() => {
      isGone = true;
    });
  while (!isGone) {
    for (let number = 0; number < 100; number++) say(a, "x".repeat(8_000));
    await a.settled();
  }
  await gone;
  socket.terminate();
});

test("what a BOSH client does not fetch is kept up to a bound", async () => {
  await using harness = await Harness.start({ limits: { bosh: { ...defaultLimits.bosh, queuedStanzas: 5 } } });
  const [a, b] = [await harness.bosh(), await harness.client()];
  await a.signIn();
  await a.enter(room);
  await b.enter(room);
  a.drop();
  const gone = b.next((stanza) => stanza.attrs.from === `${room}/${a.nick}` && stanza.attrs.type === "unavailable");
  for (let number = 0; number < 10; number++) say(b, `n${number}`);
  await gone;
});

test("a subject and a password have a length", async () => {
  await using harness = await Harness.start();
  const a = await harness.client();
  await a.enter(room);
  const [joined] = harness.focus?.of<OccupantJoined>("occupantJoined") ?? [];
  await harness.focus?.bus.request(
    xmpp.setAffiliation,
    { unit },
    { room: joined?.room, endpoint: a.nick, affiliation: 4 },
  );
  a.send(`<message to="${room}" type="groupchat" id="s"><subject>${"s".repeat(1_025)}</subject></message>`);
  assert.equal(conditionOf(await a.next(isError("s"))), "policy-violation");
  const field = `<field var="muc#roomconfig_roomsecret"><value>${"p".repeat(257)}</value></field>`;
  const form = `<x xmlns="${ns.data}" type="submit">${field}</x>`;
  const answer = await a.ask(`<iq type="set" id="o" to="${room}"><query xmlns="${ns.mucOwner}">${form}</query></iq>`);
  assert.equal(conditionOf(answer), "bad-request");
});

test("a client that does not answer an IQ is late after ten seconds, and only so many are open", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock, limits: { pendingIqsPerSession: 2 } });
  const a = await harness.client();
  await a.enter(room);
  const { focus } = harness;
  const [joined] = focus?.of<OccupantJoined>("occupantJoined") ?? [];
  const ask = () =>
    focus?.bus.request(
      xmpp.endSession,
      { unit },
      { room: joined?.room, endpoint: a.nick, jingleSession: "s", reason: "gone" },
      { timeoutMs: 60_000 },
    );
  const asked = [ask(), ask()];
  for (const _ of asked) await a.next((stanza) => stanza.name === "iq" && childOf(stanza, "jingle") !== undefined);
  await assert.rejects(ask() ?? assert.fail(), { code: "resource-exhausted" });
  const late = Promise.all(asked.map((one) => assert.rejects(one ?? assert.fail(), { code: "deadline-exceeded" })));
  await clock.advance(10_000);
  await late;
});

test("a client that goes with an IQ unanswered is not found", async () => {
  await using harness = await Harness.start();
  const a = await harness.client();
  await a.enter(room);
  const [joined] = harness.focus?.of<OccupantJoined>("occupantJoined") ?? [];
  const request = { room: joined?.room, endpoint: a.nick, jingleSession: "s", reason: "gone" };
  const asked = harness.focus?.bus.request(xmpp.endSession, { unit }, request);
  await a.next((stanza) => childOf(stanza, "jingle") !== undefined);
  a.drop();
  await assert.rejects(asked ?? assert.fail(), { code: "not-found" });
});

test("one occupant asks the focus so much at a time", async () => {
  await using harness = await Harness.start({ limits: { focusQueue: 2 } });
  const a = await harness.client();
  await a.enter(room);
  const opened = Promise.withResolvers<void>();
  if (harness.focus) harness.focus.gate = opened.promise;
  const jingle = `<jingle xmlns="${ns.jingle}" action="session-terminate" sid="s"/>`;
  const send = (id: string) => a.send(`<iq type="set" id="${id}" to="${room}/focus">${jingle}</iq>`);
  for (const id of ["t1", "t2", "t3"]) send(id);
  assert.equal(conditionOf(await a.next(isError("t3"))), "resource-constraint");
  opened.resolve();
  for (const id of ["t1", "t2"]) await a.next((stanza) => stanza.attrs.id === id && stanza.attrs.type === "result");
});

test("a focus that stays away is unavailable after eight seconds", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock, withFocus: false });
  const a = await harness.client();
  const asked = a.conference(room);
  await a.settled();
  await clock.advance(8_000);
  assert.equal(conditionOf(await asked), "service-unavailable");
});

test("so many wait for a room that is being opened", async () => {
  await using harness = await Harness.start({ limits: { queuedPerRoom: 1 } });
  const never = Promise.withResolvers<void>();
  if (harness.focus) harness.focus.gate = never.promise;
  const [a, b, c] = [await harness.client(), await harness.client(), await harness.client()];
  a.conference(room).catch(() => {});
  await a.settled();
  b.join(room);
  await b.settled();
  c.join(room);
  assert.equal(conditionOf(await c.next((stanza) => stanza.name === "presence")), "not-allowed");
  never.resolve();
  await b.joined(room);
});

test("so many rooms are opened in a second by everybody together", async () => {
  await using harness = await Harness.start({ limits: { roomsInAll: { perSecond: 0.001, burst: 1 } } });
  const a = await harness.client();
  await a.enter(room);
  assert.equal(conditionOf(await a.conference("other@muc.meet.jitsi")), "resource-constraint");
});

test("rooms of network checks are counted by themselves: they use up nobody's rooms, and lessons use up none of theirs", async () => {
  const once = { perSecond: 0.001, burst: 1 };
  const check = (digit: string) => `network-check-${digit.repeat(24)}@muc.meet.jitsi`;
  for (const limits of [{ roomsInAll: once, checkRoomsInAll: once }, { checkRoomsPerAddress: once }]) {
    await using harness = await Harness.start({ limits, env: { XMPP_ROOM_CREATION_PER_MINUTE: "1" } });
    const a = await harness.client();
    assert.equal((await a.conference(check("1"))).attrs.type, "result");
    assert.equal(conditionOf(await a.conference(check("2"))), "resource-constraint");
    assert.equal((await a.conference(room)).attrs.type, "result");
    assert.equal(conditionOf(await a.conference("network-check-of-mine@muc.meet.jitsi")), "resource-constraint");
  }
});

test("so many versions of clients are remembered", async () => {
  await using harness = await Harness.start({ limits: { knownCapabilities: 1 } });
  const enter = async (feature: string, isKnown: boolean) => {
    const client = await harness.client();
    const ver = verificationOf({ identities: [], features: [feature] });
    await client.conference(room);
    client.join(room, client.nick, `<c xmlns="${ns.caps}" hash="sha-1" node="n" ver="${ver}"/>`);
    await client.joined(room);
    await client.settled();
    const isQuery = (stanza: Element) => childOf(stanza, "query", ns.discoInfo) !== undefined;
    assert.equal(client.has(isQuery), !isKnown, feature);
    if (isKnown) return;
    const iq = await client.next(isQuery);
    const query = `<query xmlns="${ns.discoInfo}"><feature var="${feature}"/></query>`;
    client.send(`<iq type="result" id="${iq.attrs.id}" to="${iq.attrs.from}">${query}</iq>`);
    await client.settled();
  };
  await enter("one", false);
  await enter("one", true);
  await enter("two", false);
  await enter("one", false);
});

test("a header that is too big is refused", async () => {
  await using harness = await Harness.start();
  const socket = connect(harness.port, "127.0.0.1");
  socket.write(`GET /http-bind HTTP/1.1\r\nHost: x\r\nX-A: ${"a".repeat(20_000)}\r\n\r\n`);
  const answer = await new Promise<string>((resolve) => socket.once("data", (data) => resolve(String(data))));
  assert.match(answer, /^HTTP\/1\.1 (400|431) /);
  socket.destroy();
});
