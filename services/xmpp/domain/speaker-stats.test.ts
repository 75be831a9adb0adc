import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { enter, leave, type Speakers, showFace, speak, spokenMs } from "./speaker-stats.ts";

const limits = { people: 3, facesPerPerson: 2, facesPerRoom: 3 };
const come = (speakers: Speakers, nick: string, person = "") => enter(speakers, { nick, person, name: nick }, limits);
const timeOf = (speakers: Speakers, nick: string, now: number) => {
  const speaker = speakers.get(nick);
  return speaker && spokenMs(speaker, now);
};

test("time runs for who speaks, not for who is silent", () => {
  let speakers = come(come(new Map(), "a"), "b");
  speakers = speak(speakers, "a", false, 1_000);
  speakers = speak(speakers, "a", true, 1_500);
  speakers = speak(speakers, "a", false, 5_000);
  assert.equal(timeOf(speakers, "a", 5_200), 700);
  speakers = speak(speakers, "b", false, 6_000);
  assert.deepEqual([timeOf(speakers, "a", 9_000), timeOf(speakers, "b", 9_000)], [1_500, 3_000]);
});

test("who comes back goes on counting: by nickname, by account", () => {
  let speakers = speak(come(come(new Map(), "a"), "b", "p_1"), "b", false, 1_000);
  speakers = leave(speakers, "b", "Bob", 2_000);
  speakers = come(speakers, "c", "p_1");
  assert.equal(timeOf(speakers, "c", 9_000), 1_000);
  assert.equal(speakers.has("b"), false);
  speakers = come(leave(speak(speakers, "a", false, 9_000), "a", "Ann", 9_400), "a");
  assert.equal(timeOf(speakers, "a", 99_000), 400);
});

test("two who are there at once with one account count each for themselves", () => {
  const speakers = come(speak(come(new Map(), "a", "p_1"), "a", false, 0), "b", "p_1");
  assert.deepEqual([...speakers.keys()], ["a", "b"]);
});

test("of those who are gone the room remembers so many; nobody present is forgotten", () => {
  let speakers: Speakers = new Map();
  for (const nick of ["a", "b", "c"]) speakers = leave(come(speakers, nick), nick, nick, 0);
  for (const nick of ["d", "e"]) speakers = come(speakers, nick);
  assert.deepEqual([...speakers.keys()], ["c", "d", "e"]);
});

const face = { expression: "happy", durationS: 1, timestampMs: 1 };
const inputs = fc.array(
  fc.record({
    what: fc.constantFrom("come", "leave", "speak", "silence", "face"),
    nick: fc.constantFrom("a", "b", "c", "d", "e"),
    afterMs: fc.nat(1_000),
  }),
  { maxLength: 80 },
);

test("whatever happens, one speaks at a time, and together no longer than time went by", () => {
  fc.assert(
    fc.property(inputs, (all) => {
      let speakers: Speakers = new Map();
      let now = 1;
      for (const { what, nick, afterMs } of all) {
        now += afterMs;
        if (what === "come") speakers = come(speakers, nick);
        else if (what === "leave") speakers = leave(speakers, nick, nick, now);
        else if (what === "face") speakers = showFace(speakers, nick, face, limits);
        else speakers = speak(speakers, nick, what === "silence", now);
        const there = [...speakers.values()];
        assert.ok(there.filter(({ sinceMs }) => sinceMs > 0).length <= 1);
        assert.ok(there.reduce((sum, speaker) => sum + spokenMs(speaker, now), 0) <= now - 1);
        assert.ok(there.every(({ faces }) => faces.length <= limits.facesPerPerson));
        assert.ok(there.reduce((sum, { faces }) => sum + faces.length, 0) <= limits.facesPerRoom);
        assert.ok(there.filter(({ isPresent }) => !isPresent).length <= limits.people);
      }
    }),
  );
});
