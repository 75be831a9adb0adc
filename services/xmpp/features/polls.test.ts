import assert from "node:assert/strict";
import { test } from "node:test";
import type { PollAnswered, PollClosed, PollCreated } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { ns } from "../codec/namespaces.ts";
import { serialise } from "../codec/xml/serialise.ts";
import { defaultLimits } from "../limits.ts";
import { conditionOf, type ScriptedClient } from "../testing/scripted-client.ts";
import { comeBack, get, isError, json, jsonOf, leave, meeting, room, set } from "../testing/talk.ts";

const component = "polls.meet.jitsi";

const isPolls = (command: string) => json(component, (value) => value.command === command);

function say(client: ScriptedClient, value: unknown): void {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  client.send(
    `<message to="${component}" type="chat"><json-message xmlns="${ns.jitmeet}">${escaped}</json-message></message>`,
  );
}

function ask(
  client: ScriptedClient,
  pollId: string,
  question = "Tea?",
  names: readonly string[] = ["yes", "no"],
): void {
  say(client, { type: "polls", command: "new-poll", pollId, question, answers: names.map((name) => ({ name })) });
}

function answer(client: ScriptedClient, pollId: string, answers: readonly boolean[]): void {
  say(client, { type: "polls", command: "answer-poll", pollId, answers });
}

test("clients find the component", async () => {
  await using met = await meeting();
  const info = await get(met.guest, `<query xmlns="${ns.discoInfo}"/>`, "meet.jitsi");
  assert.match(serialise(info), /<identity category="component" type="polls" name="polls.meet.jitsi"\/>/);
});

test("somebody asks, everybody sees the question and who answered what", async () => {
  await using met = await meeting();
  const { owner, guest, focus } = met;
  guest.send(`<presence to="${room}/${guest.nick}"><nick xmlns="${ns.nick}">Ann</nick></presence>`);
  ask(owner, "p1");
  assert.deepEqual(jsonOf(await guest.next(isPolls("new-poll"))), {
    type: "polls",
    command: "new-poll",
    pollId: "p1",
    senderId: owner.nick,
    question: "Tea?",
    answers: [{ name: "yes" }, { name: "no" }],
  });
  answer(guest, "p1", [true, false]);
  assert.deepEqual(jsonOf(await owner.next(isPolls("answer-poll"))), {
    type: "polls",
    command: "answer-poll",
    pollId: "p1",
    senderId: guest.nick,
    senderName: "Ann",
    answers: [true, false],
  });
  const [created] = focus.of<PollCreated>("pollCreated");
  assert.deepEqual(
    [created?.endpoint, created?.poll?.question, created?.poll?.options],
    [owner.nick, "Tea?", ["yes", "no"]],
  );
  const [answered] = focus.of<PollAnswered>("pollAnswered");
  assert.deepEqual([answered?.endpoint, answered?.poll?.result, answered?.poll?.voters], [guest.nick, [1, 0], 1]);
});

test("an answer may be changed and taken back", async () => {
  await using met = await meeting();
  const { owner, guest, focus } = met;
  ask(owner, "p1");
  for (const answers of [
    [true, true],
    [false, true],
    [false, false],
  ])
    answer(guest, "p1", answers);
  await focus.hears(() => focus.of("pollAnswered").length === 3);
  const results = focus.of<PollAnswered>("pollAnswered").map(({ poll }) => [poll?.result, poll?.voters]);
  assert.deepEqual(results, [
    [[1, 1], 1],
    [[0, 1], 1],
    [[0, 0], 0],
  ]);
});

test("who comes later sees the polls with everybody's answers, after its own presence", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  ask(owner, "p1");
  ask(guest, "p2", "Coffee?");
  answer(guest, "p1", [false, true]);
  await owner.next(isPolls("answer-poll"));
  const late = await harness.client();
  await late.enter(room);
  const old = jsonOf<{ polls: readonly Record<string, unknown>[] }>(await late.next(isPolls("old-polls")));
  assert.deepEqual(old?.polls, [
    {
      pollId: "p1",
      senderId: owner.nick,
      question: "Tea?",
      answers: [
        { name: "yes", voters: [] },
        { name: "no", voters: [{ id: guest.nick }] },
      ],
    },
    {
      pollId: "p2",
      senderId: guest.nick,
      question: "Coffee?",
      answers: [
        { name: "yes", voters: [] },
        { name: "no", voters: [] },
      ],
    },
  ]);
});

test("many polls come to newcomers in messages of a bearable size", async () => {
  await using met = await meeting({ limits: { listCharacters: 1_000 } });
  const { harness, owner } = met;
  for (const id of ["1", "2", "3"]) ask(owner, id, "x".repeat(600));
  await owner.next((stanza) => jsonOf(stanza)?.pollId === "3");
  const late = await harness.client();
  await late.enter(room);
  const ids: unknown[] = [];
  for (let message = 0; message < 3; message++) {
    const old = jsonOf<{ polls: readonly { pollId: string }[] }>(await late.next(isPolls("old-polls")));
    ids.push(...(old?.polls.map(({ pollId }) => pollId) ?? []));
  }
  assert.deepEqual(ids, ["1", "2", "3"]);
});

