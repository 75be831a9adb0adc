import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { MAX_EMAIL, Settings } from "./settings.ts";

const scope = globalThis as { localStorage?: unknown };
const before = Object.getOwnPropertyDescriptor(globalThis, "localStorage");

function keep(entries: Readonly<Record<string, unknown>>): Map<string, string> {
  const kept = new Map(Object.entries(entries).map(([key, value]) => [`veche.${key}`, JSON.stringify(value)]));
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  Object.defineProperty(scope, "localStorage", { value: storage, configurable: true, writable: true });
  return kept;
}

afterEach(() => {
  if (before) Object.defineProperty(globalThis, "localStorage", before);
  else delete scope.localStorage;
});

test("a choice is kept and found again by the next page", () => {
  const kept = keep({});
  const settings = new Settings();
  assert.equal(kept.size, 0);
  settings.noiseSuppression.value = true;
  settings.sounds.soundsParticipantJoined.value = false;
  settings.background.value = { type: "image", id: "sea" };
  const next = new Settings();
  assert.equal(next.noiseSuppression.value, true);
  assert.equal(next.sounds.soundsParticipantJoined.value, false);
  assert.deepEqual(next.background.value, { type: "image", id: "sea" });
});

test("rubbish in the browser's store is passed over", () => {
  keep({
    theme: "pink",
    shortcuts: "yes",
    screenFrameRate: 999,
    email: "x".repeat(MAX_EMAIL + 1),
    background: { type: "image", id: "../etc" },
    unwantedNotices: ["joined", "everything"],
  });
  const settings = new Settings();
  assert.equal(settings.theme.value, "system");
  assert.equal(settings.shortcuts.value, true);
  assert.equal(settings.screenFrameRate.value, 15);
  assert.equal(settings.email.value, "");
  assert.equal(settings.background.value.type, "none");
  assert.deepEqual(settings.unwantedNotices.value, []);
});
