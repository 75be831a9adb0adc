import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import type { Affiliation, OccupantLeft, OccupantUpdated, RoomRef } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { roomId } from "@veche/proto/ids.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { ns } from "./codec/namespaces.ts";
import { verificationOf } from "./codec/xep0030-disco.ts";
import { childOf, childrenOf, type Element, elementsOf } from "./codec/xml/element.ts";
import { FakeFocus, unit } from "./testing/fake-focus.ts";
import { Harness, type Options } from "./testing/harness.ts";
import { conditionOf, isOwn, type ScriptedClient } from "./testing/scripted-client.ts";

const room = "standup@muc.meet.jitsi";

type Meeting = { readonly harness: Harness; readonly owner: ScriptedClient; readonly guest: ScriptedClient };

/** A moderator and somebody else in a room. */
async function meeting(options: Options = {}): Promise<Meeting & AsyncDisposable> {
  const harness = await Harness.start(options);
  const [owner, guest] = [await harness.client(), await harness.client()];
  await owner.enter(room);
  await guest.enter(room);
  await grant(harness, owner.nick, 4);
  await guest.next((stanza) => from(owner)(stanza) && affiliationOf(stanza) === "owner");
  return { harness, owner, guest, [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose]() };
}

function roomRef(harness: Harness): RoomRef | undefined {
  return harness.focus?.of<OccupantLeft>("occupantJoined")[0]?.room;
}

async function grant(harness: Harness, endpoint: string, affiliation: Affiliation): Promise<void> {
  await harness.focus?.bus.request(xmpp.setAffiliation, { unit }, { room: roomRef(harness), endpoint, affiliation });
}

const from = (client: ScriptedClient) => (stanza: Element) => stanza.attrs.from === `${room}/${client.nick}`;
const gone = (client: ScriptedClient) => (stanza: Element) =>
  from(client)(stanza) && stanza.attrs.type === "unavailable";
const withBody = (text: string) => (stanza: Element) => childOf(stanza, "body")?.getText() === text;

const isError = (stanza: Element) => stanza.attrs.type === "error";

function itemOf(stanza: Element): Element | undefined {
  const x = childOf(stanza, "x", ns.mucUser);
  return x && childOf(x, "item");
}

function affiliationOf(stanza: Element): string | undefined {
  return itemOf(stanza)?.attrs.affiliation;
}

function statusesOf(stanza: Element): (string | undefined)[] {
  const x = childOf(stanza, "x", ns.mucUser);
  return x ? childrenOf(x, "status").map(({ attrs }) => attrs.code) : [];
}

function set(client: ScriptedClient, payload: string, to = room): Promise<Element> {
  return client.ask(`<iq type="set" id="${client.id()}" to="${to}">${payload}</iq>`);
}

function get(client: ScriptedClient, payload: string, to = room): Promise<Element> {
  return client.ask(`<iq type="get" id="${client.id()}" to="${to}">${payload}</iq>`);
}

function configure(client: ScriptedClient, fields: Readonly<Record<string, string>>): Promise<Element> {
  const xml = Object.entries(fields)
    .map(([name, value]) => `<field var="muc#roomconfig_${name}"><value>${value}</value></field>`)
    .join("");
  return set(client, `<query xmlns="${ns.mucOwner}"><x xmlns="${ns.data}" type="submit">${xml}</x></query>`);
}

function fieldsOf(query: Element | undefined): Record<string, string | undefined> {
  const form = query && childOf(query, "x", ns.data);
  const fields = form ? childrenOf(form, "field") : [];
  return Object.fromEntries(fields.map((field) => [field.attrs.var ?? "", childOf(field, "value")?.getText()]));
}

