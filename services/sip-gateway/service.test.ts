import assert from "node:assert/strict";
import { test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import { MediaKind } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { CallState } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { gateway as contracts } from "@veche/proto/subjects.ts";
import { limits, rates } from "./limits.ts";
import { type FakePhone, phoneSdp } from "./testing/fake-signalling.ts";
import { bridgeKey, type TestGateway, World } from "./testing/gateway.ts";

const named = { "jitsi-conference-room": "standup" };

/** One call inside, heard and hearing. */
async function inside(
  world: World,
  gateway: TestGateway,
  options: Parameters<TestGateway["signalling"]["ring"]>[0] = {},
) {
  const before = world.entered.length;
  const phone = gateway.signalling.ring({ headers: named, ...options });
  const request = await world.until(() => world.entered[before], "enter-room");
  await world.invite(gateway.id, request);
  await world.until(() => phone.isAnswered, "an answer");
  const run = await world.until(() => gateway.calls.find(({ given }) => given.call === request.call), "the call");
  await world.until(() => run.state.line === "answered", "the line");
  const leg = gateway.sound.legs.at(-1);
  assert.ok(leg);
  return { phone, request, run, leg, call: request.call };
}

test("a call with a room rings until its session is accepted, and then hears and is heard", async () => {
  await using world = new World();
  const gateway = await world.start();
  const phone = gateway.signalling.ring({ headers: { ...named, "jitsi-conference-room-pass": "s3cret" } });
  const request = await world.until(() => world.entered[0], "enter-room");
  assert.equal(request.room?.jid, "standup@muc.meet.jitsi");
  assert.equal(request.password, "s3cret");
  assert.deepEqual([request.gateway, request.instance, request.displayName], ["g1", "g1-1", "Anna"]);
  assert.match(request.endpoint, /^[0-9a-f]{8}$/);
  await world.seconds(3);
  assert.deepEqual([phone.isRinging, phone.isAnswered], [true, false]);
  await world.invite("g1", request);
  await world.until(() => phone.isAnswered, "an answer");
  const accepted = world.accepted[0];
  const leg = gateway.sound.legs[0];
  const plain = accepted?.transport?.plain;
  assert.deepEqual([plain?.srtpSuite, plain?.srtpKey.length], ["AEAD_AES_256_GCM", 44]);
  assert.deepEqual(leg?.bridge?.localKey, Buffer.from(plain?.srtpKey ?? []));
  assert.deepEqual(leg?.bridge?.remoteKey, bridgeKey);
  assert.deepEqual([leg?.bridge?.payloadType, leg?.bridge?.audioLevelId], [111, 6]);
  assert.deepEqual(
    accepted?.sources.map(({ name, ssrcs }) => [name, ssrcs]),
    [[`${request.endpoint}-a0`, [leg?.bridge?.ssrc]]],
  );
  assert.deepEqual(leg?.voices, [{ ssrc: 2, endpoint: "aaaaaaaa" }]);
  assert.equal(leg?.conference, "sitting1");
  assert.equal(leg?.media?.codec, "PCMA");
  await world.until(() => leg?.said.includes("en/joined"), "a word");
});

test("a call with a code is answered, typed by INFO and by RTP, and enters the room of the code", async () => {
  await using world = new World();
  const gateway = await world.start();
  const made = await (await fetch(`${gateway.origin}/dial-in/code?conference=5a@muc.meet.jitsi`)).json();
  const { id } = made as { id: number };
  const phone = gateway.signalling.ring();
  await world.until(() => phone.isAnswered, "an answer");
  const leg = gateway.sound.legs[0];
  await world.until(() => leg?.said.includes("en/enter-code"), "the question");
  assert.ok(leg?.said.includes("ru/press-star"));
  const digits = String(id);
  for (const digit of digits) {
    // One press, told twice.
    leg?.press(digit);
    phone.press(digit);
    await world.clock.advance(200);
  }
  phone.press("#");
  const request = await world.until(() => world.entered[0], "enter-room");
  assert.equal(request.room?.jid, "5a@muc.meet.jitsi");
});

test("somebody else's code is not found by trying: three tries a call, and then the caller is shut out", async () => {
  await using world = new World();
  const gateway = await world.start();
  for (let n = 0; n < 3; n += 1) {
    const phone = gateway.signalling.ring();
    await world.until(() => phone.isAnswered, "an answer");
    for (let tried = 0; tried < limits.tries; tried += 1) {
      await world.seconds(2);
      gateway.sound.legs.at(-1)?.press(`12345678${tried}#`);
    }
    await world.until(() => phone.isOver, "its end");
  }
  const shut = gateway.signalling.ring();
  await world.until(() => shut.rejected === 403, "a refusal");
  const other = gateway.signalling.ring({ from: "+74952220000" });
  await world.until(() => other.isAnswered, "another caller's answer");
  await world.seconds(rates.failedCallers.withinMs / 1_000);
  const again = gateway.signalling.ring();
  await world.until(() => again.isAnswered, "an answer later");
});

test("callers from nowhere are rejected before any work when they come too often", async () => {
  await using world = new World();
  const env = { JIGASI_SIP_DEFAULT_ROOM: "hall", VECHE_SIP_CODES: "0", VECHE_SIP_UNKNOWN_PER_MINUTE: "3" };
  const gateway = await world.start("g1", env);
  const ring = () => gateway.signalling.ring({ trunk: undefined, address: "203.0.113.5", headers: named });
  for (let n = 0; n < 3; n += 1) ring();
  const request = await world.until(() => world.entered[0], "enter-room");
  assert.equal(request.room?.name, "hall", "a header of somebody unknown is not believed");
  const legs = gateway.sound.legs.length;
  const shut = ring();
  assert.equal(shut.rejected, 403);
  assert.equal(gateway.sound.legs.length, legs);
});

test("an offer that can't be read is refused, and nobody else notices", async () => {
  await using world = new World();
  const gateway = await world.start();
  const bad = gateway.signalling.ring({ offer: "v=0\r\nrubbish", headers: named });
  const none = gateway.signalling.ring({ offer: phoneSdp().replace("RTP/AVP 8 101", "RTP/AVP 18"), headers: named });
  const long = gateway.signalling.ring({ offer: "x".repeat(limits.sdpBytes + 1), headers: named });
  await world.until(() => bad.rejected && none.rejected && long.rejected, "refusals");
  assert.deepEqual([bad.rejected, none.rejected, long.rejected], [400, 488, 413]);
  assert.ok(gateway.sound.legs.every(({ isClosed }) => isClosed));
  await inside(world, gateway);
});

test("an INVITE without an offer gets ours, and its ACK has the answer", async () => {
  await using world = new World();
  const gateway = await world.start();
  const { leg } = await inside(world, gateway, { offer: "", ackSdp: phoneSdp(4_100) });
  assert.equal(leg.media?.remote.port, 4_100);
});

test("who hangs up while he rings is gone from the room, and who does so at once was never there", async () => {
  await using world = new World();
  const gateway = await world.start();
  const quick = gateway.signalling.ring({ headers: named });
  quick.cancel();
  const phone = gateway.signalling.ring({ headers: named });
  const request = await world.until(() => world.entered[0], "enter-room");
  phone.cancel();
  await world.until(() => world.left.includes(request.call), "its leaving");
  assert.deepEqual([gateway.calls.length, world.entered.length], [0, 1]);
  assert.ok(gateway.sound.legs.every(({ isClosed }) => isClosed));
  assert.deepEqual([quick.rejected, phone.rejected], [undefined, undefined]);
});

test("there are only so many calls, and so many ports", async () => {
  await using world = new World();
  const gateway = await world.start("g1", { VECHE_SIP_MAX_CALLS: "2" });
  await inside(world, gateway);
  gateway.sound.portsAtMost = 1;
  const noPort = gateway.signalling.ring({ headers: named });
  await world.until(() => noPort.rejected === 503, "a refusal for want of a port");
  gateway.sound.portsAtMost = 10;
  await inside(world, gateway);
  const third = gateway.signalling.ring({ headers: named });
  await world.until(() => third.rejected === 503, "a refusal");
});

test("lobby: answered, told by prompt and by JSON, let in or not", async () => {
  await using world = new World();
  const gateway = await world.start();
  world.standing = () => ({ state: CallState.LOBBY });
  const phone = gateway.signalling.ring({ headers: { ...named, accept: "application/sdp, application/json" } });
  await world.until(() => phone.isAnswered, "an answer");
  await world.until(() => gateway.sound.legs[0]?.said.includes("en/lobby"), "a word");
  const request = world.entered[0];
  assert.ok(request);
  world.standing = () => ({ state: CallState.INSIDE, participants: 2, humans: 1 });
  world.change("g1", request.call, { state: CallState.INSIDE, participants: 2, humans: 1 });
  await world.until(() => phone.dialog.infos.some((body) => body.startsWith('{"t":6')), "the news by JSON");
  await world.invite("g1", request);
  await world.until(() => gateway.sound.legs[0]?.said.includes("en/joined"), "a word");
});

test("a password by keys, or by JSON in the lobby's way", async () => {
  await using world = new World();
  const gateway = await world.start();
  world.standing = ({ password }) => {
    if (password === "") throw new VecheError("unauthenticated", "a password is wanted");
    if (password !== "4711") throw new VecheError("permission-denied", "the password is wrong");
    return { state: CallState.INSIDE, participants: 2, humans: 1 };
  };
  const phone = gateway.signalling.ring({ headers: named });
  const leg = await world.until(
    () => gateway.sound.legs[0]?.said.includes("en/enter-password") && gateway.sound.legs[0],
    "the question",
  );
  leg.press("99#");
  await world.until(() => leg.said.includes("en/wrong-password"), "a no");
  phone.say({ t: 4, i: 1, d: { pwd: "4711" } });
  await world.until(() => gateway.calls[0]?.state.stands === "inside", "being inside");
  assert.ok(!world.logged.join("").includes("4711"));
});

test("mute by keys, by a moderator, and by the phone's JSON are shown; reserved speaking is kept", async () => {
  await using world = new World();
  const gateway = await world.start();
  const { phone, leg, request, call } = await inside(world, gateway);
  leg.press("1");
  await world.until(() => world.shown.at(-1)?.presence?.audioMuted, "muted");
  assert.equal(leg.isMuted, true);
  await world.seconds(2);
  leg.press("1");
  await world.until(() => world.shown.at(-1)?.presence?.audioMuted === false, "unmuted");
  assert.deepEqual([world.asked[0]?.target, world.asked[0]?.muted], [request.endpoint, false]);
  await world.xmpp.request(
    contracts.askToMute,
    { gateway: "g1" },
    { room: request.room, endpoint: request.endpoint, media: "audio" },
  );
  await world.until(() => leg.said.includes("en/muted-by-moderator"), "a word");
  world.change("g1", call, {
    state: CallState.INSIDE,
    participants: 2,
    humans: 1,
    audioModerated: true,
    maySpeak: false,
  });
  await world.until(() => gateway.calls[0]?.state.isModerated, "the news");
  phone.say({ type: "muteRequest", id: "5", data: { audio: false } });
  await world.until(() => (world.shown.at(-1)?.presence?.raisedHandMs ?? 0n) > 0n, "a raised hand");
  await world.until(() => phone.dialog.infos.some((body) => body.includes('"FAILED"')), "a no");
  world.mayUnmute = () => {
    throw new VecheError("permission-denied", "no");
  };
  world.change("g1", call, { state: CallState.INSIDE, participants: 2, humans: 1 });
  await world.seconds(2);
  leg.press("1");
  await world.until(() => world.asked.length === 2, "asking");
  assert.equal(leg.isMuted, true);
});

test("on hold nothing of the phone's goes to the conference, and its silence is no fault", async () => {
  await using world = new World();
  const gateway = await world.start();
  const { phone, leg } = await inside(world, gateway);
  const answer = await phone.dialog.listener?.reoffered(phoneSdp(4_000, "sendonly"));
  assert.match(String(answer), /a=recvonly/);
  assert.equal(leg.isMuted, true);
  leg.listener.silent(true);
  await world.seconds(120);
  assert.equal(phone.isOver, false);
  assert.match(String(await phone.dialog.listener?.reoffered(phoneSdp(4_002))), /a=sendrecv/);
  leg.listener.silent(false);
  assert.deepEqual([leg.isMuted, leg.media?.remote.port], [false, 4_002]);
  assert.equal(await phone.dialog.listener?.reoffered("rubbish"), 400);
  assert.equal(leg.media?.remote.port, 4_002);
  leg.listener.silent(true);
  await world.until(() => phone.isOver, "the end of a silent phone");
});

test("a transfer is refused, and what nobody knows too", async () => {
  await using world = new World();
  const gateway = await world.start();
  const { phone } = await inside(world, gateway);
  assert.equal(phone.dialog.listener?.referred("sip:+1900@evil.example"), 403);
  assert.equal(phone.dialog.listener?.info("text/plain", "x"), 415);
  assert.equal(phone.dialog.listener?.info("application/json", "{"), 400);
  assert.equal(phone.dialog.listener?.info("application/json", '{"t":11}'), 200);
});

test("kicked, it hears so; the conference ended, likewise; hung up by a moderator; and by itself it leaves the room", async () => {
  await using world = new World();
  const gateway = await world.start();
  gateway.sound.isPatient = true;
  const kicked = await inside(world, gateway);
  world.change("g1", kicked.call, { state: CallState.OUT, reason: "kicked" });
  await world.until(() => kicked.leg.said.at(-1) === "en/kicked", "a word");
  assert.equal(kicked.phone.isOver, false);
  kicked.leg.finish();
  await world.until(() => kicked.phone.isOver && kicked.leg.isClosed, "its end");
  gateway.sound.isPatient = false;
  const hungUp = await inside(world, gateway);
  const { room, endpoint } = hungUp.request;
  await world.xmpp.request(contracts.hangUp, { gateway: "g1" }, { room, endpoint, byEndpoint: "aaaaaaaa" });
  await world.until(() => hungUp.phone.isOver, "its end");
  const own = await inside(world, gateway);
  own.phone.dialog.listener?.ended("remote");
  await world.until(() => world.left.includes(own.call), "its leaving");
  await assert.rejects(world.xmpp.request(contracts.hangUp, { gateway: "g1" }, { room, endpoint }), {
    code: "not-found",
  });
  assert.equal(gateway.calls.length, 0);
});

test("a new session takes the place of the old, sources come and go, and an ended one waits for the next", async () => {
  await using world = new World();
  const gateway = await world.start();
  const { leg, request, phone } = await inside(world, gateway);
  const { room, endpoint } = request;
  const first = leg.bridge;
  await world.invite("g1", request, { jingleSession: "j1-2" });
  await world.until(() => world.accepted.length === 2, "another accept");
  assert.notDeepEqual(leg.bridge?.localKey, first?.localKey);
  await world.invite("g1", request, { jingleSession: "j1-2" });
  const source = { name: "bbbbbbbb-a0", owner: "bbbbbbbb", kind: MediaKind.AUDIO, ssrcs: [9] };
  const values = { gateway: "g1" };
  await world.xmpp.request(contracts.announceSources, values, {
    room,
    endpoint,
    jingleSession: "j1-2",
    sources: [source],
  });
  assert.deepEqual(
    leg.voices.map(({ ssrc }) => ssrc),
    [2, 9],
  );
  await world.xmpp.request(contracts.withdrawSources, values, {
    room,
    endpoint,
    jingleSession: "j1-1",
    sources: [source],
  });
  assert.equal(leg.voices.length, 2);
  await world.xmpp.request(contracts.withdrawSources, values, {
    room,
    endpoint,
    jingleSession: "j1-2",
    sources: [source],
  });
  assert.deepEqual(
    leg.voices.map(({ ssrc }) => ssrc),
    [2],
  );
  await world.xmpp.request(contracts.endSession, values, { room, endpoint, jingleSession: "j1-2", reason: "success" });
  assert.deepEqual([leg.bridge, leg.conference], [undefined, undefined]);
  await world.seconds(10);
  assert.equal(phone.isOver, false);
  await world.invite("g1", request, { jingleSession: "j1-3" });
  await world.until(() => leg.bridge, "its sound");
  assert.equal(world.accepted.length, 3);
});

test("a focus that is away for a moment gets the answer when it is back", async () => {
  await using world = new World();
  const gateway = await world.start();
  let isAway = true;
  world.acceptSession = () => {
    if (isAway) throw new VecheError("unavailable", "no focus");
  };
  const phone = gateway.signalling.ring({ headers: named });
  const request = await world.until(() => world.entered[0], "enter-room");
  await world.invite("g1", request);
  await world.seconds(2);
  assert.equal(phone.isAnswered, false);
  isAway = false;
  await world.until(() => phone.isAnswered, "an answer");
});

test("an XMPP server that starts anew has the call back at once; while it lasts it is asked again and again", async () => {
  await using world = new World();
  const gateway = await world.start();
  await inside(world, gateway);
  await world.seconds(20);
  assert.ok(world.entered.length >= 4);
  const count = world.entered.length;
  world.serverUp();
  await world.until(() => world.entered.length === count + 1, "enter-room", 1_000);
});

test("a part that fails ends its call, and nobody else's", async () => {
  await using world = new World();
  const gateway = await world.start();
  const [one, two] = [await inside(world, gateway), await inside(world, gateway)];
  one.leg.play = () => {
    throw new Error("no such prompt");
  };
  one.leg.press("3");
  await world.until(() => one.phone.isOver && world.left.includes(one.call), "its end");
  two.leg.press("3");
  await world.until(() => two.leg.said.at(-1)?.startsWith("en/people"), "the other's answer");
});

test("an offer of the focus that can't be taken is given back, and asked for anew", async () => {
  await using world = new World();
  const gateway = await world.start();
  const phone = gateway.signalling.ring({ headers: named });
  const request = await world.until(() => world.entered[0], "enter-room");
  await world.invite("g1", request, { jingleSession: "j1-1", descriptions: [] });
  const ended = await world.until(() => world.terminated[0], "terminate-session");
  assert.deepEqual([ended.jingleSession, ended.bridgeSession, ended.restart], ["j1-1", "b1-1", true]);
  await world.invite("g1", request, { jingleSession: "j1-2" });
  await world.until(() => phone.isAnswered, "an answer");
});

test("a call from whose bridge nothing comes keeps its session until the focus agrees to another", async () => {
  await using world = new World();
  const gateway = await world.start();
  const { leg, request } = await inside(world, gateway);
  let refused = 0;
  world.endSession = () => {
    refused += 1;
    throw new VecheError("unavailable", "no focus");
  };
  const shown = async () => {
    const debug = (await (await fetch(`${gateway.origin}/debug`)).json()) as { gateways: { bridgeSilent: boolean }[] };
    return debug.gateways[0]?.bridgeSilent;
  };
  leg.listener.bridgeSilent(true);
  leg.listener.bridgeSilent(true);
  await world.until(() => refused === 1, "terminate-session");
  assert.equal(await shown(), true);
  assert.ok(leg.bridge && leg.conference, "what there is is kept");
  world.endSession = () => {};
  const ended = await world.until(() => world.terminated[0], "terminate-session once more", 120_000);
  assert.deepEqual([ended.endpoint, ended.jingleSession, ended.restart], [request.endpoint, "j1-1", true]);
  await world.until(() => leg.bridge === undefined, "its end");
  await world.invite("g1", request, { jingleSession: "j1-2" });
  await world.until(() => leg.bridge && leg.conference, "another session");
  assert.equal(await shown(), false);
  assert.equal(world.logged.filter((line) => line.includes("nothing comes from the bridge of a call")).length, 1);
  assert.match(await gateway.metrics.text(), /^veche_sip_gateway_bridge_silences_total 1$/m);
});

test("voices that come again end the asking, and where they never come it is asked three times in ten minutes", async () => {
  await using world = new World();
  const gateway = await world.start();
  const { leg, request } = await inside(world, gateway);
  let refused = 0;
  world.endSession = () => {
    refused += 1;
    throw new VecheError("resource-exhausted", "one in 5 s");
  };
  leg.listener.bridgeSilent(true);
  await world.until(() => refused === 1, "terminate-session");
  leg.listener.bridgeSilent(false);
  await world.seconds(120);
  assert.equal(refused, 1);
  world.endSession = () => {};
  for (const session of ["j1-2", "j1-3"]) {
    leg.listener.bridgeSilent(true);
    await world.until(() => leg.bridge === undefined, "its end");
    await world.invite("g1", request, { jingleSession: session });
    await world.until(() => leg.bridge && leg.conference, "another session");
  }
  leg.listener.bridgeSilent(true);
  await world.seconds(300);
  assert.deepEqual(
    world.terminated.map(({ jingleSession }) => jingleSession),
    ["j1-1", "j1-2"],
  );
  assert.ok(leg.bridge, "the call goes on with what it has");
  await world.until(() => world.terminated.length === 3, "once more when ten minutes are over", 600_000);
});

test("who withholds name and number has a name in the room all the same", async () => {
  await using world = new World();
  const gateway = await world.start();
  gateway.signalling.ring({ from: "", displayName: "\u0007", headers: named });
  assert.equal((await world.until(() => world.entered[0], "enter-room")).displayName, "Phone");
});

test("a hundred calls within ten seconds", async () => {
  await using world = new World();
  const gateway = await world.start();
  const phones: FakePhone[] = [];
  for (let n = 0; n < 100; n += 1) {
    phones.push(gateway.signalling.ring({ from: `+7495${n}`, headers: { "jitsi-conference-room": `r${n % 10}` } }));
    await world.clock.advance(100);
  }
  await world.until(() => world.entered.length >= 100, "all asking");
  const first = new Map(world.entered.map((request) => [request.call, request]));
  await Promise.all([...first.values()].map((request) => world.invite("g1", request)));
  await world.until(() => phones.every(({ isAnswered }) => isAnswered), "all answered");
  assert.equal(new Set([...first.values()].map(({ endpoint }) => endpoint)).size, 100);
  const state = await world.until(async () => {
    const found = await world.state();
    return found?.calls === 100 && found.conferences === 10 && found;
  }, "being told");
  assert.equal(state.largestConference, 10);
});
