import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { changeLiveSettings } from "@veche/kit/live-settings.ts";
import type { MessageSent } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, childrenOf, type Element } from "../codec/xml/element.ts";
import { serialise } from "../codec/xml/serialise.ts";
import { Harness } from "../testing/harness.ts";
import { conditionOf, type ScriptedClient } from "../testing/scripted-client.ts";
import { comeBack, isError, leave, meeting, room, withBody } from "../testing/talk.ts";
import { tokenOf, withToken, withTokens } from "../testing/tokens.ts";

function toAll(client: ScriptedClient, content: string, id = client.id()): void {
  client.send(`<message to="${room}" type="groupchat" id="${id}">${content}</message>`);
}

function toOne(client: ScriptedClient, nick: string, content: string, id = client.id()): void {
  client.send(`<message to="${room}/${nick}" type="chat" id="${id}">${content}</message>`);
}

const reactions = (id: string, ...emoji: readonly string[]) =>
  `<reactions xmlns="${ns.reactions}" id="${id}">${emoji.map((one) => `<reaction>${one}</reaction>`).join("")}` +
  `<store xmlns="${ns.hints}"/></reactions>`;

const retraction = (id: string) =>
  `<retract xmlns="${ns.retract}" id="${id}"/><fallback xmlns="urn:xmpp:fallback:0" for="${ns.retract}"/>` +
  `<body>a message was taken back</body><store xmlns="${ns.hints}"/>`;

const hasReactions = (stanza: Element) => childOf(stanza, "reactions", ns.reactions) !== undefined;
const isRetraction = (stanza: Element) => childOf(stanza, "retract", ns.retract) !== undefined;

/** What somebody who comes now reads of the past. */
async function history(met: { readonly harness: Parameters<typeof comeBack>[0] }): Promise<readonly Element[]> {
  const late = await met.harness.client();
  await late.enter(room);
  await late.settled();
  return late.stanzas.filter((stanza) => childOf(stanza, "delay", ns.delay) !== undefined);
}

const bodies = (stanzas: readonly Element[]) => stanzas.map((stanza) => childOf(stanza, "body")?.getText());

test("chat reaches everybody with its id, and who comes later with its time and its author's name", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  guest.send(`<presence to="${room}/${guest.nick}"><nick xmlns="${ns.nick}">Ann</nick></presence>`);
  toAll(guest, "<body>hello</body>", "m1");
  for (const client of [owner, guest]) {
    const said = await client.next(withBody("hello"));
    assert.deepEqual([said.attrs.id, said.attrs.from, said.attrs.type], ["m1", `${room}/${guest.nick}`, "groupchat"]);
    assert.equal(childOf(said, "display-name"), undefined);
  }
  await leave(guest, room);
  const [kept] = await history(met);
  assert.equal(kept && childOf(kept, "display-name", ns.displayName)?.getText(), "Ann");
  assert.deepEqual([kept?.attrs.id, kept?.attrs.from], ["m1", `${room}/${guest.nick}`]);
});

test("names, origins and times that only the server says are stripped from messages", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  const forged =
    `<nick xmlns="${ns.nick}">Boss</nick><delay xmlns="${ns.delay}" stamp="2020-01-01T00:00:00Z"/>` +
    `<display-name xmlns="${ns.displayName}" source="visitor">Boss</display-name>` +
    `<addresses xmlns="${ns.addresses}"><address type="ofrom" jid="boss@x/y"/></addresses>` +
    `<stanza-id xmlns="${ns.stanzaIds}" by="${room}" id="1"/><x xmlns="${ns.mucUser}"><status code="104"/></x>`;
  toAll(guest, `<body>public</body>${forged}`);
  toOne(guest, owner.nick, `<body>private</body>${forged}`);
  for (const text of ["public", "private"]) {
    const said = await owner.next(withBody(text));
    assert.deepEqual(
      said.children.map((child) => (typeof child === "string" ? child : child.name)),
      ["body"],
    );
  }
});

test("a private message reaches one, is kept nowhere, and replies say what to", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  const third = await harness.client();
  await third.enter(room);
  toOne(guest, owner.nick, `<body>psst</body><reply to="m1"/>`, "m2");
  const said = await owner.next(withBody("psst"));
  assert.deepEqual([said.attrs.type, said.attrs.from, said.attrs.id], ["chat", `${room}/${guest.nick}`, "m2"]);
  assert.equal(childOf(said, "reply", ns.reply)?.attrs.to, "m1");
  await third.settled();
  assert.equal(third.has(withBody("psst")), false);
  assert.deepEqual(await history(met), []);
  toOne(guest, "nobody", "<body>psst</body>");
  assert.equal(conditionOf(await guest.next(isError)), "item-not-found");
});

