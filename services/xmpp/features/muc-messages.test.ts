import assert from "node:assert/strict";
import { test } from "node:test";
import { ns } from "../codec/namespaces.ts";
import { childOf } from "../codec/xml/element.ts";
import { meeting, room, withBody } from "../testing/meeting.ts";
import { conditionOf, type ScriptedClient } from "../testing/scripted-client.ts";

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
