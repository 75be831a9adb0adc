/** One person waits, is joined, is left behind, waits long, and is joined again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { assertNobodyLost, nameOf, promisesHeld, readFacts } from "../harness/facts.ts";
import { anna, boris } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { setScene } from "../harness/stack.ts";

const skip = withoutBrowser();
const scene = setScene({ skip });
const room = "left behind";
let one: Participant;
let other: Participant;

test("somebody alone has a room and no media session", { skip }, async () => {
  one = await Participant.join(scene.browser, scene.stack.roomUrl(room), anna);
  assert.equal((await one.state()).session, null);
});

test("the second brings the media to both", { skip }, async () => {
  other = await Participant.join(scene.browser, scene.stack.roomUrl(room), boris);
  await allPerceiveAll([one, other]);
});

test("the media session of somebody left behind ends after a while, their place in the room does not", {
  skip,
}, async () => {
  await other.hangUp();
  await one.until("has no media session", ({ session }) => session === null, { timeoutMs: 40_000 });
  await one.assertInCall();
  assert.equal((await one.state()).reconnecting, false);
});

test("the second comes again, and both see and hear each other again", { skip }, async () => {
  await other.comeBack();
  await allPerceiveAll([one, other]);
});

test("all that was one sitting, told as promised", { skip }, async () => {
  for (const each of [one, other]) await each.hangUp();
  assertNobodyLost(await promisesHeld(scene.stack.local, room));
  const started = (await readFacts(scene.stack.local, room)).filter((fact) => nameOf(fact) === "session.started");
  assert.equal(started.length, 1);
  for (const each of [one, other]) assert.deepEqual(each.troubles, []);
});
