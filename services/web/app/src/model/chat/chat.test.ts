import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import type { Room } from "../../protocol/conference/room.ts";
import { childNamed, textOfChild, type XmlElement, xml } from "../../protocol/xml/element.ts";
import type { XmppConnection } from "../../protocol/xmpp/connection.ts";
import { NS } from "../../protocol/xmpp/namespaces.ts";
import { Permissions } from "../call/permissions.ts";
import { CallState } from "../call/state.ts";
import { Chat } from "./chat.ts";

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

const person = (id: string, name: string, isModerator = false) => ({ id, name, isModerator }) as Occupant;

function meeting(options: { readonly outside?: boolean } = {}) {
  const state = new CallState();
  state.selfId.value = "me";
  state.name.value = "Me";
  state.link.value = "connected";
  for (const each of [person("ann", "Ann"), person("bob", "Bob", true)]) state.setOccupant(each);
  const sent: XmlElement[] = [];
  let number = 0;
  const connection = {
    newId: () => `id${++number}`,
    send: (stanza: XmlElement) => sent.push(stanza),
  } as unknown as XmppConnection;
  let place: Room | undefined = { jid: "r@muc.x" } as Room;
  const permissions = new Permissions({ state });
  const chat = new Chat({ state, connection, room: () => place }, permissions);
  const receive = (attrs: Record<string, string>, ...children: XmlElement[]) =>
    chat.stanza(xml("message", { type: "groupchat", ...attrs }, ...children));
  const subject = () => receive({ from: "r@muc.x" }, xml("subject", {}));
  if (!options.outside) subject();
  return {
    state,
    chat,
    permissions,
    sent,
    receive,
    subject,
    say: (from: string, text: string, id: string, ...more: XmlElement[]) =>
      receive({ from: `r@muc.x/${from}`, id }, xml("body", {}, text), ...more),
    leave: () => {
      place = undefined;
      chat.left();
    },
    enter: () => {
      place = { jid: "r@muc.x" } as Room;
    },
    texts: () => chat.lines.value.map(({ text }) => text),
  };
}

const delay = xml("delay", { xmlns: NS.delay, stamp: "2026-09-01T08:00:00Z" });

test("own words are on the page at once and are sent when the room repeats them", () => {
  const { chat, sent, say } = meeting();
  assert.equal(chat.send(" hi "), undefined);
  assert.deepEqual(
    chat.lines.value.map(({ text, delivery, isOwn }) => ({ text, delivery, isOwn })),
    [{ text: "hi", delivery: "sending", isOwn: true }],
  );
  say("me", "hi", sent[0]?.attrs.id ?? "");
  assert.equal(chat.lines.value.length, 1);
  assert.equal(chat.lines.value[0]?.delivery, "sent");
  assert.equal(chat.unread.value, 0);
});

test("a refusal is shown at the message, which may be sent once more", () => {
  const { chat, sent, receive } = meeting();
  chat.send("too fast");
  const error = xml("error", { type: "wait" }, xml("resource-constraint", { xmlns: NS.stanzaErrors }));
  assert.ok(receive({ from: "r@muc.x", type: "error", id: sent[0]?.attrs.id ?? "" }, error));
  const line = chat.lines.value[0];
  assert.deepEqual([line?.delivery, line?.problem], ["failed", "tooFast"]);
  chat.sendAgain(line?.key ?? "");
  assert.deepEqual([chat.lines.value.length, sent.length, chat.lines.value[0]?.delivery], [1, 2, "sending"]);
});

test("what is too long does not leave the page", () => {
  const { chat, sent } = meeting();
  assert.equal(chat.send("ж".repeat(5000)), "tooLong");
  assert.deepEqual([sent.length, chat.lines.value.length], [0, 0]);
});

test("a room entered again repeats nothing, and what got lost with the line is sent again under the same id", () => {
  const { chat, sent, say, leave, enter, subject, texts } = meeting();
  say("ann", "one", "a1");
  chat.send("arrived");
  chat.send("lost");
  leave();
  chat.send("written meanwhile");
  assert.equal(sent.length, 2);
  enter();
  say("ann", "one", "a1", delay);
  say("me", "arrived", sent[0]?.attrs.id ?? "", delay);
  say("ann", "two", "a2", delay);
  subject();
  assert.deepEqual(texts(), ["one", "arrived", "lost", "written meanwhile", "two"]);
  assert.deepEqual(
    sent.slice(2).map((each) => textOfChild(each, "body")),
    ["lost", "written meanwhile"],
  );
  assert.equal(sent[2]?.attrs.id, sent[1]?.attrs.id);
  subject();
  assert.equal(sent.length, 4, "a changed subject sends nothing");
});

test("who comes late reads what was said, with the names of those who left, and is not told of each line", () => {
  const { chat, state, say, subject } = meeting({ outside: true });
  say("gone", "before you", "g1", delay, xml("display-name", {}, "Gleb"));
  subject();
  assert.equal(chat.lines.value[0]?.name, "Gleb");
  assert.equal(chat.unread.value, 1);
  assert.deepEqual(state.notices.list.value, []);
});