test("a password keeps out who does not know it, and everybody is told to look again", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  assert.equal(
    (await configure(owner, { passwordprotectedroom: "1", roomsecret: "1234", whois: "anyone" })).attrs.type,
    "result",
  );
  await guest.next((stanza) => statusesOf(stanza).includes("104"));
  const stranger = await harness.client();
  stranger.join(room);
  const refused = await stranger.next("presence");
  assert.equal(conditionOf(refused), "not-authorized");
  assert.equal(childOf(refused, "error")?.attrs.type, "auth");
  stranger.send(
    `<presence to="${room}/${stranger.nick}"><x xmlns="${ns.muc}"><password>1234</password></x></presence>`,
  );
  await stranger.joined(room);
  const info = childOf(await get(guest, `<query xmlns="${ns.discoInfo}"/>`), "query");
  assert.ok(elementsOf(info ?? assert.fail()).some(({ attrs }) => attrs.var === "muc_passwordprotected"));
  await configure(owner, { passwordprotectedroom: "0", roomsecret: "" });
  const another = await harness.client();
  await another.enter(room);
});

test("members only: who is no member is told to register, who knows the password comes in", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  await set(
    owner,
    `<query xmlns="${ns.mucAdmin}"><item affiliation="member" jid="${guest.jid.split("/")[0]}"/></query>`,
  );
  await configure(owner, { membersonly: "true", roomsecret: "1234", passwordprotectedroom: "1" });
  const stranger = await harness.client();
  stranger.join(room);
  assert.equal(conditionOf(await stranger.next("presence")), "registration-required");
  stranger.send(
    `<presence to="${room}/${stranger.nick}"><x xmlns="${ns.muc}"><password>1234</password></x></presence>`,
  );
  await stranger.joined(room);
  guest.send(`<presence to="${room}/${guest.nick}" type="unavailable"/>`);
  await guest.next(gone(guest));
  guest.join(room);
  await guest.joined(room);
});

test("the configuration form has the fields that the library and the focus look for", async () => {
  await using met = await meeting();
  const query = childOf(await get(met.owner, `<query xmlns="${ns.mucOwner}"/>`), "query", ns.mucOwner);
  assert.equal(query && childOf(query, "x", ns.data)?.attrs.type, "form");
  const fields = fieldsOf(query);
  for (const name of ["whois", "membersonly", "passwordprotectedroom", "roomsecret"]) {
    assert.ok(Object.hasOwn(fields, `muc#roomconfig_${name}`), name);
  }
  assert.match(fields["muc#roominfo_meetingId"] ?? "", /^[0-9a-f-]{36}$/);
  assert.equal(fields.FORM_TYPE, "http://jabber.org/protocol/muc#roomconfig");
});

test("only an owner configures, grants, bans or ends", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  assert.equal(conditionOf(await get(guest, `<query xmlns="${ns.mucOwner}"/>`)), "forbidden");
  assert.equal(conditionOf(await configure(guest, { roomsecret: "x" })), "forbidden");
  assert.equal(conditionOf(await set(guest, `<query xmlns="${ns.mucOwner}"><destroy/></query>`)), "forbidden");
  const kick = `<query xmlns="${ns.mucAdmin}"><item nick="${owner.nick}" role="none"/></query>`;
  assert.equal(conditionOf(await set(guest, kick)), "forbidden");
  const own = `<query xmlns="${ns.mucAdmin}"><item affiliation="owner" jid="${guest.jid.split("/")[0]}"/></query>`;
  assert.equal(conditionOf(await set(guest, own)), "forbidden");
});

test("a moderator makes another a moderator, and everybody sees it", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  await set(
    owner,
    `<query xmlns="${ns.mucAdmin}"><item affiliation="owner" jid="${guest.jid.split("/")[0]}"/></query>`,
  );
  const own = await guest.next((stanza) => from(guest)(stanza) && affiliationOf(stanza) === "owner");
  assert.equal(itemOf(own)?.attrs.role, "moderator");
  const seen = await owner.next((stanza) => from(guest)(stanza) && affiliationOf(stanza) === "owner");
  assert.equal(itemOf(seen)?.attrs.jid, guest.jid);
  await harness.network.idle();
  const update = harness.focus?.of<OccupantUpdated>("occupantUpdated").at(-1);
  assert.deepEqual([update?.occupant?.endpoint, update?.occupant?.role], [guest.nick, 3]);
});