test("reactions reach all or one, and are nothing but emoji", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  toAll(guest, `${reactions("m1", "👍", "👩‍👩‍👧", "🇺🇦", "👍")}<body>fallback</body>`);
  const seen = await owner.next(hasReactions);
  const element = childOf(seen, "reactions", ns.reactions) ?? assert.fail();
  assert.equal(element.attrs.id, "m1");
  assert.deepEqual(
    childrenOf(element, "reaction").map((reaction) => reaction.getText()),
    ["👍", "👩‍👩‍👧", "🇺🇦"],
  );
  assert.equal(childOf(seen, "body"), undefined);
  toOne(guest, owner.nick, reactions("m2"));
  assert.equal(childOf(await owner.next(hasReactions), "reactions")?.attrs.id, "m2");
  const rubbish = [
    reactions("m1", "hello"),
    reactions("m1", "&lt;img src=x&gt;"),
    reactions("m1", "1234"),
    reactions("m1", "👍".repeat(20)),
    reactions("m1", ...["👍", "👎", "😀", "😁", "😂", "🤣", "😃", "😄", "😅"]),
    reactions("", "👍"),
    reactions("x".repeat(257), "👍"),
  ];
  for (const one of rubbish) {
    toAll(guest, one);
    assert.equal(conditionOf(await guest.next(isError)), "bad-request", one.slice(0, 120));
  }
  assert.deepEqual(await history(met), []);
});

test("reactions come at most so fast", async () => {
  await using met = await meeting({ limits: { reactionsPerMember: { perSecond: 0.001, burst: 2 } } });
  const { guest } = met;
  for (let reaction = 0; reaction < 3; reaction++) toAll(guest, reactions("m1", "👍"));
  assert.equal(conditionOf(await guest.next(isError)), "resource-constraint");
});

test("its author takes a message back: everybody is told, and nobody reads it later, not even after a crash", async () => {
  const clock = new ManualClock(1_700_000_000_000);
  await using met = await meeting({ clock });
  const { harness, owner, guest, focus } = met;
  toAll(guest, "<body>wrong</body>", "m1");
  toAll(guest, "<body>right</body>", "m2");
  await owner.next(withBody("right"));
  toAll(guest, retraction("m1"));
  const told = await owner.next(isRetraction);
  assert.deepEqual([told.attrs.from, childOf(told, "retract")?.attrs.id], [`${room}/${guest.nick}`, "m1"]);
  assert.deepEqual(bodies(await history(met)), ["right"]);
  assert.equal(focus.of("messageSent").length, 2);
  await clock.advance(100);
  await harness.network.idle();
  await harness.killAndRestart();
  assert.deepEqual(bodies(await history(met)), ["right"]);
  const back = await comeBack(harness, guest);
  toAll(back, retraction("m2"));
  await (await comeBack(harness, owner)).next((stanza) => childOf(stanza, "retract")?.attrs.id === "m2");
  assert.deepEqual(await history(met), []);
});

test("nobody but its author or a moderator takes a message back, and using its id again gives nobody power over it", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  const rival = await harness.client();
  await rival.enter(room);
  toAll(guest, "<body>mine</body>", "m1");
  await rival.next(withBody("mine"));
  toAll(rival, retraction("m1"));
  assert.equal(conditionOf(await rival.next(isError)), "forbidden");
  toAll(rival, "<body>also m1</body>", "m1");
  toAll(rival, retraction("m1"));
  assert.equal(conditionOf(await rival.next(isError)), "forbidden");
  toAll(rival, retraction("unknown"));
  assert.equal(conditionOf(await rival.next(isError)), "item-not-found");
  toAll(rival, retraction(""));
  assert.equal(conditionOf(await rival.next(isError)), "bad-request");
  // Somebody else who gets the nickname is not the author.
  await leave(guest, room);
  const heir = await harness.client();
  await heir.conference(room);
  heir.join(room, guest.nick);
  await heir.joined(room);
  toAll(heir, retraction("m1"));
  assert.equal(conditionOf(await heir.next(isError)), "forbidden");
  assert.deepEqual(bodies(await history(met)), ["mine", "also m1"]);
  toAll(owner, retraction("m1"));
  await rival.next(isRetraction);
  assert.deepEqual(await history(met), []);
});

