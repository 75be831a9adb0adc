import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { StateRecordSchema } from "@veche/proto/gen/veche/xmpp/v1/state_pb.ts";
import { CallState, type OccupantLeft, type ServerSnapshotResponse } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { ns } from "../codec/namespaces.ts";
import { unit } from "../testing/fake-focus.ts";
import { callTo, FakeGateway, fails, presenceOf } from "../testing/fake-gateway.ts";
import { Harness } from "../testing/harness.ts";
import { lobby, withLobby } from "../testing/lobby.ts";
import { administer, meeting, room, set } from "../testing/meeting.ts";

/** A call in a room of its own, and a clock that the test moves. */
async function withCall() {
  const clock = new ManualClock(Date.now());
  const harness = await Harness.start({ clock });
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room);
  await gateway.inside(call);
  /** Time passes; `beats`: the gateway says that it lives. */
  const pass = async (seconds: number, beats: boolean) => {
    for (let second = 0; second < seconds; second++) {
      if (beats) gateway.beat();
      await harness.network.idle();
      await clock.advance(1_000);
    }
    await harness.network.idle();
  };
  return { harness, gateway, call, clock, pass, [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose]() };
}

function leftOf({ focus }: Harness): (readonly [string, string])[] {
  return focus?.of<OccupantLeft>("occupantLeft").map(({ endpoint, reason }) => [endpoint, reason] as const) ?? [];
}

test("a gateway that is silent for four seconds has no calls", async () => {
  await using stage = await withCall();
  const { harness, gateway, call, pass } = stage;
  await pass(10, true);
  await pass(2, false);
  assert.deepEqual(leftOf(harness), []);
  await pass(2, false);
  assert.deepEqual(leftOf(harness), [[call.endpoint, "timeout"]]);
  assert.equal((await gateway.out(call.call)).reason, "timeout");
});

test("while the server itself is without NATS no gateway counts as silent, and after it they are counted anew", async () => {
  await using stage = await withCall();
  const { harness, call, pass } = stage;
  await pass(2, true);
  harness.network.disconnect(harness.bus);
  await pass(60, false);
  harness.network.reconnect(harness.bus);
  await pass(3, false);
  assert.deepEqual(leftOf(harness), []);
  await pass(2, false);
  assert.deepEqual(leftOf(harness), [[call.endpoint, "timeout"]]);
});

test("a gateway that started again has none of its earlier calls, and new ones come in", async () => {
  await using stage = await withCall();
  const { harness, gateway, call, pass } = stage;
  await pass(2, true);
  gateway.instance = "i2";
  await pass(1, true);
  assert.deepEqual(leftOf(harness), [[call.endpoint, "timeout"]]);
  await gateway.inside(callTo(room));
  await pass(8, true);
  assert.equal(leftOf(harness).length, 1);
});

test("another gateway's life and death is nothing to a call", async () => {
  await using stage = await withCall();
  const { harness, pass } = stage;
  const other = FakeGateway.on(harness.network, "gw2");
  const theirs = callTo(room);
  await other.inside(theirs);
  await assert.rejects(other.enter({ ...callTo(room), call: stage.call.call }), fails("already-exists"));
  await pass(6, true);
  assert.deepEqual(leftOf(harness), [[theirs.endpoint, "timeout"]]);
});

test("a call that its gateway forgot is over", async () => {
  await using stage = await withCall();
  const { harness, gateway, call, pass } = stage;
  await pass(25, true);
  await gateway.inside(call);
  await pass(29, true);
  assert.deepEqual(leftOf(harness), []);
  await pass(2, true);
  assert.deepEqual(leftOf(harness), [[call.endpoint, "timeout"]]);
});

test("after a crash of the server a call goes on where it was, and nobody sees it leave or come", async () => {
  await using met = await meeting({ isResumable: true });
  const { harness, owner } = met;
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room, { presence: { status: "Connected" } });
  const before = await gateway.inside(call);
  await owner.next(presenceOf(call.endpoint));
  await harness.network.idle();
  await harness.killAndRestart();
  const waiting = await harness.focus?.bus.request(xmpp.snapshot, { unit }, {});
  assert.equal(occupantOf(waiting, call.endpoint)?.interrupted, true);
  const after = await gateway.inside(call);
  assert.notEqual(after.instance, before.instance);
  const found = occupantOf(await harness.focus?.bus.request(xmpp.snapshot, { unit }, {}), call.endpoint);
  assert.deepEqual(
    [found?.interrupted, found?.gateway, found?.phone, found?.service],
    [false, "gw1", call.phone, true],
  );
  const again = await harness.webSocket(`?previd=${owner.resumeId}`);
  assert.equal((await again.resume(owner)).name, "resumed");
  await gateway.update(call.call, { status: "On hold" });
  await again.next(presenceOf(call.endpoint));
  const seen = [...owner.stanzas, ...again.stanzas];
  assert.ok(!seen.some(presenceOf(call.endpoint, "unavailable")));
  await harness.network.idle();
  assert.deepEqual(leftOf(harness), []);
  assert.equal(harness.focus?.of("occupantJoined").length, 3);
  assert.equal(harness.focus?.of("occupantResumed").length, 1 + 1);
});

