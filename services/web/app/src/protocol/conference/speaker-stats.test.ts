import assert from "node:assert/strict";
import { test } from "node:test";
import { serialise } from "../xml/element.ts";
import { readSpeakerStats, weSpeak } from "./speaker-stats.ts";

test("who becomes the dominant speaker says so", () => {
  assert.equal(
    serialise(weSpeak("speakerstats.meet.example", "1", "5a@muc.meet.example")),
    '<message xmlns="jabber:client" to="speakerstats.meet.example" id="1"><speakerstats ' +
      'xmlns="http://jitsi.org/jitmeet" room="5a@muc.meet.example" silence="false"/></message>',
  );
});

test("newcomers are told how long everybody has spoken; what makes no sense is left out", () => {
  const users = {
    ab12cd34: { displayName: " Zoe ", totalDominantSpeakerTime: 1200, faceLandmarks: [] },
    ef56ab78: { totalDominantSpeakerTime: 0 },
    broken: { totalDominantSpeakerTime: "long" },
    early: { totalDominantSpeakerTime: -1 },
    nobody: null,
  };
  assert.deepEqual(readSpeakerStats({ type: "speakerstats", users }), [
    { id: "ab12cd34", name: "Zoe", ms: 1200 },
    { id: "ef56ab78", name: "", ms: 0 },
  ]);
  assert.equal(readSpeakerStats({ type: "polls", users }), undefined);
  assert.equal(readSpeakerStats({ type: "speakerstats", users: 5 }), undefined);
});
