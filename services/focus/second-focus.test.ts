import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dutyKey } from "@veche/kit/duty.ts";
import { MemoryBus } from "@veche/kit/memory-bus.ts";
import { DutySchema } from "@veche/proto/gen/veche/signalling/v1/duty_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { focus } from "@veche/proto/subjects.ts";
import { assertCall, assertPromises, callOf } from "./testing/calls.ts";
import { Stage } from "./testing/stage.ts";
import type { FakeClient } from "./testing/xmpp.ts";

const elsewhere = { VECHE_HOST_ID: "there" };
/** A lease, and the time until that is looked at. */
const leaseMs = 16_500;

async function resumed(stage: Stage): Promise<number> {
  return (await stage.factNames()).filter((name) => name === "sessionResumed").length;
}

function assertNotInvitedAgain(clients: readonly FakeClient[]): void {
  for (const { invitations } of clients) assert.equal(invitations.length, 1);
}

describe("a second focus of the unit, on another host", () => {
  test("stands by while the first one lives", async () => {
    await using stage = await Stage.open();
    const clients = await callOf(stage, "aaaa", "bbbb");
    const first = stage.releaseFocus();
    await stage.startFocus(elsewhere);
    await stage.pass(30_000);
    assert.deepEqual([first.conferences(), stage.focus.service.conferences], [1, 0]);
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ room: "other@muc.meet.jitsi", properties: {} });
    assert.equal((await stage.http("/conference-request/v1", { method: "POST", headers, body })).status, 503);
    const late = await stage.xmpp.join("standup", "cccc");
    await stage.pass(1_000);
    assertCall(stage, [...clients, late]);
    assert.equal(await resumed(stage), 0);
  });

  test("takes over when the first one's lease has run out; nobody is invited again, and joins go on", async () => {
    await using stage = await Stage.open();
    const clients = await callOf(stage, "aaaa", "bbbb");
    const { bus } = stage.focus;
    const first = stage.releaseFocus();
    await stage.startFocus(elsewhere);
    stage.network.disconnect(bus);
    await stage.pass(leaseMs);
    assert.equal(stage.focus.service.conferences, 1);
    assertNotInvitedAgain(clients);
    assert.equal(await resumed(stage), 1);
    const late = await stage.xmpp.join("standup", "cccc");
    await stage.pass(1_000);
    assertCall(stage, [...clients, late]);
    stage.network.reconnect(bus);
    await stage.pass(20_000);
    assert.equal(first.conferences(), 0, "the first one wakes up and lets go");
    const more = await stage.xmpp.join("standup", "dddd");
    await stage.pass(1_000);
    const everybody = [...clients, late, more];
    assertCall(stage, everybody);
    assertNotInvitedAgain(everybody);
    for (const client of everybody) stage.xmpp.leave(client);
    await stage.pass(2_000);
    await assertPromises(stage, true);
  });

  test("goes on undisturbed by the first one, which hears from the XMPP server when the unit is another's", async () => {
    await using stage = await Stage.open();
    const clients = await callOf(stage, "aaaa", "bbbb");
    const first = stage.releaseFocus();
    await stage.startFocus(elsewhere);
    const late = Promise.withResolvers<void>();
    stage.xmpp.beforeSnapshot = () => late.promise;
    stage.xmpp.restart();
    await stage.pass(100);
    stage.xmpp.beforeSnapshot = () => Promise.resolve();
    const units = await stage.bus.bucket(buckets.units, DutySchema);
    await units.put(dutyKey("main", "xmpp"), { unit: "main", role: "xmpp", instance: "x", hostId: "there" });
    await stage.pass(1_000);
    assert.deepEqual([first.conferences(), stage.focus.service.conferences], [0, 1]);
    late.resolve();
    await stage.pass(2_000);
    assert.deepEqual([first.conferences(), stage.focus.service.conferences], [0, 1]);
    const newcomer = await stage.xmpp.join("standup", "cccc");
    await stage.pass(1_000);
    const everybody = [...clients, newcomer];
    assertCall(stage, everybody);
    assertNotInvitedAgain(everybody);
  });

  test("keeps nothing from the one on duty while it stands still itself", { timeout: 20_000 }, async () => {
    await using stage = await Stage.open();
    await using still = new MemoryBus(stage.network, { role: "focus", clock: stage.clock });
    let asked = 0;
    still.serve(focus.requestConference, () => {
      asked += 1;
      return new Promise<never>(() => {});
    });
    await callOf(stage, "aaaa", "bbbb", "cccc", "dddd");
    assert.equal(asked, 4);
  });

  test("goes on with a room that it hears of before the XMPP server said which there are", async () => {
    await using stage = await Stage.open();
    const clients = await callOf(stage, "aaaa", "bbbb");
    stage.killFocus();
    stage.xmpp.beforeSnapshot = () => new Promise(() => {});
    await stage.startFocus();
    await stage.pass(10_000);
    assert.equal(stage.focus.service.conferences, 0);
    stage.xmpp.beforeSnapshot = () => Promise.resolve();
    const newcomer = await stage.xmpp.join("standup", "cccc");
    await stage.pass(3_000);
    assert.equal(await resumed(stage), 1, "no other sitting is begun");
    assertCall(stage, [...clients, newcomer]);
    assertNotInvitedAgain([...clients, newcomer]);
  });

  test("takes over at once when the first one goes on purpose", async () => {
    await using stage = await Stage.open();
    const clients = await callOf(stage, "aaaa", "bbbb");
    const { service } = stage.focus;
    stage.releaseFocus();
    await stage.startFocus(elsewhere);
    await stage.settled(Promise.resolve(service[Symbol.asyncDispose]()));
    await stage.pass(1_000);
    assert.equal(stage.focus.service.conferences, 1);
    assertNotInvitedAgain(clients);
    assertCall(stage, clients);
  });
});

describe("a focus of another unit", () => {
  test("goes on with the sitting when the first one's lease has run out and the room is on its XMPP server", async () => {
    await using stage = await Stage.open();
    const clients = await callOf(stage, "aaaa", "bbbb");
    const { bus } = stage.focus;
    const first = stage.releaseFocus();
    using other = stage.xmpp.twin(stage.bus, "other");
    await stage.startFocus({ ...elsewhere, VECHE_UNIT: "other" });
    await stage.pass(1_000);
    assert.equal(stage.focus.service.conferences, 0, "the room belongs to the first unit");
    stage.network.disconnect(bus);
    await stage.pass(leaseMs);
    assert.equal(stage.focus.service.conferences, 1);
    assertNotInvitedAgain(clients);
    assert.equal(await resumed(stage), 1);
    const late = await other.join("standup", "cccc");
    await stage.pass(1_000);
    assertCall(stage, [...clients, late]);
    stage.network.reconnect(bus);
    await stage.pass(20_000);
    assert.equal(first.conferences(), 0, "the first one wakes up and lets go");
    await assertPromises(stage, false);
  });
});
