import assert from "node:assert/strict";
import { test } from "node:test";
import { LobbyTalk, MAX_LOBBY_LINES } from "./lobby-talk.ts";

test("what was said with somebody is gone when they are, the rest stays", () => {
  const talk = new LobbyTalk();
  talk.add({ with: "vera", text: "me", isOwn: false });
  talk.add({ with: "gleb", text: "me too", isOwn: false });
  talk.forget("vera");
  assert.deepEqual(
    talk.lines.value.map(({ text }) => text),
    ["me too"],
  );
});

test("only so many lines are kept", () => {
  const talk = new LobbyTalk();
  for (let number = 0; number <= MAX_LOBBY_LINES; number++) talk.add({ with: "", text: String(number), isOwn: true });
  assert.equal(talk.lines.value.length, MAX_LOBBY_LINES);
  assert.equal(talk.lines.value[0]?.text, "1");
});
