import assert from "node:assert/strict";
import { test } from "node:test";
import { CallState } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { gateway as contracts } from "@veche/proto/subjects.ts";
import { limits, rates } from "./limits.ts";
import { World } from "./testing/gateway.ts";

const named = { "jitsi-conference-room": "standup" };
const nameOf = (subject: string) => subject.split(".").at(-1);

const callFacts = async (world: World) => (await world.facts()).filter(({ body }) => body.call !== undefined);

async function talk(world: World, gateway: Awaited<ReturnType<World["start"]>>) {
  const before = world.entered.length;
  const phone = gateway.signalling.ring({ headers: named });
  const request = await world.until(() => world.entered[before], "enter-room");
  await world.invite(gateway.id, request);
  await world.until(() => gateway.sound.legs.at(-1)?.conference, "its sound");
  await world.until(
    async () => (await world.facts()).some(({ subject }) => subject.endsWith("call-started")),
    "its fact",
  );
  return { phone, request };
}

test("facts of a call: in order, without a gap, each once, with no number in them", async () => {
  await using world = new World();
  const gateway = await world.start();
  const { phone } = await talk(world, gateway);
  gateway.sound.legs[0]?.press("3");
  await world.seconds(5);
  phone.dialog.listener?.ended("remote");
  await world.until(async () => (await world.facts()).some(({ subject }) => subject.endsWith("call-ended")), "the end");
  const facts = await callFacts(world);
  assert.deepEqual(
    facts.map(({ subject, body }) => [nameOf(subject), Number(body.seq), body.direction]),
    [
      ["call-incoming", 1, "in"],
      ["call-started", 2, "in"],
      ["dtmf", 3, "in"],
      ["call-ended", 4, "in"],
    ],
  );
  const last = facts.at(-1);
  assert.match(last?.subject ?? "", /^conference\.v1\.main\.[a-z2-7]{20}\.sitting1\.sip\.call-ended$/);
  assert.deepEqual([last?.body.cause, last?.body.gateway], ["caller", "g1"]);
  assert.ok(Number(last?.body.seconds) >= 5);
  assert.equal(facts[1]?.body.codec, "PCMA");
  assert.equal(facts[2]?.body.digit, "3");
  const text = JSON.stringify(facts);
  assert.ok(!text.includes("4951110000") && !text.includes("Anna"));
  await world.until(async () => (await world.records()) === 0, "its record to be gone");
});

test("a call that was let in by a code is told in its sitting, and so is its end when its gateway dies", async () => {
  await using world = new World();
  const one = await world.start("g1");
  const { id } = (await (await fetch(`${one.origin}/dial-in/code?conference=5a@muc.meet.jitsi`)).json()) as {
    id: number;
  };
  const phone = one.signalling.ring();
  await world.until(() => phone.isAnswered, "an answer");
  await world.until(() => one.calls[0]?.state.line === "answered", "the line");
  for (const digit of `${id}#`) {
    one.sound.legs[0]?.press(digit);
    await world.clock.advance(200);
  }
  const request = await world.until(() => world.entered[0], "enter-room");
  await world.invite("g1", request);
  await world.until(
    async () => (await world.facts()).some(({ subject }) => subject.endsWith("call-started")),
    "its fact",
  );
  await one.die();
  await world.start("g1", {}, "g1-2");
  await world.until(async () => (await world.records()) === 0, "its end");
  const inSitting = (await callFacts(world)).filter(({ body }) => body.session === "sitting1");
  assert.deepEqual(
    inSitting.map(({ subject }) => nameOf(subject)),
    ["call-started", "call-ended"],
  );
  assert.equal(inSitting[1]?.body.cause, "gateway-lost");
});

test("a gateway that was killed has its calls ended by its next start, once, with the next number", async () => {
  await using world = new World();
  const one = await world.start("g1");
  await talk(world, one);
  await one.die();
  assert.equal(await world.records(), 1);
  await world.start("g1", {}, "g1-2");
  await world.until(async () => (await world.records()) === 0, "its calls' end");
  const ended = (await world.facts()).filter(({ subject }) => subject.endsWith("call-ended"));
  assert.deepEqual(
    ended.map(({ body }) => [body.cause, Number(body.seq), body.gateway, body.session]),
    [["gateway-lost", 3, "g1", "sitting1"]],
  );
});