function occupantOf(snapshot: ServerSnapshotResponse | undefined, endpoint: string) {
  return snapshot?.rooms[0]?.occupants.find((occupant) => occupant.endpoint === endpoint);
}

test("after a crash a call whose gateway is gone too leaves", async () => {
  await using stage = await withCall();
  const { harness, call, pass } = stage;
  await harness.network.idle();
  await harness.killAndRestart();
  await pass(3, false);
  assert.deepEqual(leftOf(harness), []);
  await pass(2, false);
  assert.deepEqual(leftOf(harness), [[call.endpoint, "timeout"]]);
});

test("after a crash a call that its gateway no longer has leaves", async () => {
  await using stage = await withCall();
  const { harness, call, pass } = stage;
  await harness.network.idle();
  await harness.killAndRestart();
  await pass(29, true);
  assert.deepEqual(leftOf(harness), []);
  await pass(2, true);
  assert.deepEqual(leftOf(harness), [[call.endpoint, "timeout"]]);
});

test("a call that is sent away between a crash and its gateway's next word is out", async () => {
  await using met = await meeting({ isResumable: true });
  const { harness, owner } = met;
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room);
  await gateway.inside(call);
  await harness.network.idle();
  await harness.killAndRestart();
  const again = await harness.webSocket(`?previd=${owner.resumeId}`);
  await again.resume(owner);
  await assert.rejects(gateway.update(call.call, {}), fails("unavailable"));
  const item = `<item nick="${call.endpoint}" role="none"/>`;
  assert.equal((await set(again, `<query xmlns="${ns.mucAdmin}">${item}</query>`)).attrs.type, "result");
  const out = await gateway.enter(call);
  assert.deepEqual([out.state, out.reason], [CallState.OUT, "kicked"]);
});

test("a call that waits in a lobby waits there after a crash too", async () => {
  await using met = await withLobby();
  const { harness } = met;
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room);
  assert.equal((await gateway.enter(call)).state, CallState.LOBBY);
  await harness.network.idle();
  await harness.killAndRestart();
  assert.equal((await gateway.enter(call)).state, CallState.LOBBY);
  assert.deepEqual(harness.focus?.of("lobbyLeft").length, 0);
  assert.equal(harness.focus?.of("lobbyEntered").length, 1);
});

test("a call that is refused at a lobby between a crash and its gateway's next word is out", async () => {
  await using met = await withLobby({ isResumable: true });
  const { harness, owner } = met;
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room);
  await gateway.enter(call);
  await harness.network.idle();
  await harness.killAndRestart();
  const again = await harness.webSocket(`?previd=${owner.resumeId}`);
  await again.resume(owner);
  const answer = await administer(again, [`nick="${call.endpoint}" role="none"`], lobby);
  assert.equal(answer.attrs.type, "result");
  const out = await gateway.enter(call);
  assert.deepEqual([out.state, out.reason], [CallState.OUT, "rejected"]);
});

test("what moderators have decided on a call's speaking outlives the server", async () => {
  await using met = await meeting({ isResumable: true });
  const { harness, owner } = met;
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room);
  await gateway.inside(call);
  const moderate = (attributes: string) =>
    owner.send(`<message to="avmoderation.meet.jitsi"><av_moderation ${attributes} mediaType="audio"/></message>`);
  moderate('enable="true"');
  moderate(`jidToWhitelist="${room}/${call.endpoint}"`);
  await gateway.heard(call.call, ({ audioModerated, maySpeak }) => audioModerated && maySpeak);
  while (!(await keepsLeave(gateway, call.endpoint))) await new Promise((resolve) => setImmediate(resolve));
  await harness.killAndRestart();
  const { audioModerated, maySpeak } = await gateway.inside(call);
  assert.deepEqual([audioModerated, maySpeak], [true, true]);
});

/** Whether it is written that a call may speak. */
async function keepsLeave({ bus }: FakeGateway, endpoint: string): Promise<boolean> {
  const bucket = await bus.bucket(buckets.xmppState, StateRecordSchema);
  for await (const { value } of bucket.entries()) {
    const { record } = value;
    if (record.case === "feature" && record.value.value.includes(endpoint)) return true;
  }
  return false;
}
