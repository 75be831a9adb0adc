import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decideRetraction, SentMessages } from "./sent-messages.ts";

const message = fc.record({
  id: fc.constantFrom("1", "2", "3"),
  author: fc.constantFrom("a", "b"),
  to: fc.constantFrom("", "x", "y"),
});

test("nobody takes back a message with the id of another's, however they use ids", () => {
  fc.assert(
    fc.property(fc.array(message), message, (known, retraction) => {
      const isAnothers = known.some(({ id, author }) => id === retraction.id && author !== retraction.author);
      const decision = decideRetraction(known, retraction, false);
      if (isAnothers) assert.notEqual(decision, "allowed");
      if (!known.some(({ id }) => id === retraction.id)) assert.equal(decision, "unknown");
    }),
  );
});

test("a moderator takes back what is said to all, but nobody's private message", () => {
  const known = [{ id: "1", author: "a", to: "x" }];
  assert.equal(decideRetraction([], { id: "1", author: "m", to: "" }, true), "allowed");
  assert.equal(decideRetraction(known, { id: "1", author: "m", to: "x" }, true), "forbidden");
});

test("of a room so many messages are known, and none without an id", () => {
  const room = {};
  const sent = new SentMessages<object>(2);
  for (const id of ["1", "2", "", "3"]) sent.note(room, { id, author: "a", to: "" });
  assert.deepEqual(
    sent.of(room).map(({ id }) => id),
    ["2", "3"],
  );
});