test("rubbish is answered, and reaches nobody", async () => {
  await using met = await meeting();
  const { harness, owner, guest, focus } = met;
  const poll = { type: "polls", command: "new-poll", pollId: "p1", question: "?", answers: [{ name: "a" }] };
  const rubbish: readonly [string, unknown, string][] = [
    ["no JSON", "{", "bad-request"],
    ["a list", "[]", "bad-request"],
    ["no type", { ...poll, type: undefined }, "bad-request"],
    ["another type", { ...poll, type: "av_moderation" }, "bad-request"],
    ["an unknown command", { ...poll, command: "explode" }, "bad-request"],
    ["no id", { ...poll, pollId: 7 }, "bad-request"],
    ["a long id", { ...poll, pollId: "x".repeat(65) }, "bad-request"],
    ["no question", { ...poll, question: { html: "<b>" } }, "bad-request"],
    ["a question of 1,025 bytes", { ...poll, question: "é".repeat(513) }, "bad-request"],
    ["no answers", { ...poll, answers: [] }, "bad-request"],
    ["an answer without a name", { ...poll, answers: [{}] }, "bad-request"],
    ["an answer of 1,025 bytes", { ...poll, answers: [{ name: "x".repeat(1_025) }] }, "bad-request"],
    ["33 answers", { ...poll, answers: Array.from({ length: 33 }, () => ({ name: "a" })) }, "bad-request"],
    ["more than a message has", { ...poll, more: "x".repeat(9_000) }, "policy-violation"],
    ["answers that are not true or false", { ...poll, command: "answer-poll", answers: [1] }, "bad-request"],
    [
      "an answer to nothing",
      { type: "polls", command: "answer-poll", pollId: "none", answers: [true] },
      "item-not-found",
    ],
  ];
  for (const [what, value, condition] of rubbish) {
    say(owner, value);
    assert.equal(conditionOf(await owner.next(isError)), condition, what);
  }
  owner.send(`<message to="${component}"><body>hello</body></message>`);
  assert.equal(conditionOf(await owner.next(isError)), "bad-request");
  const stranger = await harness.client();
  ask(stranger, "p9");
  assert.equal(conditionOf(await stranger.next(isError)), "not-acceptable");
  await guest.settled();
  assert.equal(
    guest.has((stanza) => stanza.attrs.from === component),
    false,
  );
  assert.equal(focus.of("pollCreated").length, 0);
});

test("a second poll of the same id, one too many, and too many in a short time are refused", async () => {
  const polls = { ...defaultLimits.polls, perRoom: 2, commandsPerMember: { perSecond: 0.001, burst: 4 } };
  await using met = await meeting({ limits: { polls } });
  const { owner } = met;
  ask(owner, "p1");
  ask(owner, "p1");
  assert.equal(conditionOf(await owner.next(isError)), "conflict");
  ask(owner, "p2");
  ask(owner, "p3");
  assert.equal(conditionOf(await owner.next(isError)), "resource-constraint");
  answer(owner, "p1", [true, false]);
  assert.equal(conditionOf(await owner.next(isError)), "resource-constraint");
});

test("all of a room together may ask and answer so much", async () => {
  const polls = { ...defaultLimits.polls, commandsPerRoom: { perSecond: 0.001, burst: 2 } };
  await using met = await meeting({ limits: { polls } });
  const { owner, guest } = met;
  ask(owner, "p1");
  await guest.next(isPolls("new-poll"));
  answer(owner, "p1", [true, false]);
  await guest.next(isPolls("answer-poll"));
  answer(guest, "p1", [true, false]);
  assert.equal(conditionOf(await guest.next(isError)), "resource-constraint");
});

test("script in questions and answers stays text on its way, percent-encoded too", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  const evil = `<script>alert(1)</script>%3Cscript%3E&lt;b&gt;"]]>`;
  ask(owner, "p1", evil, [evil]);
  const stanza = await guest.next(isPolls("new-poll"));
  assert.equal(jsonOf(stanza)?.question, evil);
  assert.ok(!/<script|%3C/.test(serialise(stanza)));
});

test("the polls of a room are closed when it ends, before it is said to be gone", async () => {
  await using met = await meeting();
  const { owner, guest, focus } = met;
  ask(owner, "p1");
  answer(guest, "p1", [true, false]);
  await owner.next(isPolls("answer-poll"));
  await set(owner, `<query xmlns="${ns.mucOwner}"><destroy/></query>`);
  await focus.hears(() => focus.of("roomDestroyed").length === 1);
  const [closed] = focus.of<PollClosed>("pollClosed");
  assert.deepEqual([closed?.poll?.poll, closed?.poll?.result], ["p1", [1, 0]]);
  const types = focus.heard.map(({ type }) => type);
  assert.ok(types.indexOf("pollClosed") < types.indexOf("roomDestroyed"));
});

test("kill -9 of the server: polls and answers are as before", async () => {
  await using met = await meeting();
  const { harness, owner, guest, focus } = met;
  ask(owner, "p1");
  ask(owner, "p2");
  answer(guest, "p1", [true, false]);
  await owner.next(isPolls("answer-poll"));
  await harness.network.idle();
  await harness.killAndRestart();
  const [boss, other] = [await comeBack(harness, owner), await comeBack(harness, guest)];
  answer(boss, "p1", [true, false]);
  await other.next(isPolls("answer-poll"));
  const answered = focus.of<PollAnswered>("pollAnswered").at(-1)?.poll;
  assert.deepEqual([answered?.result, answered?.voters], [[2, 0], 2]);
  await leave(other, room);
  await other.enter(room);
  const old = jsonOf<{ polls: readonly { pollId: string }[] }>(await other.next(isPolls("old-polls")));
  assert.deepEqual(
    old?.polls.map(({ pollId }) => pollId),
    ["p1", "p2"],
  );
});