test("a gateway that never comes back has its calls ended by another", async () => {
  await using world = new World();
  const one = await world.start("g1");
  await world.start("g2");
  await talk(world, one);
  await world.seconds(60);
  assert.equal(await world.records(), 1, "while it is there its calls are its own");
  await one.die();
  await world.until(async () => (await world.records()) === 0, "their end", 120_000);
  const ended = (await world.facts()).filter(({ subject }) => subject.endsWith("call-ended"));
  assert.deepEqual(
    ended.map(({ body }) => body.cause),
    ["gateway-lost"],
  );
});

test("a gateway that ends tells its callers, leaves the rooms, and is in no bucket any more", async () => {
  await using world = new World();
  {
    await using gateway = await world.start("g1");
    const { phone, request } = await talk(world, gateway);
    await world.until(() => world.state(), "being known");
    const over = gateway[Symbol.asyncDispose]();
    await world.until(() => world.left.includes(request.call), "leaving");
    await over;
    assert.ok(gateway.sound.legs[0]?.said.includes("en/restarting"));
    assert.equal(phone.isOver, true);
  }
  assert.equal(await world.state(), undefined);
  assert.equal(await world.records(), 0);
});

test("the bus is away for a while: the call goes on, and its facts come afterwards, in their order", async () => {
  await using world = new World();
  const gateway = await world.start("g1");
  const { phone } = await talk(world, gateway);
  world.network.disconnect(gateway.bus as never);
  gateway.sound.legs[0]?.press("3");
  await world.seconds(30);
  assert.equal(phone.isOver, false);
  world.network.reconnect(gateway.bus as never);
  await world.until(async () => (await world.facts()).some(({ subject }) => subject.endsWith("dtmf")), "the fact");
  const seqs = (await callFacts(world)).map(({ body }) => Number(body.seq));
  assert.deepEqual(seqs, [1, 2, 3]);
});

test("heartbeats each second, and how trunks stand", async () => {
  await using world = new World();
  const beats: string[] = [];
  world.xmpp.subscribe(contracts.heartbeat, ({ instance }) => void beats.push(instance));
  const gateway = await world.start("g1");
  await world.seconds(5);
  assert.ok(beats.length >= 5);
  assert.deepEqual(
    (await world.state())?.trunks.map(({ trunk, registration }) => [trunk, registration]),
    [
      ["office", "none"],
      ["provider", "registered"],
    ],
  );
  gateway.signalling.register({ trunk: "provider", state: "refused", status: 403 });
  await world.until(async () => (await world.facts()).length === 2, "the facts");
  const [registered, refused] = await world.facts();
  assert.equal(registered?.subject, "conference.v1.main.-.-.sip.registered");
  assert.deepEqual([refused?.body.cause, refused?.body.sipStatus], ["refused", 403]);
  gateway.signalling.setReachable(false);
  await world.until(async () => (await world.state())?.healthy === false, "being ill");
  const health = async () => {
    const answer = await fetch(`${gateway.origin}/about/health`);
    return [answer.status, await answer.text()];
  };
  assert.deepEqual(await health(), [500, '{"reason":"the SIP process is away"}']);
  gateway.signalling.setReachable(false, "its port is busy");
  assert.deepEqual(await health(), [500, '{"reason":"the SIP process is away: its port is busy"}']);
  gateway.signalling.setReachable(true);
  assert.equal((await health())[0], 200);
});

test("codes: a room keeps its own, whichever gateway is asked, and several at once agree", async () => {
  await using world = new World();
  const [one, two] = [await world.start("g1"), await world.start("g2")];
  const ask = async (origin: string, query: string) =>
    (await (await fetch(`${origin}/dial-in/code?${query}`)).json()) as { id?: number; conference?: unknown };
  const asked = await Promise.all(
    [one, two, one, two].map(({ origin }) => ask(origin, "conference=5%25d0%25b0%40muc.meet.jitsi")),
  );
  assert.equal(new Set(asked.map(({ id }) => id)).size, 1);
  const id = asked[0]?.id;
  assert.match(String(id), /^[1-9]\d{8}$/);
  assert.equal((await ask(two.origin, `id=${id}`)).conference, "5%d0%b0@muc.meet.jitsi");
  const other = await ask(one.origin, "conference=5b@muc.meet.jitsi");
  assert.notEqual(other.id, id);
  const unknown = await ask(one.origin, "id=1");
  assert.deepEqual([unknown.id, unknown.conference], [1, false]);
});