test("somebody who is shown out knows by whom and why, and has lost their affiliation", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  await set(
    owner,
    `<query xmlns="${ns.mucAdmin}"><item nick="${guest.nick}" role="none"><reason>enough</reason></item></query>`,
  );
  const own = await guest.next(gone(guest));
  assert.deepEqual(statusesOf(own), ["307", "110"]);
  const item = itemOf(own);
  assert.equal(item && childOf(item, "actor")?.attrs.nick, owner.nick);
  assert.equal(item && childOf(item, "reason")?.getText(), "enough");
  assert.deepEqual(statusesOf(await owner.next(gone(guest))), ["307"]);
  await harness.network.idle();
  const [left] = harness.focus?.of<OccupantLeft>("occupantLeft") ?? [];
  assert.deepEqual([left?.reason, left?.by], ["kicked", owner.nick]);
});

test("the focus can't be shown out or lose its rights", async () => {
  await using met = await meeting();
  const { owner } = met;
  const items = ['nick="focus" role="none"', 'jid="focus@auth.meet.jitsi" affiliation="none"'];
  for (const item of items) {
    assert.equal(conditionOf(await set(owner, `<query xmlns="${ns.mucAdmin}"><item ${item}/></query>`)), "not-allowed");
  }
});

test("a banned person stays out", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  await set(owner, `<query xmlns="${ns.mucAdmin}"><item nick="${guest.nick}" affiliation="outcast"/></query>`);
  assert.deepEqual(statusesOf(await guest.next(gone(guest))), ["301", "110"]);
  guest.join(room);
  assert.equal(conditionOf(await guest.next(isError)), "forbidden");
});

test("an owner ends the meeting for everybody", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  await set(
    owner,
    `<query xmlns="${ns.mucOwner}"><destroy jid="other@muc.meet.jitsi"><reason>over</reason></destroy></query>`,
  );
  const own = await guest.next(gone(guest));
  const x = childOf(own, "x", ns.mucUser);
  const destroy = x && childOf(x, "destroy");
  assert.equal(destroy?.attrs.jid, "other@muc.meet.jitsi");
  assert.equal(destroy && childOf(destroy, "reason")?.getText(), "over");
  await harness.network.idle();
  assert.deepEqual(
    harness.focus?.heard.slice(-3).map(({ type }) => type),
    ["occupantLeft", "occupantLeft", "roomDestroyed"],
  );
  guest.join(room);
  assert.equal(conditionOf(await guest.next(isError)), "not-allowed");
});

test("a room's disco form has its meeting id, and the start once two are there", async () => {
  await using harness = await Harness.start();
  const a = await harness.client();
  await a.enter(room);
  const info = async () => fieldsOf(childOf(await get(a, `<query xmlns="${ns.discoInfo}"/>`), "query", ns.discoInfo));
  const alone = await info();
  assert.equal(alone.FORM_TYPE, "http://jabber.org/protocol/muc#roominfo");
  assert.equal(alone["muc#roominfo_created_timestamp"], undefined);
  const b = await harness.client();
  await b.enter(room);
  await a.next((stanza) => statusesOf(stanza).includes("104"));
  const together = await info();
  assert.equal(together["muc#roominfo_meetingId"], alone["muc#roominfo_meetingId"]);
  assert.ok(Number(together["muc#roominfo_created_timestamp"]) > 0);
});

test("chat reaches everybody with its id, and who comes later gets it with its time", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  guest.send(
    `<message to="${room}" type="groupchat" id="m1"><body>hello</body><nick xmlns="${ns.nick}">Fake</nick></message>`,
  );
  for (const client of [owner, guest]) {
    const message = await client.next(withBody("hello"));
    assert.equal(message.attrs.id, "m1");
    assert.equal(message.attrs.from, `${room}/${guest.nick}`);
    assert.equal(childOf(message, "nick"), undefined);
  }
  const late = await harness.client();
  await late.enter(room);
  const history = await late.next(withBody("hello"));
  assert.ok(childOf(history, "delay", ns.delay)?.attrs.stamp);
  const subject = await late.next((stanza) => childOf(stanza, "subject") !== undefined);
  assert.equal(subject.attrs.type, "groupchat");
  assert.equal(harness.focus?.of("messageSent").length, 1);
});

