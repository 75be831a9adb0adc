import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatMessage } from "../../protocol/conference/chat.ts";
import {
  blankLine,
  bounded,
  type ChatLine,
  emojiOf,
  MAX_EMOJI_PER_LINE,
  MAX_LINES,
  mayRetract,
  problemOf,
  Replay,
  withReaction,
} from "./lines.ts";

const line = (change: Partial<ChatLine> = {}): ChatLine => ({
  ...blankLine("k", 0),
  id: "m1",
  from: "ann",
  name: "Ann",
  text: "hi",
  ...change,
});
const said = (change: Partial<ChatMessage> = {}): ChatMessage => ({
  type: "said",
  id: "m1",
  from: "ann",
  text: "hi",
  sentAt: 9,
  isPrivate: false,
  isHistory: true,
  senderName: "",
  replyTo: "",
  ...change,
});
const bob = { id: "bob", name: "Bob" };
const reaction = (emoji: readonly string[], isWhole = true) =>
  ({ type: "reacted", to: "m1", from: "bob", emoji, isPrivate: false, isWhole }) as const;

test("a room's past brings nothing twice: known again by sender and id, else by sender and text as often as it was said", () => {
  const replay = new Replay([line(), line({ id: "", text: "yes" }), line({ id: "", text: "yes" })]);
  assert.ok(replay.isKnown(said()));
  assert.ok(!replay.isKnown(said({ from: "eve" })), "an id is its sender's");
  const yes = said({ id: "", text: "yes" });
  assert.deepEqual([replay.isKnown(yes), replay.isKnown(yes), replay.isKnown(yes)], [true, true, false]);
  assert.ok(!new Replay([line({ isPrivate: true })]).isKnown(said()), "private words are in nobody's past");
});

test("reactions of one person take the place of their earlier ones, or are added where the client means one more", () => {
  const once = withReaction(line(), reaction(["👍", "👏"]), bob);
  assert.deepEqual(emojiOf(once, "bob"), ["👍", "👏"]);
  assert.deepEqual(emojiOf(withReaction(once, reaction(["❤️"]), bob), "bob"), ["❤️"]);
  assert.deepEqual(emojiOf(withReaction(once, reaction(["❤️"], false), bob), "bob"), ["👍", "👏", "❤️"]);
  assert.equal(withReaction(once, reaction([]), bob).reactions.size, 0);
  const both = withReaction(once, { ...reaction(["👍"]), from: "eve" }, { id: "eve", name: "Eve" });
  assert.deepEqual(
    both.reactions.get("👍")?.map(({ name }) => name),
    ["Bob", "Eve"],
  );
});

test("one message gathers only so many kinds of emoji", () => {
  let each = line();
  for (let code = 0; code < MAX_EMOJI_PER_LINE + 5; code++)
    each = withReaction(each, reaction([String.fromCodePoint(0x1f600 + code)], false), bob);
  assert.equal(each.reactions.size, MAX_EMOJI_PER_LINE);
});

test("a message is taken back by its author, and by a moderator where it was for everybody", () => {
  assert.ok(mayRetract(line(), "ann", false));
  assert.ok(!mayRetract(line(), "bob", false));
  assert.ok(mayRetract(line(), "bob", true));
  assert.ok(!mayRetract(line({ isPrivate: true }), "bob", true));
});

test("the oldest lines make room", () => {
  const lines = Array.from({ length: MAX_LINES + 2 }, (_, index) => line({ key: String(index) }));
  assert.deepEqual([bounded(lines).length, bounded(lines)[0]?.key], [MAX_LINES, "2"]);
});

test("the server's conditions are said in people's words", () => {
  assert.equal(problemOf("policy-violation"), "tooLong");
  assert.equal(problemOf("resource-constraint"), "tooFast");
  assert.equal(problemOf("item-not-found"), "gone");
  assert.equal(problemOf("undefined-condition"), "refused");
});
