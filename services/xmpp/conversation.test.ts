import assert from "node:assert/strict";
import { test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import { MediaKind } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import type { OccupantJoined, OccupantLeft, OccupantUpdated } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { ns } from "./codec/namespaces.ts";
import { childOf, childrenOf, type Element, elementsOf } from "./codec/xml/element.ts";
import { serialise } from "./codec/xml/serialise.ts";
import { unit } from "./testing/fake-focus.ts";
import { Harness } from "./testing/harness.ts";
import { conditionOf, isOwn, type ScriptedClient } from "./testing/scripted-client.ts";

const room = "standup@muc.meet.jitsi";

async function three(harness: Harness): Promise<[ScriptedClient, ScriptedClient, ScriptedClient]> {
  const [a, b, c] = [await harness.client(), await harness.client(), await harness.bosh()];
  await c.signIn();
  for (const client of [a, b, c]) await client.enter(room);
  for (const client of [a, b]) await client.next((stanza) => stanza.attrs.from === `${room}/${c.nick}`);
  return [a, b, c];
}

const presenceOf = (client: ScriptedClient, type?: string) => (stanza: Element) =>
  stanza.name === "presence" && stanza.attrs.from === `${room}/${client.nick}` && stanza.attrs.type === type;

test("three people meet: each sees the others, the focus first and itself last", async () => {
  await using harness = await Harness.start();
  const [a, b, c] = await three(harness);
  const seen = c.stanzas.filter(({ name }) => name === "presence").map(({ attrs }) => attrs.from);
  assert.deepEqual(seen, [`${room}/focus`, `${room}/${a.nick}`, `${room}/${b.nick}`, `${room}/${c.nick}`]);
  for (const presence of c.stanzas.filter(({ name }) => name === "presence")) {
    const x = childOf(presence, "x", ns.mucUser);
    assert.equal(x?.attrs.xmlns, ns.mucUser);
    const expected = presence.attrs.from?.endsWith("/focus") ? "focus@auth.meet.jitsi/focus" : undefined;
    const jid = x && childOf(x, "item")?.attrs.jid;
    assert.ok(expected ? jid === expected : jid?.includes("@meet.jitsi/"), jid);
  }
  const last = c.stanzas.filter(({ name }) => name === "presence").at(-1);
  assert.ok(last && isOwn(last));
});

test("what somebody says of itself reaches everybody, but not what only the server may say", async () => {
  await using harness = await Harness.start();
  const [a, b, c] = await three(harness);
  const source = `{"${a.nick}-a0":{"muted":false}}`;
  a.send(
    `<presence to="${room}/${a.nick}"><nick xmlns="${ns.nick}">Zoë</nick><SourceInfo>${source}</SourceInfo>` +
      `<custom xmlns="urn:x"><inner a="1"/></custom><identity><user><id>boss</id></user></identity>` +
      `<permissions xmlns="${ns.jitmeet}"><p name="recording" val="true"/></permissions>` +
      `<x xmlns="${ns.mucUser}"><item affiliation="owner" role="moderator"/></x></presence>`,
  );
  for (const client of [b, c]) {
    const presence = await client.next(
      (stanza) => presenceOf(a)(stanza) && childOf(stanza, "SourceInfo") !== undefined,
    );
    assert.equal(childOf(presence, "SourceInfo")?.getText(), source);
    assert.equal(childOf(presence, "nick", ns.nick)?.getText(), "Zoë");
    assert.equal(childOf(presence, "custom", "urn:x")?.children.length, 1);
    assert.equal(childOf(presence, "identity"), undefined);
    assert.equal(childOf(presence, "permissions"), undefined);
    const [x] = childrenOf(presence, "x");
    assert.equal(childrenOf(presence, "x").length, 1);
    assert.equal(x && childOf(x, "item")?.attrs.affiliation, "none");
  }
  const { focus } = harness;
  await focus?.hears(() => focus.of("occupantUpdated").length > 0);
  const [update] = focus?.of<OccupantUpdated>("occupantUpdated") ?? [];
  assert.equal(update?.occupant?.displayName, "Zoë");
  assert.deepEqual(
    update?.occupant?.sources.map(({ name, muted }) => ({ name, muted })),
    [{ name: `${a.nick}-a0`, muted: false }],
  );
});

test("an update that changes nothing typed is relayed, and not said again on the bus", async () => {
  await using harness = await Harness.start();
  const [a, b] = await three(harness);
  a.send(`<presence to="${room}/${a.nick}"><follow-me xmlns="urn:x">1</follow-me></presence>`);
  await b.next((stanza) => childOf(stanza, "follow-me") !== undefined);
  await harness.network.idle();
  assert.equal(harness.focus?.of("occupantUpdated").length, 0);
});

test("events of a room are numbered without holes", async () => {
  await using harness = await Harness.start();
  const [a, b, c] = await three(harness);
  a.send(`<presence to="${room}/${a.nick}"><nick xmlns="${ns.nick}">A</nick></presence>`);
  b.send(`<message to="${room}" type="groupchat" id="m1"><body>hi</body></message>`);
  await c.next((stanza) => childOf(stanza, "body") !== undefined);
  b.send(`<presence to="${room}/${b.nick}" type="unavailable"/>`);
  await b.next(presenceOf(b, "unavailable"));
  await harness.network.idle();
  const sequences = harness.focus?.heard
    .map(({ message }) => (message as OccupantJoined).roomSeq)
    .filter((sequence) => sequence !== undefined);
  assert.deepEqual(
    sequences,
    Array.from({ length: 6 }, (_, index) => BigInt(index + 1)),
  );
});

test("who comes while the focus is still opening the room waits for it", async () => {
  await using harness = await Harness.start();
  const opened = Promise.withResolvers<void>();
  if (harness.focus) harness.focus.gate = opened.promise;
  const [a, b] = [await harness.client(), await harness.client()];
  const asked = a.conference(room);
  await a.settled();
  b.join(room);
  await b.settled();
  assert.equal(b.stanzas.filter(({ name }) => name === "presence").length, 0);
  opened.resolve();
  assert.equal((await asked).attrs.type, "result");
  await b.joined(room);
});

test("nobody but the focus creates a room", async () => {
  await using harness = await Harness.start();
  const a = await harness.client();
  a.join(room);
  const refused = await a.next("presence");
  assert.equal(conditionOf(refused), "not-allowed");
  const error = childOf(refused, "error");
  assert.equal(error?.attrs.type, "cancel");
  assert.equal(error && childOf(error, "text")?.getText(), "Room creation is restricted");
});

test("a conference request that the focus refuses is refused to the client", async () => {
  await using harness = await Harness.start();
  if (harness.focus) harness.focus.refusal = new VecheError("unauthenticated", "sign in first");
  const a = await harness.client();
  const answer = await a.conference(room);
  assert.equal(conditionOf(answer), "not-authorized");
});

test("the conference request says where the room is and who the focus is", async () => {
  await using harness = await Harness.start();
  const a = await harness.client();
  const conference = childOf(await a.conference(room), "conference", ns.focus);
  assert.equal(conference?.attrs.ready, "true");
  assert.equal(conference?.attrs.focusjid, "focus@auth.meet.jitsi");
  assert.equal(conference?.attrs.room, room);
  const property = conference && childOf(conference, "property", ns.focus);
  assert.deepEqual(property?.attrs, { xmlns: ns.focus, name: "authentication", value: "false" });
});

const transport = {
  ufrag: "u1",
  pwd: "p1234567890123456789012",
  candidates: [
    {
      foundation: "1",
      component: 1,
      protocol: "udp",
      priority: 2130706431,
      ip: "203.0.113.7",
      port: 10000,
      type: "host",
    },
  ],
  fingerprints: [{ hash: "sha-256", value: "AB:".repeat(31).concat("CD"), setup: "actpass" }],
};

const descriptions = [
  {
    kind: MediaKind.AUDIO,
    payloadTypes: [{ id: 111, name: "opus", clockRateHz: 48000, channels: 2, parameters: { minptime: "10" } }],
    headerExtensions: [{ id: 6, uri: "urn:ietf:params:rtp-hdrext:ssrc-audio-level" }],
  },
  { kind: MediaKind.VIDEO, payloadTypes: [{ id: 100, name: "VP8", clockRateHz: 90000 }] },
];

const sources = [
  { name: "jvb-a0", owner: "jvb", kind: MediaKind.AUDIO, msid: "mixedmslabel mixedlabelaudio0", ssrcs: [111111111] },
  { name: "jvb-v0", owner: "jvb", kind: MediaKind.VIDEO, msid: "mixedmslabel mixedlabelvideo0", ssrcs: [222222222] },
];

async function invite(harness: Harness, client: ScriptedClient, channelUrl = "/colibri-ws/b1/c/e?pwd=x") {
  const { focus } = harness;
  assert.ok(focus);
  const [joined] = focus.of<OccupantJoined>("occupantJoined");
  assert.ok(joined?.room);
  const request = {
    room: joined.room,
    endpoint: client.nick,
    jingleSession: "sid1",
    descriptions,
    transport,
    sources,
    channelUrl,
    bridgeSession: "bs1",
    region: "eu",
  };
  const answered = focus.bus.request(xmpp.initiateSession, { unit }, request);
  const iq = await client.next((stanza) => stanza.name === "iq" && childOf(stanza, "jingle") !== undefined);
  return { answered, iq, jingle: childOf(iq, "jingle", ns.jingle), room: joined.room };
}

const acceptFor = (nick: string) =>
  `<jingle xmlns="${ns.jingle}" action="session-accept" sid="sid1" initiator="x" responder="y">
    <content creator="initiator" name="audio" senders="both"><description xmlns="${ns.rtp}" media="audio">
      <payload-type id="111" name="opus" clockrate="48000" channels="2"/>
      <source xmlns="${ns.sourceAttributes}" ssrc="1001" name="${nick}-a0"><parameter name="msid" value="${nick}-audio-0-1 t-1"/></source>
    </description><transport xmlns="${ns.iceUdp}" ufrag="cu" pwd="cp12345678901234567890">
      <fingerprint xmlns="${ns.dtls}" hash="sha-256" setup="active">${"ab:".repeat(31)}cd</fingerprint></transport></content>
  </jingle>`;

test("the focus invites, the client acknowledges and accepts", async () => {
  await using harness = await Harness.start();
  const [a] = await three(harness);
  const { answered, iq, jingle } = await invite(harness, a);
  assert.equal(iq.attrs.from, `${room}/focus`);
  assert.equal(iq.attrs.to, a.jid);
  assert.equal(jingle?.attrs.action, "session-initiate");
  assert.equal(jingle?.attrs.initiator, `${room}/focus`);
  const webSocket = /<web-socket xmlns="http:\/\/jitsi.org\/protocol\/colibri" url="(.*?)"/.exec(serialise(iq))?.[1];
  assert.equal(webSocket, `ws://127.0.0.1:${harness.port}/colibri-ws/b1/c/e?pwd=x`);
  a.send(`<iq type="result" id="${iq.attrs.id}" to="${room}/focus"/>`);
  await answered;
  const result = await a.ask(`<iq type="set" id="acc" to="${room}/focus">${acceptFor(a.nick)}</iq>`);
  assert.equal(result.attrs.type, "result", serialise(result));
  const [accepted] = harness.focus?.accepted ?? [];
  assert.equal(accepted?.endpoint, a.nick);
  assert.equal(accepted?.transport?.fingerprints[0]?.value, `${"AB:".repeat(31)}CD`);
  assert.deepEqual(
    accepted?.sources.map(({ name, ssrcs }) => ({ name, ssrcs })),
    [{ name: `${a.nick}-a0`, ssrcs: [1001] }],
  );
});

test("every child of an invitation says its namespace itself", async () => {
  await using harness = await Harness.start();
  const [a] = await three(harness);
  const { iq, answered } = await invite(harness, a);
  answered.catch(() => {});
  const check = (element: Element) => {
    for (const child of elementsOf(element)) {
      assert.ok(child.attrs.xmlns, `<${child.name}> in <${element.name}> has no xmlns`);
      check(child);
    }
  };
  check(iq);
});

test("behind a proxy the bridge channel has the address that the client used", async () => {
  await using harness = await Harness.start();
  const headers = { "X-Forwarded-Proto": "https", "X-Forwarded-Host": "meet.school.example:8443" };
  const a = await harness.webSocket("", headers);
  await a.signIn();
  await a.enter(room);
  const { iq, answered } = await invite(harness, a);
  answered.catch(() => {});
  assert.match(serialise(iq), /url="wss:\/\/meet\.school\.example:8443\/colibri-ws\/b1\/c\/e\?pwd=x"/);
});

test("a client that refuses an invitation is a failed precondition to the focus", async () => {
  await using harness = await Harness.start();
  const [a] = await three(harness);
  const { answered, iq } = await invite(harness, a);
  a.send(
    `<iq type="error" id="${iq.attrs.id}" to="${room}/focus"><error type="cancel"><service-unavailable xmlns="${ns.stanzas}"/></error></iq>`,
  );
  await assert.rejects(answered, { code: "failed-precondition" });
});

test("an accept with rubbish is a bad request to its sender and never reaches the focus", async () => {
  await using harness = await Harness.start();
  const [a, b] = await three(harness);
  const rubbish: readonly [string, string][] = [
    ["no fingerprint", acceptFor(a.nick).replace(/<fingerprint.*<\/fingerprint>/, "")],
    ["a short fingerprint", acceptFor(a.nick).replace("ab:", "")],
    ["an ssrc of zero", acceptFor(a.nick).replace("1001", "0")],
    ["an ssrc too big", acceptFor(a.nick).replace("1001", "4294967296")],
    ["an ssrc that is no number", acceptFor(a.nick).replace("1001", "1e3")],
    ["another's source", acceptFor(b.nick)],
    ["no content", `<jingle xmlns="${ns.jingle}" action="session-accept" sid="sid1"/>`],
    ["no sid", `<jingle xmlns="${ns.jingle}" action="session-accept"/>`],
    ["an unknown action", `<jingle xmlns="${ns.jingle}" action="explode" sid="sid1"/>`],
    ["a payload type too big", acceptFor(a.nick).replace('id="111"', 'id="300"')],
  ];
  for (const [what, jingle] of rubbish) {
    const answer = await a.ask(`<iq type="set" id="${a.id()}" to="${room}/focus">${jingle}</iq>`);
    assert.equal(conditionOf(answer), "bad-request", what);
  }
  assert.equal(harness.focus?.accepted.length, 0);
  await b.settled();
});

test("what the focus says to one client arrives in the order it was said", async () => {
  await using harness = await Harness.start();
  const [a] = await three(harness);
  const { room: ref, answered, iq } = await invite(harness, a);
  a.send(`<iq type="result" id="${iq.attrs.id}" to="${room}/focus"/>`);
  await answered;
  const base = { room: ref, endpoint: a.nick, jingleSession: "sid1" };
  const bus = harness.focus?.bus;
  const said = [
    bus?.request(xmpp.announceSources, { unit }, { ...base, sources }),
    bus?.request(xmpp.withdrawSources, { unit }, { ...base, sources }),
    bus?.request(xmpp.endSession, { unit }, { ...base, reason: "success", text: "moving" }),
  ];
  const actions: (string | undefined)[] = [];
  for (const _ of said) {
    const next = await a.next((stanza) => childOf(stanza, "jingle") !== undefined);
    actions.push(childOf(next, "jingle")?.attrs.action);
    a.send(`<iq type="result" id="${next.attrs.id}" to="${room}/focus"/>`);
  }
  assert.deepEqual(actions, ["source-add", "source-remove", "session-terminate"]);
  await Promise.all(said);
});

test("somebody who leaves hears that it left, and so does everybody else", async () => {
  await using harness = await Harness.start();
  const [a, b, c] = await three(harness);
  c.send(`<presence to="${room}/${c.nick}" type="unavailable"><status>switch_room</status></presence>`);
  const own = await c.next(presenceOf(c, "unavailable"));
  assert.ok(isOwn(own));
  for (const client of [a, b]) {
    const gone = await client.next(presenceOf(c, "unavailable"));
    assert.equal(childOf(gone, "status")?.getText(), "switch_room");
    assert.ok(!isOwn(gone));
  }
  const [left] = harness.focus?.of<OccupantLeft>("occupantLeft") ?? [];
  assert.deepEqual([left?.endpoint, left?.reason], [c.nick, "moved"]);
});