test("history is bounded, and json-messages are not in it", async () => {
  const limits = { history: { messages: 3, characters: 10_000 } };
  await using met = await meeting({ limits });
  const { harness, owner } = met;
  for (let number = 1; number <= 5; number++) {
    owner.send(`<message to="${room}" type="groupchat"><body>n${number}</body></message>`);
  }
  owner.send(
    `<message to="${room}" type="groupchat"><json-message xmlns="${ns.jitmeet}">{"type":"x"}</json-message></message>`,
  );
  await owner.next((stanza) => childOf(stanza, "json-message", ns.jitmeet) !== undefined);
  const late = await harness.client();
  await late.enter(room);
  await late.next((stanza) => childOf(stanza, "subject") !== undefined);
  const texts = late.stanzas.map((stanza) => childOf(stanza, "body")?.getText()).filter((text) => text !== undefined);
  assert.deepEqual(texts, ["n3", "n4", "n5"]);
});

test("a private message reaches one person only", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  const third = await harness.client();
  await third.enter(room);
  owner.send(`<message to="${room}/${guest.nick}" type="chat" id="p1"><body>psst</body><reply to="m0"/></message>`);
  const message = await guest.next(withBody("psst"));
  assert.equal(message.attrs.from, `${room}/${owner.nick}`);
  assert.equal(message.attrs.type, "chat");
  assert.equal(childOf(message, "reply")?.attrs.xmlns, ns.reply);
  await third.settled();
  assert.equal(third.has(withBody("psst")), false);
});

test("only a moderator sets the subject", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  guest.send(`<message to="${room}" type="groupchat" id="s"><subject>mine</subject></message>`);
  assert.equal(conditionOf(await guest.next((stanza) => stanza.attrs.id === "s")), "forbidden");
  owner.send(`<message to="${room}" type="groupchat"><subject>Maths &amp; more</subject></message>`);
  const subject = await guest.next((stanza) => childOf(stanza, "subject")?.getText() === "Maths & more");
  assert.equal(subject.attrs.from, `${room}/${owner.nick}`);
});

test("a message that is too long, too often, or from outside is refused to its sender", async () => {
  const limits = { messagesPerMember: { perSecond: 1, burst: 2 } };
  await using met = await meeting({ limits });
  const { harness, owner, guest } = met;
  const say = (client: ScriptedClient, id: string, text: string) =>
    client.send(`<message to="${room}" type="groupchat" id="${id}"><body>${text}</body></message>`);
  const refusal = async (client: ScriptedClient, id: string) =>
    conditionOf(await client.next((stanza) => stanza.attrs.id === id && stanza.attrs.type === "error"));
  say(guest, "long", "a".repeat(8_193));
  assert.equal(await refusal(guest, "long"), "policy-violation");
  for (const id of ["f1", "f2", "f3"]) say(guest, id, "fast");
  assert.equal(await refusal(guest, "f3"), "resource-constraint");
  const outsider = await harness.client();
  say(outsider, "out", "hi");
  assert.equal(await refusal(outsider, "out"), "not-acceptable");
  await owner.settled();
});

test("all of a room together may say so much in a second", async () => {
  const limits = { messagesPerRoom: { perSecond: 1, burst: 2 } };
  await using met = await meeting({ limits });
  const { owner, guest } = met;
  owner.send(`<message to="${room}" type="groupchat" id="r1"><body>1</body></message>`);
  await guest.next(withBody("1"));
  guest.send(`<message to="${room}" type="groupchat" id="r2"><body>2</body></message>`);
  await owner.next(withBody("2"));
  owner.send(`<message to="${room}" type="groupchat" id="r3"><body>3</body></message>`);
  assert.equal(conditionOf(await owner.next((stanza) => stanza.attrs.id === "r3")), "resource-constraint");
});

test("presences that come too fast are held back, and the last of them counts", async () => {
  const clock = new ManualClock(Date.now());
  await using met = await meeting({ clock, limits: { presencesPerMember: { perSecond: 1, burst: 2 } } });
  const { owner, guest } = met;
  for (let number = 1; number <= 9; number++) {
    owner.send(`<presence to="${room}/${owner.nick}"><n>${number}</n></presence>`);
  }
  await owner.settled();
  await clock.advance(2_000);
  await guest.next((stanza) => childOf(stanza, "n")?.getText() === "9");
  const relayed = guest.stanzas.filter((stanza) => childOf(stanza, "n")).length;
  assert.ok(relayed < 9, `${relayed} relayed`);
});

