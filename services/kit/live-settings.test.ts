import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveSettingsSchema } from "@veche/proto/gen/veche/settings/v1/settings_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import {
  areGuestsShutOut,
  changeLiveSettings,
  initialSettings,
  LiveSettingsWatch,
  mayOpenRooms,
  readLocks,
} from "./live-settings.ts";
import { liveKeys, liveTable } from "./live-table.ts";
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
  assert.deepEqual(second.current, { ...initialSettings, secureDomain: true, keepChatDays: 7 });
});

test("two changes at the same moment are both kept", async () => {
  await using bus = new MemoryBus();
  const by = { name: "anna", nowMs: 1 };
  await Promise.all([
    changeLiveSettings(bus, { secureDomain: true }, by),
    changeLiveSettings(bus, { keepChatDays: 30 }, by),
  ]);
  using watch = await LiveSettingsWatch.open(bus);
  assert.deepEqual(watch.current, { ...initialSettings, secureDomain: true, keepChatDays: 30 });
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
  assert.deepEqual(watch.current, { ...initialSettings, keepChatDays: 3 });
  using unlocked = await LiveSettingsWatch.open(bus, { locked: readLocks({}) });
  assert.equal(unlocked.current.secureDomain, true);
});

test("the environment fixes by 0 and 1, and nothing while the variable is empty", () => {
  assert.deepEqual(readLocks({ ENABLE_AUTH: "1" }), { secureDomain: true });
  assert.deepEqual(readLocks({ ENABLE_AUTH: "0" }), { secureDomain: false });
  assert.deepEqual(readLocks({ ENABLE_AUTH: "" }), {});
  assert.throws(() => readLocks({ ENABLE_AUTH: "perhaps" }), /ENABLE_AUTH: expected true or false/);
});

test("what was taken back is as if nobody had said it, and what is changed is told", async () => {
  await using bus = new MemoryBus();
  const by = { name: "anna", nowMs: 1 };
  const first = await changeLiveSettings(bus, { polls: false, maxParticipants: 30, notice: "" }, by);
  assert.deepEqual([first.changed, first.settings.maxParticipants], [["maxParticipants", "polls"], 30]);
  const second = await changeLiveSettings(bus, { polls: null, maxParticipants: 30, secureDomain: null }, by);
  assert.deepEqual([second.changed, second.settings], [["polls"], { ...initialSettings, maxParticipants: 30 }]);
  const bucket = await bus.bucket(buckets.settings, LiveSettingsSchema);
  assert.equal((await bucket.get("live"))?.value.polls, undefined, "a later version may have another standard");
});

test("settings that were stored before there were more are read, and what can't be is as if nobody had said it", async () => {
  await using bus = new MemoryBus();
  const bucket = await bus.bucket(buckets.settings, LiveSettingsSchema);
  const before = { secureDomain: true, roomOpeners: "teachers", keepChatDays: 3, changedMs: 1n, changedBy: "anna" };
  await bucket.put("live", before);
  using watch = await LiveSettingsWatch.open(bus);
  const { secureDomain, roomOpeners, keepChatDays } = before;
  assert.deepEqual(watch.current, { ...initialSettings, secureDomain, roomOpeners, keepChatDays });
  await bucket.put("live", { ...before, roomOpeners: "parents", keepChatDays: 4_000, notice: "a\nb" });
  using second = await LiveSettingsWatch.open(bus);
  assert.deepEqual(second.current, { ...initialSettings, secureDomain: true });
});

test("every setting has a variable of its own that fixes it, and a field to be stored in", () => {
  const names = liveKeys.flatMap((key) => liveTable[key].variables);
  assert.equal(new Set(names).size, names.length);
  const fields = LiveSettingsSchema.fields.map(({ localName }) => localName);
  assert.deepEqual(
    liveKeys.filter((key) => !fields.includes(key)),
    [],
  );
  for (const key of liveKeys) {
    const { variables, setting, isOpposite, standard } = liveTable[key];
    const [variable = ""] = variables;
    const text = setting.format(standard as never);
    assert.deepEqual(readLocks({ [variable]: text }), text === "" ? {} : { [key]: isOpposite ? !standard : standard });
  }
});

test("a variable that says what is off fixes the opposite; of two for one thing, off is enough", () => {
  assert.deepEqual(readLocks({ DISABLE_POLLS: "1", DISABLE_REACTIONS: "false" }), { polls: false, reactions: true });
  assert.deepEqual(readLocks({ ENABLE_RECORDING: "1", ENABLE_SERVICE_RECORDING: "0" }), { recording: false });
  assert.deepEqual(readLocks({ ENABLE_SERVICE_RECORDING: "1" }), { recording: true });
  assert.deepEqual(readLocks({ MAX_PARTICIPANTS: "", VECHE_NOTICE: "" }), {});
});

test("guests are shut out only while the domain is secure", () => {
  const shut = (settings: Partial<typeof initialSettings>) => areGuestsShutOut({ ...initialSettings, ...settings });
  assert.deepEqual([shut({ guests: false }), shut({ secureDomain: true })], [false, false]);
  assert.equal(shut({ secureDomain: true, guests: false }), true);
});
