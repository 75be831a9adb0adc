import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import { PersonSchema } from "@veche/proto/gen/veche/conference/v1/conference_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { assertCall, assertPromises, callOf, codeOf } from "./testing/calls.ts";
import { FakeGateway } from "./testing/gateway.ts";
import { Stage } from "./testing/stage.ts";
import type { FakeClient } from "./testing/xmpp.ts";

/** Two in the browser and one on the telephone. */
async function withTelephone(stage: Stage): Promise<FakeClient[]> {
  const people = await callOf(stage, "aaaa", "bbbb");
  const phone = stage.xmpp.call("standup", "cccc");
  await stage.pass(1_000);
  const all = [...people, phone];
  assertCall(stage, all);
  return all;
}

const at = <T>(list: readonly T[], index: number): T => {
  const found = list[index];
  if (found === undefined) throw new RangeError(`no element ${index}`);
  return found;
};

describe("a telephone", () => {
  test("is invited with plain RTP and the id of the sitting, hears everybody's sound, and is heard", async () => {
    await using stage = await Stage.open();
    const all = await withTelephone(stage);
    const phone = at(all, 2);
    assert.ok(phone.offered?.plain);
    assert.equal(phone.offered.ufrag, "");
    const [session] = stage.bridge().conferences.keys();
    assert.equal(phone.conference, session);
    assert.deepEqual([...phone.remote.keys()].sort(), ["aaaa-a0", "bbbb-a0"]);
    assert.ok(at(all, 0).remote.has("cccc-a0"));
    assert.equal(at(all, 0).offered?.plain, undefined);
    stage.bridge().connected("cccc");
    await stage.pass(100);
    const published = (await stage.facts()).flatMap((fact) =>
      fact.name === "sourcePublished" && fact.body.participant.endpoint === "cccc" ? [fact.body.source] : [],
    );
    assert.deepEqual(
      published.map(({ name, kind, codec, muted }) => [name, kind, codec, muted]),
      [["cccc-a0", "sip", "opus", false]],
    );
    await assertPromises(stage, false);
  });

  test("its number is kept with the person and nowhere else", async () => {
    await using stage = await Stage.open();
    await withTelephone(stage);
    const persons = await stage.bus.bucket(buckets.persons, PersonSchema);
    assert.equal((await persons.get("p_cccc"))?.value.phone, "+74951234567");
    assert.equal((await persons.get("p_aaaa"))?.value.phone, "");
    assert.doesNotMatch(JSON.stringify(await stage.facts()), /7495/);
    for (const path of ["/debug?full=true", "/debug/conference/standup", "/stats", "/metrics", "/rtcstats"])
      assert.doesNotMatch((await stage.http(path)).body, /7495/, path);
  });

  test("a bridge that dies or is drained leaves it on another by a new invitation, and sound goes on", async () => {
    await using stage = await Stage.open();
    const all = await withTelephone(stage);
    const phone = at(all, 2);
    stage.addBridge("b2");
    await stage.pass(2_000);
    stage.bridge("b1").stop();
    await stage.until(
      "everybody is on the other bridge",
      () => stage.bridge("b2").endpoint("cccc")?.isAccepted === true,
    );
    await stage.pass(2_000);
    assertCall(stage, all);
    assert.equal(phone.invitations.length, 2);
    stage.addBridge("b3");
    await stage.pass(2_000);
    stage.bridge("b2").draining = true;
    await stage.until("everybody has left it", () => stage.bridge("b2").endpoint("cccc") === undefined);
    await stage.pass(5_000);
    assertCall(stage, all);
    assert.equal(phone.invitations.length, 3);
    assert.ok(phone.heard.includes("terminate success"));
    assert.equal(stage.bridge("b3").endpoint("cccc")?.plain, true);
  });

  test("a bridge that stood still when sound was to flow is made good", async () => {
    await using stage = await Stage.open();
    const all = await withTelephone(stage);
    const dddd = stage.xmpp.call("standup", "dddd");
    await stage.until("others are told", () => at(all, 0).remote.has("dddd-a0"));
    stage.bridge().stop();
    await stage.pass(3_000);
    stage.bridge().wake();
    await stage.pass(5_000);
    assertCall(stage, [...all, dddd]);
    await assertPromises(stage, false);
  });

  test("a worker of the bridge that dies costs it a new invitation", async () => {
    await using stage = await Stage.open();
    const all = await withTelephone(stage);
    stage.bridge().lose("cccc");
    await stage.pass(2_000);
    assertCall(stage, all);
    assert.equal(at(all, 2).invitations.length, 2);
  });

  test("the focus is killed: the call goes on, is not invited again, and is told of who comes after", async () => {
    await using stage = await Stage.open();
    const all = await withTelephone(stage);
    stage.killFocus();
    await stage.pass(1_000);
    await stage.startFocus();
    await stage.pass(4_000);
    assert.equal(at(all, 2).invitations.length, 1);
    const [dddd] = [await stage.settled(stage.xmpp.join("standup", "dddd"))];
    await stage.pass(2_000);
    assertCall(stage, [...all, dddd]);
    stage.bridge().lose("cccc");
    await stage.pass(2_000);
    assert.equal(stage.bridge().endpoint("cccc")?.plain, true, "still known as a call");
    await assertPromises(stage, false);
  });

  test("a moderator mutes it, and nobody speaks by it while speaking is reserved", async () => {
    await using stage = await Stage.open();
    const [teacher, , phone] = (await withTelephone(stage)) as [FakeClient, FakeClient, FakeClient];
    await stage.settled(stage.xmpp.mute(teacher, "cccc"));
    assert.ok(phone.heard.includes("mute audio by aaaa"));
    stage.xmpp.setPolicy("standup", { avModeration: [{ media: "audio", by: "aaaa" }] }, ["moderation"], "aaaa");
    await stage.pass(500);
    assert.deepEqual(stage.bridge().endpoint("cccc")?.blocked, ["audio"]);
    assert.equal(await codeOf(stage.settled(stage.xmpp.mute(phone, "cccc", false))), "permission-denied");
    stage.xmpp.setPolicy("standup", { avModeration: [{ media: "audio", by: "aaaa", allowed: ["cccc"] }] }, [
      "moderation",
    ]);
    await stage.pass(500);
    assert.deepEqual(stage.bridge().endpoint("cccc")?.blocked, []);
    assert.equal(await codeOf(stage.settled(stage.xmpp.mute(phone, "cccc", false))), "ok");
  });
});