test("IQs between occupants are passed on both ways, with the addresses of the room", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  const asked = get(owner, `<query xmlns="${ns.discoInfo}" node="n#v"/>`, `${room}/${guest.nick}`);
  const iq = await guest.next((stanza) => stanza.name === "iq");
  assert.equal(iq.attrs.from, `${room}/${owner.nick}`);
  assert.equal(iq.attrs.to, guest.jid);
  guest.send(`<iq type="result" id="${iq.attrs.id}" to="${iq.attrs.from}"><query xmlns="${ns.discoInfo}"/></iq>`);
  const answer = await asked;
  assert.equal(answer.attrs.from, `${room}/${guest.nick}`);
  assert.equal(conditionOf(await get(owner, "<x/>", `${room}/nobody`)), "item-not-found");
});

test("nobody outside a room reaches those inside", async () => {
  await using met = await meeting();
  const { harness, guest } = met;
  const outsider = await harness.client();
  assert.equal(conditionOf(await get(outsider, "<x/>", `${room}/${guest.nick}`)), "not-acceptable");
  const jingle = `<jingle xmlns="${ns.jingle}" action="session-terminate" sid="s"/>`;
  assert.equal(conditionOf(await set(outsider, jingle, `${room}/focus`)), "not-acceptable");
});

const badNicks = ["focus", "_x", "a-b", "a b", "a".repeat(65), "ä", "a/b"];

test("a nickname is letters, digits and underscores, at most 64, not another's and not changed", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const stranger = await harness.client();
  for (const nick of badNicks) {
    stranger.join(room, nick);
    assert.equal(conditionOf(await stranger.next("presence")), "not-acceptable", nick);
  }
  stranger.join(room, owner.nick);
  assert.equal(conditionOf(await stranger.next("presence")), "conflict");
  stranger.join(room, "a".repeat(64));
  await stranger.joined(room);
  stranger.send(`<presence to="${room}/other"/>`);
  assert.equal(conditionOf(await stranger.next(isError)), "not-acceptable");
});

test("who enters again from the same stream gets everything again, and nobody sees it join twice", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  guest.join(room);
  await guest.next((stanza) => stanza.attrs.from === `${room}/focus`);
  await guest.next(from(owner));
  await guest.joined(room);
  await harness.network.idle();
  assert.equal(harness.focus?.of("occupantJoined").length, 2);
});

test("a full room says so", async () => {
  await using met = await meeting({ env: { XMPP_MAX_OCCUPANTS: "2" } });
  const third = await met.harness.client();
  third.join(room);
  assert.equal(conditionOf(await third.next("presence")), "service-unavailable");
});

test("one stream is in at most so many rooms", async () => {
  await using harness = await Harness.start({ limits: { roomsPerSession: 2 } });
  const a = await harness.client();
  for (const name of ["one", "two"]) await a.enter(`${name}@muc.meet.jitsi`);
  await a.conference("three@muc.meet.jitsi");
  a.join("three@muc.meet.jitsi");
  assert.equal(conditionOf(await a.next(isError)), "resource-constraint");
});

test("an empty room is gone after ten seconds, one that nobody entered after fifteen", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const a = await harness.client();
  await a.enter(room);
  await a.conference("other@muc.meet.jitsi");
  a.send(`<presence to="${room}/${a.nick}" type="unavailable"/>`);
  await a.next(gone(a));
  await clock.advance(9_000);
  assert.equal(harness.focus?.of("roomDestroyed").length, 0);
  await clock.advance(1_000);
  await harness.network.idle();
  assert.equal(harness.focus?.of("roomDestroyed").length, 1);
  await clock.advance(5_000);
  await harness.network.idle();
  assert.equal(harness.focus?.of("roomDestroyed").length, 2);
});

test("a join that waits for a room longer than ten seconds is told to come back later", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const never = Promise.withResolvers<void>();
  if (harness.focus) harness.focus.gate = never.promise;
  const a = await harness.client();
  void a.conference(room).catch(() => {});
  a.join(room);
  await a.settled();
  await clock.advance(10_000);
  const refused = await a.next((stanza) => stanza.name === "presence");
  assert.equal(conditionOf(refused), "service-unavailable");
});

