import assert from "node:assert/strict";
import { test } from "node:test";
import { brokenPromises } from "../testing/promises.ts";
import { seeded } from "../testing/random.ts";
import { RandomRoom } from "../testing/random-room.ts";

const scripts = Number(process.env.FOCUS_SCRIPTS ?? 400);
const firstSeed = Number(process.env.FOCUS_SEED ?? 1);

test("whatever happens, and wherever the focus is killed, the facts keep their promises and clients hear no nonsense", () => {
  for (let seed = firstSeed; seed < firstSeed + scripts; seed += 1) {
    const room = new RandomRoom(seeded(seed));
    for (let count = 0; count < 150 && !room.isOver; count += 1) room.act();
    room.goHome();
    assert.ok(room.isOver, `seed ${seed}: the sitting goes on with nobody in it`);
    assert.deepEqual(room.faults, [], `seed ${seed}: what clients and bridges heard`);
    assert.deepEqual(brokenPromises(room.stored, true), [], `seed ${seed}: the facts`);
  }
});