test("codes are not found by trying, and nobody makes many", async () => {
  await using world = new World();
  const gateway = await world.start("g1");
  const ask = (query: string, from: string) =>
    fetch(`${gateway.origin}/dial-in/code?${query}`, { headers: { "x-forwarded-for": from } });
  for (let n = 0; n < rates.wrongCodes.most; n += 1) assert.equal((await ask(`id=${n}`, "192.0.2.1")).status, 200);
  assert.equal((await ask("id=77", "192.0.2.1")).status, 429);
  assert.equal((await ask("id=77", "192.0.2.2")).status, 200);
  for (let n = 0; n < rates.newCodes.most; n += 1)
    assert.equal((await ask(`conference=r${n}@muc.meet.jitsi`, "192.0.2.3")).status, 200);
  assert.equal((await ask("conference=one-more@muc.meet.jitsi", "192.0.2.3")).status, 429);
  assert.equal((await ask("conference=r1@muc.meet.jitsi", "192.0.2.3")).status, 200, "one that is there is no new one");
  for (const query of ["conference=@muc.meet.jitsi", "conference=a@elsewhere.example", "", "id=x", "id=1&id=2"])
    assert.equal((await ask(query, "192.0.2.4")).status, 400, query);
});

test("numbers, statistics, version and debug as Jigasi has them, with nothing secret in them", async () => {
  await using world = new World();
  const gateway = await world.start("g1", { JIGASI_SIP_URI: "u@sip.example", JIGASI_SIP_PASSWORD: "s3cret-account" });
  world.standing = ({ password }) => ({ state: CallState.INSIDE, participants: password === "" ? 2 : 3, humans: 1 });
  const phone = gateway.signalling.ring({ headers: { ...named, "jitsi-conference-room-pass": "s3cret-room" } });
  const request = await world.until(() => world.entered[0], "enter-room");
  await world.invite("g1", request);
  await world.until(() => phone.isAnswered, "an answer");
  const read = async (path: string) => (await fetch(`${gateway.origin}${path}`)).text();
  assert.deepEqual(JSON.parse(await read("/dial-in/numbers?conference=x")).numbers, { RU: ["+7 495 000-00-02"] });
  assert.equal((await fetch(`${gateway.origin}/about/health`)).status, 200);
  assert.equal(JSON.parse(await read("/about/version")).name, "veche-sip-gateway");
  const stats = JSON.parse(await read("/about/stats"));
  assert.deepEqual([stats.conferences, stats.participants, stats.largest_conference], [1, 1, 1]);
  const debug = JSON.parse(await read("/debug"));
  assert.deepEqual([debug.gateways[0].codec, debug.gateways[0].stands], ["PCMA", "inside"]);
  assert.equal((await fetch(`${gateway.origin}/about/shutdown`, { method: "POST" })).status, 403);
  await world.until(
    async () => (await read("/metrics")).includes('calls_begun_total{direction="in"} 1'),
    "the metrics",
  );
  const all = [debug, stats].map((one) => JSON.stringify(one)).join() + world.logged.join() + (await read("/metrics"));
  for (const secret of ["s3cret", "4951110000", "Anna"]) assert.ok(!all.includes(secret), secret);
});

test("a shutdown that was asked for waits for the last call", async () => {
  await using world = new World();
  const gateway = await world.start("g1", { ENABLE_REST_SHUTDOWN: "1" });
  const { phone } = await talk(world, gateway);
  assert.equal((await fetch(`${gateway.origin}/about/shutdown`, { method: "POST" })).status, 202);
  await world.seconds(30);
  assert.deepEqual([gateway.ended(), phone.isOver], [false, false]);
  phone.dialog.listener?.ended("remote");
  await world.until(() => gateway.ended(), "its end");
});

test("limits of what callers say of themselves are kept before the XMPP server sees it", async () => {
  await using world = new World();
  const gateway = await world.start("g1");
  const long = "9".repeat(2_000);
  gateway.signalling.ring({ from: long, headers: { ...named, "jitsi-conference-room-pass": `a\u0000\n${long}` } });
  const request = await world.until(() => world.entered[0], "enter-room");
  assert.equal(request.phone.length, limits.phoneLength);
  assert.equal(request.password.length, limits.passwordLength);
  assert.doesNotMatch(request.password, /\p{C}/u);
});