test("a private message is taken back where it went, by who wrote it", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  toOne(guest, owner.nick, "<body>psst</body>", "m1");
  await owner.next(withBody("psst"));
  toOne(guest, owner.nick, retraction("m1"));
  await owner.next(isRetraction);
  // What was said to all is not taken back from one alone, nor by a private word.
  toAll(owner, "<body>public</body>", "m2");
  await guest.next(withBody("public"));
  toOne(guest, owner.nick, retraction("m2"));
  assert.equal(conditionOf(await guest.next(isError)), "item-not-found");
});

test("of a room so many messages are known to be somebody's", async () => {
  await using met = await meeting({ limits: { authorsPerRoom: 1, history: { messages: 1, characters: 10_000 } } });
  const { owner, guest } = met;
  toAll(guest, "<body>1</body>", "m1");
  toAll(guest, "<body>2</body>", "m2");
  await owner.next(withBody("2"));
  toAll(guest, retraction("m1"));
  assert.equal(conditionOf(await guest.next(isError)), "item-not-found");
});

test("JSON of the apps is passed on to all or one and never kept; rubbish and what only the server says is refused", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  const message = (text: string) => `<json-message xmlns="${ns.jitmeet}">${text}</json-message>`;
  toAll(guest, message(`{"type":"subtitles"}`));
  toOne(guest, owner.nick, message(`{"type":"whisper"}`));
  for (const type of ["subtitles", "whisper"]) {
    await owner.next((stanza) => childOf(stanza, "json-message")?.getText() === `{"type":"${type}"}`);
  }
  for (const text of ["{", "7", "{}", `{"type":7}`]) {
    toAll(guest, message(text));
    assert.equal(conditionOf(await guest.next(isError)), "bad-request", text);
  }
  toAll(guest, message(`{"type":"lobby-notify","event":"LOBBY-ENABLED","value":true}`));
  assert.equal(conditionOf(await guest.next(isError)), "forbidden");
  assert.deepEqual(await history(met), []);
});

test("whoever may not set the subject is told as Jitsi's clients show it", async () => {
  await using met = await meeting({ limits: { subjectLength: 10 } });
  const { owner, guest } = met;
  toAll(guest, "<subject>mine</subject>");
  const refused = await guest.next(isError);
  assert.equal(conditionOf(refused), "forbidden");
  const shown = childOf(refused, "settings-error") ?? assert.fail();
  assert.equal(childOf(shown, "text")?.getText(), "only a moderator sets the subject");
  toAll(owner, "<subject>12345678901</subject>");
  assert.equal(conditionOf(await owner.next(isError)), "policy-violation");
  toAll(owner, "<subject>&lt;b&gt;%3Cb%3E</subject>");
  const set = await guest.next((stanza) => childOf(stanza, "subject")?.getText() === "<b>%3Cb%3E");
  assert.ok(!serialise(set).includes("<b>"));
  toOne(owner, guest.nick, "<subject>x</subject>");
  assert.equal(conditionOf(await owner.next(isError)), "bad-request");
});

test("what no feature knows is passed on as it is", async () => {
  await using met = await meeting();
  toAll(met.guest, `<active xmlns="http://jabber.org/protocol/chatstates"/>`);
  await met.owner.next((stanza) => childOf(stanza, "active") !== undefined);
  toOne(met.guest, met.owner.nick, `<custom xmlns="urn:x"><inner a="1"/></custom>`);
  const passed = await met.owner.next((stanza) => childOf(stanza, "custom", "urn:x") !== undefined);
  assert.equal(passed.attrs.from, `${room}/${met.guest.nick}`);
});

test("while chats are not kept no text leaves the server", async () => {
  await using met = await meeting();
  const { owner, guest, focus } = met;
  toAll(guest, "<body>secret</body>", "m1");
  toOne(guest, owner.nick, "<body>more secret</body>", "m2");
  await focus.hears(() => focus.of("messageSent").length === 2);
  const said = focus.of<MessageSent>("messageSent");
  assert.deepEqual(
    said.map((event) => [event.endpoint, event.private, event.text, event.message, event.to]),
    [
      [guest.nick, false, "", "", ""],
      [guest.nick, true, "", "", ""],
    ],
  );
});

