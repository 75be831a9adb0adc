import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import type { Room } from "../../protocol/conference/room.ts";
import { textOf, type XmlElement, xml } from "../../protocol/xml/element.ts";
import type { XmppConnection } from "../../protocol/xmpp/connection.ts";
import { NS } from "../../protocol/xmpp/namespaces.ts";
import { Permissions } from "../call/permissions.ts";
import type { ServerOffers } from "../call/server-offers.ts";
import { CallState } from "../call/state.ts";
import { newDraft, Polls } from "./polls.ts";
import { answersOf, problemOf, votersOf } from "./tally.ts";

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

const component = "polls.x";
const asked = {
  type: "polls",
  command: "new-poll",
  pollId: "p1",
  senderId: "ann",
  senderName: "Ann",
  question: "Tea?",
};
const answers = [{ name: "yes" }, { name: "no" }];

function meeting() {
  const state = new CallState();
  state.selfId.value = "me";
  const sent: XmlElement[] = [];
  let number = 0;
  const connection = {
    newId: () => `id${++number}`,
    send: (stanza: XmlElement) => sent.push(stanza),
  } as unknown as XmppConnection;
  const offers = { component: () => component } as unknown as ServerOffers;
  let jid = "r@muc.x";
  const room = () => ({ jid }) as Room;
  const polls = new Polls({ state, connection, offers, room }, new Permissions({ state }));
  const moveTo = (other: string) => {
    jid = other;
  };
  return { state, polls, sent, moveTo };
}

test("a poll is written, looked at, changed and then sent to everybody", () => {
  const { polls, sent } = meeting();
  const draft = { ...newDraft(), question: " Tea? ", options: ["yes", "", " no "] };
  polls.keep(draft);
  polls.keep({ ...draft, question: "Coffee?" });
  assert.deepEqual(
    polls.drafts.value.map(({ question, options }) => [question, options]),
    [["Coffee?", ["yes", "no"]]],
  );
  assert.equal(sent.length, 0);
  polls.send(draft.key);
  assert.deepEqual(polls.drafts.value, []);
  assert.equal(JSON.parse(textOf(sent[0])).question, "Coffee?");
});

test("a poll that the server refuses is a draft again", () => {
  const { polls, sent, state } = meeting();
  const draft = { ...newDraft(), question: "Tea?", options: ["yes", "no"] };
  polls.keep(draft);
  polls.send(draft.key);
  const error = xml("error", { type: "wait" }, xml("resource-constraint", { xmlns: NS.stanzaErrors }));
  assert.ok(polls.stanza(xml("message", { from: component, type: "error", id: sent[0]?.attrs.id }, error)));
  assert.equal(polls.drafts.value.length, 1);
  assert.equal(state.notices.list.value[0]?.text, "polls.refused");
});

test("only the component is believed", () => {
  const { polls } = meeting();
  polls.json({ ...asked, answers }, "r@muc.x/ann");
  assert.equal(polls.list.value.length, 0);
  polls.json({ ...asked, answers }, component);
  assert.equal(polls.list.value.length, 1);
});

test("who has the panel closed is told of a new poll and finds it marked", () => {
  const { polls, state } = meeting();
  polls.json({ ...asked, answers }, component);
  assert.equal(polls.unread.value, 1);
  assert.equal(state.notices.list.value[0]?.values?.question, "Tea?");
  state.openPanel("polls");
  assert.equal(polls.unread.value, 0);
  polls.json({ ...asked, pollId: "p2", answers }, component);
  assert.deepEqual([polls.unread.value, state.notices.list.value.length], [0, 0]);
});

test("votes are counted once for each person, may change, and be taken back", () => {
  const { polls } = meeting();
  polls.json({ ...asked, answers }, component);
  const vote = (senderId: string, ...given: boolean[]) =>
    polls.json(
      { type: "polls", command: "answer-poll", pollId: "p1", senderId, senderName: senderId, answers: given },
      component,
    );
  vote("bob", true, false);
  vote("me", true, true);
  vote("bob", false, true);
  const poll = polls.list.value[0] ?? assert.fail();
  assert.deepEqual(
    poll.options.map(({ voters }) => [...voters.keys()]),
    [["me"], ["me", "bob"]],
  );
  assert.deepEqual(answersOf(poll, "bob"), [false, true]);
  vote("me", false, false);
  assert.deepEqual([...votersOf(polls.list.value[0] ?? poll)], ["bob"]);
});

test("a room entered again brings no poll twice, with the votes given meanwhile", () => {
  const { polls } = meeting();
  polls.json({ ...asked, answers }, component);
  const voted = [{ name: "yes", voters: [{ id: "bob" }] }, { name: "no" }];
  polls.json({ type: "polls", command: "old-polls", polls: [{ ...asked, answers: voted }] }, component);
  assert.deepEqual([polls.list.value.length, polls.unread.value], [1, 1]);
  assert.equal(polls.list.value[0]?.options[0]?.voters.size, 1);
});

test("what is wrong with a draft is said before it is sent", () => {
  const draft = { key: "k", question: "Tea?", options: ["yes", "no"] };
  assert.equal(problemOf(draft), undefined);
  assert.equal(problemOf({ ...draft, question: " " }), "noQuestion");
  assert.equal(problemOf({ ...draft, options: ["yes", " "] }), "tooFewOptions");
  assert.equal(problemOf({ ...draft, options: ["yes", "yes "] }), "notUniqueOption");
  assert.equal(problemOf({ ...draft, question: "ж".repeat(600) }), "tooLong");
});

test("another room of the meeting has polls of its own, told before or after one is in it", () => {
  const { polls, moveTo } = meeting();
  polls.json({ ...asked, answers }, component);
  moveTo("group@breakout.x");
  polls.json({ type: "polls", command: "old-polls", polls: [{ ...asked, pollId: "p2", answers }] }, component);
  polls.entered();
  assert.deepEqual(
    polls.list.value.map(({ id }) => id),
    ["p2"],
  );
});