test("one address opens so many rooms in a minute; a class that opens one room together opens one", async () => {
  await using harness = await Harness.start({ env: { XMPP_ROOM_CREATION_PER_MINUTE: "2" } });
  const clients = await Promise.all(Array.from({ length: 40 }, () => harness.client()));
  await Promise.all(clients.map((client) => client.enter(room)));
  const [a] = clients;
  assert.equal((await a?.conference("second@muc.meet.jitsi"))?.attrs.type, "result");
  const refused = await a?.conference("third@muc.meet.jitsi");
  assert.equal(conditionOf(refused ?? assert.fail()), "resource-constraint");
});

test("while the focus is away a conference request waits for it", async () => {
  await using harness = await Harness.start({ withFocus: false });
  const a = await harness.client();
  const asked = a.conference(room);
  await a.settled();
  const focus = new FakeFocus(harness.network);
  assert.equal((await asked).attrs.type, "result");
  focus.close();
});

test("room names in any script have one id, and tenants have rooms of their own", async () => {
  await using harness = await Harness.start();
  const a = await harness.client();
  const name = encodeURIComponent("5а класс").toLowerCase();
  await a.enter(`${name}@muc.meet.jitsi`);
  await a.conference("standup@muc.school7.meet.jitsi");
  a.join("standup@muc.school7.meet.jitsi");
  await a.joined("standup@muc.school7.meet.jitsi");
  await harness.network.idle();
  const refs = harness.focus?.of<OccupantLeft>("occupantJoined").map(({ room: ref }) => ref);
  assert.equal(refs?.[0]?.room, roomId("5а класс"));
  assert.equal(refs?.[0]?.name, name);
  assert.equal(refs?.[0]?.tenant, "main");
  assert.equal(refs?.[1]?.room, roomId("standup", "school7"));
  assert.equal(refs?.[1]?.tenant, "school7");
});

test("what a client can do is asked once per version, and follows as an update", async () => {
  await using harness = await Harness.start();
  const info = { identities: [{ category: "client", type: "web", name: "x" }], features: ["b", "a"] };
  const ver = verificationOf(info);
  const caps = `<c xmlns="${ns.caps}" hash="sha-1" node="n" ver="${ver}"/>`;
  const a = await harness.client();
  await a.conference(room);
  a.join(room, a.nick, caps);
  const asked = await a.next((stanza) => stanza.name === "iq" && childOf(stanza, "query", ns.discoInfo) !== undefined);
  assert.equal(asked.attrs.from, `${room}/focus`);
  const answer = '<identity category="client" type="web" name="x"/><feature var="b"/><feature var="a"/>';
  a.send(
    `<iq type="result" id="${asked.attrs.id}" to="${asked.attrs.from}"><query xmlns="${ns.discoInfo}">${answer}</query></iq>`,
  );
  await harness.focus?.hears(() => (harness.focus?.of("occupantUpdated").length ?? 0) > 0);
  assert.deepEqual(harness.focus?.of<OccupantUpdated>("occupantUpdated")[0]?.occupant?.features, ["b", "a"]);
  const b = await harness.client();
  b.join(room, b.nick, caps);
  await b.joined(room);
  await b.settled();
  assert.equal(
    b.has((stanza) => childOf(stanza, "query", ns.discoInfo) !== undefined),
    false,
  );
  assert.deepEqual(harness.focus?.of<OccupantUpdated>("occupantJoined").at(-1)?.occupant?.features, ["b", "a"]);
});

test("a lie about what a version means is believed of the liar alone", async () => {
  await using harness = await Harness.start();
  const caps = `<c xmlns="${ns.caps}" hash="sha-1" node="n" ver="victim"/>`;
  const a = await harness.client();
  await a.conference(room);
  a.join(room, a.nick, caps);
  const asked = await a.next((stanza) => stanza.name === "iq" && childOf(stanza, "query", ns.discoInfo) !== undefined);
  a.send(
    `<iq type="result" id="${asked.attrs.id}" to="${asked.attrs.from}"><query xmlns="${ns.discoInfo}"><feature var="lie"/></query></iq>`,
  );
  await harness.focus?.hears(() => (harness.focus?.of("occupantUpdated").length ?? 0) > 0);
  const b = await harness.client();
  b.join(room, b.nick, caps);
  await b.next((stanza) => stanza.name === "iq" && childOf(stanza, "query", ns.discoInfo) !== undefined);
});

