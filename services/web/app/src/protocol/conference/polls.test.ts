import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "../xml/element.ts";
import { answerPollMessage, MAX_POLL_OPTIONS, newPollMessage, readPollMessage } from "./polls.ts";

const head = { pollId: "p1", senderId: "ann", senderName: "Ann", question: "Tea?" };

test("a new poll has options nobody has voted for", () => {
  const message = readPollMessage({
    type: "polls",
    command: "new-poll",
    ...head,
    answers: [{ name: "yes" }, { name: "no" }],
  });
  assert.deepEqual(message, {
    type: "new",
    poll: {
      id: "p1",
      question: "Tea?",
      senderId: "ann",
      senderName: "Ann",
      options: [
        { text: "yes", voters: new Map() },
        { text: "no", voters: new Map() },
      ],
    },
  });
});

test("newcomers read who has voted, in both forms servers write it", () => {
  const answers = [
    { name: "yes", voters: [{ id: "bob", name: "Bob" }, { id: "eve" }, 7] },
    { name: "no", voters: { ann: "Ann" } },
  ];
  const message = readPollMessage({
    type: "polls",
    command: "old-polls",
    polls: [{ ...head, answers }, { pollId: 1 }],
  });
  assert.ok(message?.type === "old");
  assert.deepEqual(
    message.polls.map(({ options }) => options.map(({ voters }) => [...voters])),
    [
      [
        [
          ["bob", "Bob"],
          ["eve", ""],
        ],
        [["ann", "Ann"]],
      ],
    ],
  );
});

test("an answer is a yes or no for each option", () => {
  const json = { type: "polls", command: "answer-poll", pollId: "p1", senderId: "bob", answers: [true, "true", false] };
  assert.deepEqual(readPollMessage(json), {
    type: "answer",
    id: "p1",
    voter: "bob",
    voterName: "",
    answers: [true, false, false],
  });
});

test("what is no poll is none, and nothing is endless", () => {
  for (const json of [
    { type: "polls" },
    { type: "poll", command: "new-poll", ...head, answers: ["a"] },
    { type: "polls", command: "new-poll", ...head, answers: [] },
    { type: "polls", command: "new-poll", ...head, answers: "yes" },
    { type: "polls", command: "answer-poll", pollId: "p1", answers: [true] },
  ])
    assert.equal(readPollMessage(json), undefined, JSON.stringify(json));
  const many = readPollMessage({ type: "polls", command: "new-poll", ...head, answers: Array(500).fill("x") });
  assert.equal(many?.type === "new" && many.poll.options.length, MAX_POLL_OPTIONS);
});

test("polls and votes go to the component as JSON", () => {
  const poll = newPollMessage("polls.x", "m1", { id: "p1", question: "Tea?", options: ["yes", "no"] });
  assert.deepEqual(poll.attrs, { xmlns: "jabber:client", to: "polls.x", type: "chat", id: "m1" });
  assert.deepEqual(JSON.parse(textOf(poll)), {
    type: "polls",
    command: "new-poll",
    pollId: "p1",
    question: "Tea?",
    answers: [{ name: "yes" }, { name: "no" }],
  });
  assert.deepEqual(JSON.parse(textOf(answerPollMessage("polls.x", "m2", "p1", [true, false]))), {
    type: "polls",
    command: "answer-poll",
    pollId: "p1",
    answers: [true, false],
  });
});