test("while the operator keeps chats the focus is told what was said, to whom and under which id", async () => {
  await using met = await meeting();
  const { harness, owner, guest, focus } = met;
  await changeLiveSettings(harness.bus, { keepChatDays: 7 }, { name: "test", nowMs: 1 });
  await harness.network.idle();
  toAll(guest, "<body>on the record</body>", "m1");
  toOne(guest, owner.nick, "<body>to you</body>", "m2");
  await focus.hears(() => focus.of("messageSent").length === 2);
  assert.deepEqual(
    focus.of<MessageSent>("messageSent").map((event) => [event.private, event.text, event.message, event.to]),
    [
      [false, "on the record", "m1", ""],
      [true, "to you", "m2", owner.nick],
    ],
  );
  await changeLiveSettings(harness.bus, { keepChatDays: 0 }, { name: "test", nowMs: 2 });
  await harness.network.idle();
  toAll(guest, "<body>off the record</body>", "m3");
  await focus.hears(() => focus.of("messageSent").length === 3);
  assert.equal(focus.of<MessageSent>("messageSent")[2]?.text, "");
});

test("P2P: two clients talk Jingle through the room, trickled candidates and their answers too", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  const jingle = (action: string, content = "") =>
    `<jingle xmlns="${ns.jingle}" action="${action}" sid="p2p1" initiator="${owner.jid}">${content}</jingle>`;
  const candidate = (port: number) =>
    `<content creator="initiator" name="audio"><transport xmlns="${ns.iceUdp}" ufrag="u" pwd="p">` +
    `<candidate component="1" foundation="1" generation="0" id="c${port}" ip="192.0.2.1" network="1" port="${port}" ` +
    `priority="1" protocol="udp" type="host"/></transport></content>`;
  const ports: (string | undefined)[] = [];
  for (const [action, content] of [
    ["session-initiate", candidate(1)],
    ["transport-info", candidate(2)],
    ["transport-info", candidate(3)],
  ]) {
    const id = owner.id();
    owner.send(`<iq type="set" id="${id}" to="${room}/${guest.nick}">${jingle(action ?? "", content)}</iq>`);
    const iq = await guest.next((stanza) => stanza.name === "iq" && childOf(stanza, "jingle", ns.jingle) !== undefined);
    assert.deepEqual([iq.attrs.from, iq.attrs.to, iq.attrs.id], [`${room}/${owner.nick}`, guest.jid, id]);
    ports.push(/port="(\d)"/.exec(serialise(iq))?.[1]);
    guest.send(`<iq type="result" id="${id}" to="${room}/${owner.nick}"/>`);
    const answer = await owner.next((stanza) => stanza.name === "iq" && stanza.attrs.id === id);
    assert.deepEqual([answer.attrs.type, answer.attrs.from], ["result", `${room}/${guest.nick}`]);
  }
  assert.deepEqual(ports, ["1", "2", "3"]);
  guest.send(`<iq type="set" id="t1" to="${room}/${owner.nick}">${jingle("session-terminate")}</iq>`);
  const ended = await owner.next((stanza) => childOf(stanza, "jingle")?.attrs.action === "session-terminate");
  assert.equal(ended.attrs.from, `${room}/${guest.nick}`);
});

test("a token that denies chat, private chat or polls is heeded; everybody else may", async () => {
  await using harness = await Harness.start({ env: withTokens });
  const denied = { "send-groupchat": false, "send-private-message": false, "create-polls": false };
  const silent = await withToken(harness, tokenOf("silent", denied));
  const guest = await harness.client();
  for (const client of [silent, guest]) await client.enter(room);
  const poll = (id: string) =>
    `<message to="polls.meet.jitsi" type="chat"><json-message xmlns="${ns.jitmeet}">{"type":"polls","command":"new-poll",` +
    `"pollId":"${id}","question":"?","answers":[{"name":"a"}]}</json-message></message>`;
  const attempts = [
    () => toAll(silent, "<body>hello</body>"),
    () => toAll(silent, reactions("m1", "👍")),
    () => toOne(silent, guest.nick, "<body>hello</body>"),
    () => toOne(silent, guest.nick, reactions("m1", "👍")),
    () => silent.send(poll("p1")),
  ];
  for (const attempt of attempts) {
    attempt();
    assert.equal(conditionOf(await silent.next(isError)), "not-allowed");
  }
  toAll(guest, "<body>I may</body>");
  await silent.next(withBody("I may"));
  guest.send(poll("p2"));
  await silent.next((stanza) => stanza.attrs.from === "polls.meet.jitsi");
});