test("a mute goes to the focus, and from it to the client", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  const mute = `<mute xmlns="${ns.muteAudio}" jid="${room}/${guest.nick}">true</mute>`;
  assert.equal((await set(owner, mute, `${room}/focus`)).attrs.type, "result");
  const asked = harness.focus?.asked.find(({ type }) => type === "requestMute")?.message as Record<string, unknown>;
  assert.deepEqual([asked.endpoint, asked.target, asked.media, asked.muted], [owner.nick, guest.nick, "audio", true]);
  const elsewhere = mute.replace(room, "other@muc.meet.jitsi");
  assert.equal(conditionOf(await set(owner, elsewhere, `${room}/focus`)), "bad-request");
  const told = harness.focus?.bus.request(
    xmpp.askToMute,
    { unit },
    { room: roomRef(harness), endpoint: guest.nick, media: "audio", actor: owner.nick },
  );
  const iq = await guest.next((stanza) => childOf(stanza, "mute", ns.muteAudio) !== undefined);
  assert.equal(childOf(iq, "mute")?.attrs.actor, `${room}/${owner.nick}`);
  assert.equal(childOf(iq, "mute")?.getText(), "true");
  guest.send(`<iq type="result" id="${iq.attrs.id}" to="${room}/focus"/>`);
  await told;
});

test("the focus closes a room with people in it, and they learn why", async () => {
  await using met = await meeting();
  const { harness, guest } = met;
  const request = { room: roomRef(harness), reason: "limit", text: "time is up" };
  await harness.focus?.bus.request(xmpp.closeRoom, { unit }, request);
  const own = await guest.next(gone(guest));
  assert.ok(isOwn(own));
  await harness.focus?.bus.request(xmpp.closeRoom, { unit }, request);
});

test("a room that the focus takes for empty is kept for who has just come in", async () => {
  await using met = await meeting();
  const { harness, guest, owner } = met;
  const request = { room: roomRef(harness), reason: "empty", onlyEmpty: true };
  const closing = harness.focus?.bus.request(xmpp.closeRoom, { unit }, request) ?? assert.fail();
  await assert.rejects(closing, { code: "failed-precondition" });
  guest.send(`<message type="groupchat" to="${room}"><body>still here</body></message>`);
  await owner.next((stanza) => childOf(stanza, "body")?.getText() === "still here");
});

test("the focus is told what it asks wrongly", async () => {
  await using met = await meeting();
  const { harness, guest } = met;
  const bus = harness.focus?.bus ?? assert.fail();
  const ref = roomRef(harness);
  await assert.rejects(bus.request(xmpp.kickOccupant, { unit }, { room: ref, endpoint: "nobody" }), {
    code: "not-found",
  });
  await assert.rejects(bus.request(xmpp.openRoom, { unit }, {}), { code: "invalid-argument" });
  await assert.rejects(bus.request(xmpp.initiateSession, { unit }, { room: ref, endpoint: guest.nick }), {
    code: "invalid-argument",
  });
  await assert.rejects(bus.request(xmpp.askToMute, { unit }, { room: ref, endpoint: guest.nick, media: "smell" }), {
    code: "invalid-argument",
  });
});

test("a presence that is too big is refused, and the room keeps the last good one", async () => {
  await using met = await meeting({ limits: { presenceBytes: 1_000 } });
  const { owner, guest } = met;
  owner.send(`<presence to="${room}/${owner.nick}"><x-big>${"a".repeat(1_001)}</x-big></presence>`);
  assert.equal(conditionOf(await owner.next(isError)), "policy-violation");
  await guest.settled();
  assert.equal(
    guest.has((stanza) => childOf(stanza, "x-big") !== undefined),
    false,
  );
});
