import assert from "node:assert/strict";
import { test } from "node:test";
import { changeLiveSettings, initialSettings, LiveSettingsWatch, mayOpenRooms, readLocks } from "./live-settings.ts";
import { MemoryBus } from "./memory-bus.ts";

test("a change reaches who watches, and what was not named stays", async () => {
  await using bus = new MemoryBus();
  using watch = await LiveSettingsWatch.open(bus);
  assert.deepEqual(watch.current, initialSettings);
  const changed = new Promise((resolve) => void watch.onChange(resolve));
  await changeLiveSettings(bus, { keepChatDays: 7 }, { name: "anna", nowMs: 1 });
  await changed;
  await changeLiveSettings(bus, { secureDomain: true }, { name: "anna", nowMs: 2 });
  using second = await LiveSettingsWatch.open(bus);
  assert.deepEqual(second.current, { secureDomain: true, roomOpeners: "signed-in", keepChatDays: 7 });
});

test("two changes at the same moment are both kept", async () => {
  await using bus = new MemoryBus();
  const by = { name: "anna", nowMs: 1 };
  await Promise.all([
    changeLiveSettings(bus, { secureDomain: true }, by),
    changeLiveSettings(bus, { keepChatDays: 30 }, by),
  ]);
  using watch = await LiveSettingsWatch.open(bus);
  assert.deepEqual(watch.current, { secureDomain: true, roomOpeners: "signed-in", keepChatDays: 30 });
});

test("on a secure domain only who signed in opens rooms, and where it says so only who may moderate", () => {
  const guest = { authenticated: false, entitledModerator: false, accountRole: "" };
  const pupil = { authenticated: true, entitledModerator: false, accountRole: "pupil" };
  const teacher = { authenticated: true, entitledModerator: true, accountRole: "teacher" };
  const may = (settings: Partial<typeof initialSettings>) =>
    [guest, pupil, teacher].map((who) => mayOpenRooms({ ...initialSettings, ...settings }, who));
  assert.deepEqual(may({}), [true, true, true]);
  assert.deepEqual(may({ secureDomain: true }), [false, true, true]);
  assert.deepEqual(may({ secureDomain: true, roomOpeners: "teachers" }), [false, false, true]);
});

test("what the environment fixes wins over what is stored, and the rest stays live", async () => {
  await using bus = new MemoryBus();
  const by = { name: "anna", nowMs: 1 };
  await changeLiveSettings(bus, { secureDomain: true }, by);
  using watch = await LiveSettingsWatch.open(bus, { locked: readLocks({ ENABLE_AUTH: "0" }) });
  assert.equal(watch.current.secureDomain, false);
  const changed = new Promise((resolve) => void watch.onChange(resolve));
  await changeLiveSettings(bus, { keepChatDays: 3 }, by);
  await changed;
  assert.deepEqual(watch.current, { secureDomain: false, roomOpeners: "signed-in", keepChatDays: 3 });
  using unlocked = await LiveSettingsWatch.open(bus, { locked: readLocks({}) });
  assert.equal(unlocked.current.secureDomain, true);
});

test("the environment fixes by 0 and 1, and nothing while the variable is empty", () => {
  assert.deepEqual(readLocks({ ENABLE_AUTH: "1" }), { secureDomain: true });
  assert.deepEqual(readLocks({ ENABLE_AUTH: "0" }), { secureDomain: false });
  assert.deepEqual(readLocks({ ENABLE_AUTH: "" }), {});
  assert.throws(() => readLocks({ ENABLE_AUTH: "perhaps" }), /ENABLE_AUTH: expected one of/);
});
