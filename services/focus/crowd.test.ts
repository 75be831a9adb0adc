import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCall } from "./testing/calls.ts";
import { Stage } from "./testing/stage.ts";

const people = Array.from({ length: 30 }, (_, index) => `p${String(index).padStart(3, "0")}`);
const adds = (heard: readonly string[]) => heard.filter((one) => one.startsWith("add ")).length;

test("thirty who join at once are all in within three seconds, for a few renegotiations each", async () => {
  await using stage = await Stage.open();
  const clients = await stage.settled(Promise.all(people.map((endpoint) => stage.xmpp.join("standup", endpoint))));
  await stage.pass(3_000);
  assertCall(stage, clients);
  const most = Math.max(...clients.map(({ heard }) => adds(heard)));
  assert.ok(most <= 4, `${most} announcements to one receiver`);
});

test("thirty who come one after the other within three seconds cost each at most one renegotiation in 200 ms", async () => {
  await using stage = await Stage.open();
  const clients = [];
  for (const endpoint of people) {
    clients.push(await stage.settled(stage.xmpp.join("standup", endpoint)));
    await stage.pass(90);
  }
  await stage.pass(1_000);
  assertCall(stage, clients);
  const most = Math.max(...clients.map(({ heard }) => adds(heard)));
  assert.ok(most <= 20, `${most} announcements to one receiver`);
});

test("a bridge that is slow but beats invites each of thirty once", async () => {
  await using stage = await Stage.open();
  stage.bridge().answersAfterMs = 3_500;
  const clients = await stage.settled(Promise.all(people.map((endpoint) => stage.xmpp.join("standup", endpoint))));
  await stage.until("everybody is in", () => clients.every(({ remote }) => remote.size === (people.length - 1) * 2));
  await stage.pass(2_000);
  assertCall(stage, clients);
  assert.deepEqual(
    clients.flatMap(({ invitations }) => invitations.length),
    people.map(() => 1),
  );
});