test("unread messages are counted from the first one on while nobody looks", () => {
  const { chat, state, say } = meeting();
  say("ann", "one", "a1");
  say("bob", "two", "b1");
  assert.equal(chat.unread.value, 2);
  assert.equal(chat.firstUnread.value, chat.lines.value[0]?.key);
  assert.deepEqual(
    state.notices.list.value.map(({ text, values }) => [text, values?.name]),
    [["notify.chatMessage", "Bob"]],
  );
  chat.watch(true);
  say("ann", "three", "a2");
  assert.equal(chat.unread.value, 0);
});

test("a private message goes to one person, and so does its answer and what is said of it", () => {
  const { chat, sent, receive } = meeting();
  receive({ from: "r@muc.x/ann", type: "chat", id: "p1" }, xml("body", {}, "psst"));
  const line = chat.lines.value[0];
  assert.ok(line?.isPrivate);
  assert.deepEqual(chat.privacyDoubt(Date.now()), { id: "ann", name: "Ann" });
  chat.answer(line);
  assert.equal(chat.privacyDoubt(Date.now()), undefined);
  chat.send("yes?");
  chat.toggleReaction(line, "👍");
  assert.deepEqual(
    sent.map(({ attrs }) => [attrs.to, attrs.type]),
    [
      ["r@muc.x/ann", "chat"],
      ["r@muc.x/ann", "chat"],
    ],
  );
  assert.equal(childNamed(sent[0], "reply")?.attrs.to, "p1");
  assert.equal(chat.lines.value[1]?.delivery, "sent");
});

test("nobody says or takes back anything of a private message who is not part of it", () => {
  const { chat, receive } = meeting();
  receive({ from: "r@muc.x/ann", type: "chat", id: "p1" }, xml("body", {}, "psst"));
  const retract = xml("retract", { xmlns: NS.retract, id: "p1" });
  receive({ from: "r@muc.x/bob", type: "chat", id: "x" }, retract);
  receive({ from: "r@muc.x/bob", id: "x" }, retract);
  const reactions = xml("reactions", { xmlns: NS.reactions, id: "p1" }, xml("reaction", {}, "👍"));
  receive({ from: "r@muc.x/bob", type: "chat", id: "x" }, reactions);
  assert.equal(chat.lines.value[0]?.isRetracted, false);
  assert.equal(chat.lines.value[0]?.reactions.size, 0);
  receive({ from: "r@muc.x/ann", type: "chat", id: "x" }, retract);
  assert.equal(chat.lines.value[0]?.isRetracted, true);
});

test("a moderator takes others' words back; where the server refuses, they are there again", () => {
  const { chat, state, say, sent, receive } = meeting();
  say("ann", "nonsense", "a1");
  const line = () => chat.lines.value[0] ?? assert.fail();
  assert.ok(!chat.mayRetract(line()));
  state.isModerator.value = true;
  chat.retract(line());
  assert.deepEqual([line().isRetracted, line().text], [true, ""]);
  const error = xml("error", { type: "auth" }, xml("forbidden", { xmlns: NS.stanzaErrors }));
  receive({ from: "r@muc.x", type: "error", id: sent[0]?.attrs.id ?? "" }, error);
  assert.deepEqual([line().isRetracted, line().text], [false, "nonsense"]);
  receive(
    { from: "r@muc.x/ann", id: "x" },
    xml("retract", { xmlns: NS.retract, id: "a1" }),
    xml("body", {}, "was taken back"),
  );
  assert.equal(line().isRetracted, true);
  assert.equal(chat.lines.value.length, 1);
});

test("whoever may not write to all may still read, and answer where that is allowed", () => {
  const { chat, permissions } = meeting();
  const element = xml("permissions", { xmlns: NS.jitmeet }, xml("p", { name: "send-groupchat", val: "false" }));
  permissions.presence(xml("presence", {}, element), person("me", "Me"));
  assert.equal(chat.mayWrite.value, false);
  assert.equal(chat.send("hi"), "notAllowed");
  chat.openPrivate("ann");
  assert.equal(chat.mayWrite.value, true);
});

test("a private message is never sent to all because its receiver has left", () => {
  const { chat, state, sent } = meeting();
  chat.openPrivate("ann");
  state.dropOccupants(["ann"]);
  assert.ok(chat.isRecipientGone.value);
  assert.equal(chat.send("only for you"), "gone");
  assert.equal(sent.length, 0);
});

test("the server's own words are no participant's", () => {
  const { chat } = meeting();
  const json = { type: "system_chat_message", message: "at noon" };
  chat.json(json, "r@muc.x/ann");
  assert.equal(chat.lines.value.length, 0);
  chat.json(json, "announcements.x");
  assert.deepEqual([chat.lines.value[0]?.kind, chat.lines.value[0]?.text], ["system", "at noon"]);
});
