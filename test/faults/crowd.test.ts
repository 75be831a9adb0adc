/** A whole class comes in the same moment: everybody is in by one invitation each, however busy the bridge is with it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestStack } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";
import { Crowd } from "../load/crowd.ts";
import { placeOf } from "../load/place.ts";

const people = 30;
/** The others have nothing on. */
const senders = 3;

test("thirty who join at once are all in, and nobody is invited twice", async () => {
  await using stack = await startTestStack({ LOG_LEVEL: "info" });
  using crowd = await Crowd.open(placeOf(stack.local));
  const wishes = { lastN: 2, height: 180, onStage: [] };
  const joined = await crowd.join({ room: "class", people, speakers: senders, cameras: senders, wishes });
  assert.equal(joined.length, people);
  await eventually("everybody hears those who speak", () => {
    const deaf = joined.filter(({ reception }) => !reception.streams.some(({ packets }) => packets > 0));
    return deaf.length === 0 ? undefined : `${deaf.length} hear nothing`;
  });
  const invitations = joined.map((one) => one.invitations);
  assert.deepEqual(
    invitations,
    joined.map(() => 1),
  );
  assert.deepEqual(
    joined.flatMap(({ faults }) => faults),
    [],
  );
});