describe("a room with telephones alone", () => {
  test("is closed with them a few seconds after the last person has left", async () => {
    await using stage = await Stage.open();
    const [a, b] = (await withTelephone(stage)) as [FakeClient, FakeClient];
    stage.xmpp.leave(a);
    await stage.pass(30_000);
    stage.xmpp.leave(b);
    await stage.pass(9_000);
    assert.equal(stage.focus.service.conferences, 1);
    await stage.pass(2_000);
    assert.equal(stage.focus.service.conferences, 0);
    assert.equal(stage.xmpp.rooms.size, 0);
    assert.deepEqual(await stage.leases(), []);
    assert.equal(stage.bridge().conferences.size, 0);
    await assertPromises(stage, true);
  });

  test("goes on where somebody comes at that very moment: the call is invited anew", async () => {
    await using stage = await Stage.open();
    const [a, b, phone] = (await withTelephone(stage)) as [FakeClient, FakeClient, FakeClient];
    const late: FakeClient[] = [];
    stage.xmpp.beforeClosing = () => {
      if (late.length === 0) late.push(stage.xmpp.enter("standup", "eeee"));
    };
    stage.xmpp.leave(a);
    stage.xmpp.leave(b);
    await stage.until("somebody came as the room was to be closed", () => late.length > 0);
    await stage.pass(15_000);
    assertCall(stage, [...late, phone]);
    assert.equal(phone.invitations.length, 2);
    await assertPromises(stage, false);
  });

  test("one who rings first waits, alone and without a bridge, and talks when somebody comes", async () => {
    await using stage = await Stage.open({ VECHE_CALLS_WAIT_TIMEOUT: "5m" });
    const phone = await stage.settled(stage.xmpp.ring("standup", "cccc"));
    await stage.pass(240_000);
    assert.deepEqual(phone.invitations, []);
    const a = await stage.settled(stage.xmpp.join("standup", "aaaa"));
    await stage.pass(2_000);
    assertCall(stage, [phone, a]);
    assert.ok(a.affiliation !== phone.affiliation, "the person owns the room");
    await stage.pass(120_000);
    assertCall(stage, [phone, a]);
  });

  test("one for whom nobody comes is let go when its time is over", async () => {
    await using stage = await Stage.open({ VECHE_CALLS_WAIT_TIMEOUT: "5m" });
    await stage.settled(stage.xmpp.ring("standup", "cccc"));
    await stage.pass(299_000);
    assert.equal(stage.focus.service.conferences, 1);
    await stage.pass(3_000);
    assert.deepEqual([stage.focus.service.conferences, stage.xmpp.rooms.size], [0, 0]);
  });
});

