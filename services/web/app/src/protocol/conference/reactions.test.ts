import assert from "node:assert/strict";
import { test } from "node:test";
import { xml } from "../xml/element.ts";
import { reactionsPayload, readReactions, readSoundsMuted, soundsMutedElement } from "./reactions.ts";

test("reactions go and come as Jitsi's clients write them", () => {
  const payload = reactionsPayload(["like", "love"], 7);
  assert.deepEqual(payload, { name: "endpoint-reaction", reactions: ["like", "love"], timestamp: 7 });
  assert.deepEqual(readReactions({ ...payload }), ["like", "love"]);
});

test("unknown ones are passed over, repeated ones are one, and of one message three count", () => {
  const read = (...reactions: unknown[]) => readReactions({ name: "endpoint-reaction", reactions });
  assert.deepEqual(read("boo", "wink", 7, "boo", "like"), ["boo", "like"]);
  assert.deepEqual(read("silence", "boo", "like", "clap"), ["silence", "boo", "like"]);
  assert.equal(readReactions({ name: "other", reactions: ["like"] }), undefined);
  assert.equal(readReactions({ name: "endpoint-reaction", reactions: "like" }), undefined);
});

test("the command about their sounds is part of presence", () => {
  assert.equal(readSoundsMuted(xml("presence", {})), undefined);
  assert.equal(readSoundsMuted(xml("presence", {}, soundsMutedElement(true))), true);
  assert.equal(readSoundsMuted(xml("presence", {}, soundsMutedElement(false))), false);
});
