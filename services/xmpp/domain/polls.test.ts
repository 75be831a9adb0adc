import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { answerPoll, createPoll, type Poll, resultOf } from "./polls.ts";

const limits = { perRoom: 2, options: 4, textBytes: 100, votesPerRoom: 5 };
const plain = (id: string, options = ["yes", "no"]) => ({ id, sender: "a", senderName: "Ann", question: "?", options });

function made(...ids: readonly string[]): Map<string, Poll> {
  return new Map(ids.map((id) => [id, { ...plain(id), votes: new Map() }]));
}

test("an id is one poll's, and a room has so many", () => {
  assert.deepEqual(createPoll(made("1"), plain("1"), limits), { ok: false, reason: "exists" });
  assert.deepEqual(createPoll(made("1", "2"), plain("3"), limits), { ok: false, reason: "too-many-polls" });
  assert.ok(createPoll(made("1"), plain("2"), limits).ok);
});

test("an answer says yes or no to each option of a poll that is there", () => {
  const vote = { voter: "b", name: "", answers: [true] };
  assert.deepEqual(answerPoll(made("1"), "1", vote, limits), { ok: false, reason: "answers" });
  assert.deepEqual(answerPoll(made("1"), "2", vote, limits), { ok: false, reason: "unknown" });
});

const votes = fc.array(
  fc.record({
    poll: fc.constantFrom("1", "2", "3"),
    voter: fc.constantFrom("a", "b", "c", "d"),
    answers: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
  }),
  { maxLength: 60 },
);

test("whatever is answered, the result is what each voter said last, within the bounds", () => {
  fc.assert(
    fc.property(votes, (all) => {
      const polls = made("1", "2");
      const last = new Map<string, readonly boolean[]>();
      for (const { poll, voter, answers } of all) {
        const decided = answerPoll(polls, poll, { voter, name: "", answers }, limits);
        if (!decided.ok) continue;
        polls.set(poll, decided.poll);
        if (answers.includes(true)) last.set(`${poll} ${voter}`, answers);
        else last.delete(`${poll} ${voter}`);
      }
      assert.ok(last.size <= limits.votesPerRoom);
      for (const [id, poll] of polls) {
        const said = [...last].filter(([key]) => key.startsWith(`${id} `)).map(([, answers]) => answers);
        assert.equal(poll.votes.size, said.length);
        assert.deepEqual(
          resultOf(poll),
          [0, 1].map((option) => said.filter((answers) => answers[option]).length),
        );
      }
    }),
  );
});