describe("dialling out", () => {
  async function aTeacher(stage: Stage): Promise<FakeClient> {
    const [teacher] = await callOf(stage, "aaaa", "bbbb");
    return teacher as FakeClient;
  }

  const busy = () => new VecheError("resource-exhausted", "all lines are taken");

  test("the gateway with the fewest calls is asked, with who dials and what the client said", async () => {
    await using stage = await Stage.open();
    const teacher = await aTeacher(stage);
    using one = await FakeGateway.start(stage.bus, stage.clock, "sip-1", { calls: 5 });
    using two = await FakeGateway.start(stage.bus, stage.clock, "sip-2", { calls: 2 });
    await stage.pass(100);
    const headers = { JvbRoomName: teacher.ref.jid, "X-Note": "1" };
    assert.equal(await stage.settled(stage.xmpp.dial(teacher, { headers, from: "school" })), "dddd0001");
    assert.deepEqual([one.dialled.length, two.dialled.length], [0, 1]);
    const [asked] = two.dialled;
    assert.deepEqual(
      [asked?.to, asked?.from, asked?.byEndpoint, asked?.byPerson, asked?.room?.room],
      ["+74951234567", "school", "aaaa", "p_aaaa", teacher.ref.room],
    );
    assert.deepEqual({ ...asked?.headers }, headers);
  });

  test("one near the bridge comes before one with fewer calls", async () => {
    await using stage = await Stage.open();
    const teacher = await aTeacher(stage);
    using _far = await FakeGateway.start(stage.bus, stage.clock, "sip-1", { region: "there" });
    using near = await FakeGateway.start(stage.bus, stage.clock, "sip-2", { region: "here", calls: 9 });
    await stage.pass(100);
    await stage.settled(stage.xmpp.dial(teacher));
    assert.equal(near.dialled.length, 1);
  });

  test("one that says nothing, is gone or has no line is passed over, twice", async () => {
    await using stage = await Stage.open();
    const teacher = await aTeacher(stage);
    using silent = await FakeGateway.start(stage.bus, stage.clock, "sip-1");
    using gone = await FakeGateway.start(stage.bus, stage.clock, "sip-2");
    using good = await FakeGateway.start(stage.bus, stage.clock, "sip-3");
    silent.script.push("silent");
    gone.kill();
    await stage.pass(100);
    assert.equal(await stage.settled(stage.xmpp.dial(teacher)), "dddd0001");
    assert.deepEqual([silent.dialled.length, good.dialled.length], [1, 1]);
    silent.script.push(busy());
    good.script.push(busy());
    assert.equal(await codeOf(stage.settled(stage.xmpp.dial(teacher))), "resource-exhausted");
    const stats = JSON.parse((await stage.http("/stats")).body);
    assert.deepEqual(stats.jigasi_detector, {
      sip_count: 3,
      sip_in_graceful_shutdown_count: 0,
      transcriber_count: 0,
      transcriber_in_graceful_shutdown_count: 0,
    });
    assert.deepEqual(stats.jigasi, {
      rejected_requests: 0,
      accepted_requests: 2,
      retries: 4,
      instance_errors: 4,
      instance_timeout: 1,
      requests_failed_no_instance: 0,
      requests_failed_xmpp_not_connected: 0,
    });
  });

  test("after three that say nothing the asker hears so", async () => {
    await using stage = await Stage.open();
    const teacher = await aTeacher(stage);
    const gateways = [];
    for (const id of ["sip-1", "sip-2", "sip-3", "sip-4"]) {
      const gateway = await FakeGateway.start(stage.bus, stage.clock, id);
      gateway.script.push("silent");
      gateways.push(gateway);
    }
    await stage.pass(100);
    assert.equal(await codeOf(stage.settled(stage.xmpp.dial(teacher))), "deadline-exceeded");
    assert.deepEqual(
      gateways.map(({ dialled }) => dialled.length),
      [1, 1, 1, 0],
    );
    for (const gateway of gateways) gateway.kill();
  });

  test("what a gateway refuses for good no other is asked, and one that breaks is no internal error", async () => {
    await using stage = await Stage.open();
    const teacher = await aTeacher(stage);
    using one = await FakeGateway.start(stage.bus, stage.clock, "sip-1");
    using two = await FakeGateway.start(stage.bus, stage.clock, "sip-2", { calls: 1 });
    await stage.pass(100);
    for (const code of ["permission-denied", "invalid-argument"] as const) {
      one.script.push(new VecheError(code, "not that number: +7 495 1234567"));
      assert.equal(await codeOf(stage.settled(stage.xmpp.dial(teacher))), code);
    }
    assert.equal(two.dialled.length, 0);
    for (const gateway of [one, two]) gateway.script.push(new VecheError("internal", "broken"));
    assert.equal(await codeOf(stage.settled(stage.xmpp.dial(teacher))), "unavailable");
  });

  test("nobody but a moderator dials, nor into another room, nor all the time", async () => {
    await using stage = await Stage.open({ VECHE_DIALS_PER_MINUTE: "2" });
    const [teacher, pupil] = (await callOf(stage, "aaaa", "bbbb")) as [FakeClient, FakeClient];
    using gateway = await FakeGateway.start(stage.bus, stage.clock);
    await stage.pass(100);
    const dial = (asker: FakeClient, wish = {}) => codeOf(stage.settled(stage.xmpp.dial(asker, wish)));
    assert.equal(await dial(pupil), "permission-denied");
    assert.equal(await dial(pupil, { granted: ["outbound-call"] }), "ok");
    assert.equal(await dial(teacher, { denied: ["outbound-call"] }), "permission-denied");
    assert.equal(await dial(teacher, { headers: { JvbRoomName: "x@muc.meet.jitsi" } }), "permission-denied");
    assert.equal(await dial(teacher), "ok");
    assert.equal(await dial(teacher), "resource-exhausted");
    assert.equal(gateway.dialled.length, 2);
  });

  test("whether telephones can be dialled is shown in the room, and said to who asks for the conference", async () => {
    await using stage = await Stage.open();
    const teacher = await aTeacher(stage);
    assert.equal(await codeOf(stage.settled(stage.xmpp.dial(teacher))), "unavailable");
    const isShown = async (dialsOut: boolean) => {
      await stage.until(`shown: ${dialsOut}`, () => stage.xmpp.properties["dial-out"] === String(dialsOut));
      const { properties } = await stage.settled(stage.xmpp.ask("standup", "zzzz"));
      assert.equal(properties.sipGatewayEnabled, String(dialsOut));
    };
    using gateway = await FakeGateway.start(stage.bus, stage.clock);
    await isShown(true);
    for (const changes of [{ draining: true }, { healthy: false }, { dialsOut: false }]) {
      await gateway.say(changes);
      await isShown(false);
      await gateway.say({ draining: false, healthy: true, dialsOut: true });
      await isShown(true);
    }
    await gateway.say({ calls: 40, maxCalls: 40 });
    await stage.pass(100);
    assert.equal(await codeOf(stage.settled(stage.xmpp.dial(teacher))), "resource-exhausted");
    const debug = JSON.parse((await stage.http("/debug")).body);
    assert.deepEqual(debug.gateways, [
      {
        id: "sip-1",
        instance: "sip-1-1",
        region: "",
        healthy: true,
        draining: false,
        calls: 40,
        maxCalls: 40,
        dialsOut: true,
      },
    ]);
    assert.match((await stage.http("/metrics")).body, /veche_focus_gateways_count 1/);
    gateway.kill();
    await stage.pass(13_000);
    await isShown(false);
  });

  test("the next focus says what it finds, also where nothing is left", async () => {
    await using stage = await Stage.open();
    const teacher = await aTeacher(stage);
    using gateway = await FakeGateway.start(stage.bus, stage.clock);
    await stage.until("shown", () => stage.xmpp.properties["dial-out"] === "true");
    stage.killFocus();
    gateway.kill();
    await stage.pass(20_000);
    await stage.startFocus();
    await stage.until("shown no more", () => stage.xmpp.properties["dial-out"] === "false");
    assert.equal(await codeOf(stage.settled(stage.xmpp.dial(teacher))), "unavailable");
  });
});
