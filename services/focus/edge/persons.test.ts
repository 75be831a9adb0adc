import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { PersonSchema } from "@veche/proto/gen/veche/conference/v1/conference_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { Persons } from "./persons.ts";

const dayMs = 24 * 3600 * 1000;

test("a guest's record goes 30 days after it was last seen, a user's stays until it is removed", async () => {
  const clock = new ManualClock(1_000_000);
  await using bus = new MemoryBus(new MemoryNetwork(), { role: "focus", clock });
  using persons = await Persons.open(bus, clock, silentLog);
  const bucket = await bus.bucket(buckets.persons, PersonSchema);
  const profile = { displayName: "Name", email: "", phone: "+74951234567" };
  persons.remember("p_guest", { profile, userId: "", isGuest: true });
  persons.remember("p_petya", { profile, userId: "petya", isGuest: false });
  persons.remember("p_gone", { profile, userId: "gone", isGuest: false });
  await clock.advance(0);
  const { value } = (await bucket.get("p_petya")) ?? {};
  assert.deepEqual([value?.userId, value?.guest, value?.displayName], ["petya", false, "Name"]);
  assert.equal((await bucket.get("p_guest"))?.value.guest, true);
  await bucket.delete("p_gone");
  for (let day = 0; day < 29; day += 1) await clock.advance(dayMs);
  assert.ok(await bucket.get("p_guest"));
  for (let day = 0; day < 60; day += 1) await clock.advance(dayMs);
  assert.equal(await bucket.get("p_guest"), undefined);
  const petya = (await bucket.get("p_petya"))?.value;
  assert.deepEqual([petya?.userId, petya?.phone], ["petya", "+74951234567"]);
  assert.equal(await bucket.get("p_gone"), undefined, "whoever was removed stays so");
});
