import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import { silentLog } from "@veche/kit/log.ts";
import { writeCheck } from "@veche/kit/stun/stun.ts";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import { startBridge, type TestBridge } from "../testing/bridge.ts";
import { fetchSources, TestBridges } from "../testing/bridges.ts";
import { gatewayAddress, microphone, nth } from "../testing/descriptions.ts";
import { GatewayLeg } from "../testing/gateway-leg.ts";
import { clientHello, spoilBytes } from "../testing/packets.ts";
import { Random } from "../testing/random.ts";
import { engineRules, openEngine, withoutWorker } from "../testing/worker.ts";
import { MediasoupEngine } from "./mediasoup-engine.ts";

const limitMs = 20_000;

/** The bridge's clock moves as well: what it decides it decides in its time. */
async function waitFor({ clock }: TestBridge, isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await isTrue())) {
    assert.ok(Date.now() < end, `expected ${what} within ${limitMs} ms`);
    await clock.advance(50);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A call on the bridge. */
async function dial(bridge: TestBridge, endpoint: string, ssrc: number) {
  const leg = await GatewayLeg.open();
  const offer = await bridge.create(endpoint, { plain: true });
  leg.meet(offer);
  const sources = [microphone(endpoint, ssrc)];
  await bridge.focus.request(subjects.connectEndpoint, bridge.here, {
    ...bridge.address(endpoint),
    jingleSession: `s-${endpoint}`,
    descriptions: offer.descriptions,
    transport: { plain: leg.address() },
    sources,
  });
  await bridge.resume(endpoint);
  return leg;
}

/** SSRC by which `receiver` hears `source`. */
async function ssrcOf(bridge: TestBridge, receiver: string, source: string): Promise<number> {
  const { endpoints = [] } = (await bridge.snapshot()) ?? {};
  const { received = [] } = endpoints.find(({ endpoint }) => endpoint === receiver) ?? {};
  return nth(received.find(({ name }) => name === source)?.ssrcs ?? []);
}

describe("plain endpoints on a real worker", { skip: withoutWorker }, () => {
  test("two calls hear each other by the SSRCs that were said, with the levels, and neither itself", async () => {
    await using engine = await openEngine();
    await using bridge = await startBridge({}, engine);
    await using a = await dial(bridge, "aaaa0000", 5_001);
    await using b = await dial(bridge, "bbbb0000", 5_001);
    await bridge.resume("aaaa0000");
    const [atB, atA] = [
      await ssrcOf(bridge, "bbbb0000", "aaaa0000-a0"),
      await ssrcOf(bridge, "aaaa0000", "bbbb0000-a0"),
    ];
    a.speak(5_001, "from a", [25]);
    b.speak(5_001, "from b", [60]);
    await waitFor(bridge, () => (a.heard.get(atA)?.packets ?? 0) > 20, "b at a");
    await waitFor(bridge, () => (b.heard.get(atB)?.packets ?? 0) > 20, "a at b");
    assert.deepEqual([...a.heard.keys()], [atA]);
    assert.deepEqual([...b.heard.keys()], [atB]);
    assert.deepEqual({ ...a.heard.get(atA), packets: 0 }, { packets: 0, level: 60, text: "from b" });
    assert.deepEqual({ ...b.heard.get(atB), packets: 0 }, { packets: 0, level: 25, text: "from a" });
    await waitFor(bridge, () => a.reports > 0, "reports of the bridge");
  });

  test("who speaks by telephone becomes the dominant speaker", async () => {
    await using engine = await openEngine();
    await using bridge = await startBridge({}, engine);
    const said: string[] = [];
    bridge.focus.subscribe(subjects.dominantSpeakerChanged, ({ endpoint }) => void said.push(endpoint));
    await using a = await dial(bridge, "aaaa0000", 5_001);
    await using b = await dial(bridge, "bbbb0000", 6_001);
    const [speech, pause] = [[10, 10, 10, 10, 10, 10, 10, 90, 90, 90], [110]];
    a.speak(5_001, "speech", speech);
    b.speak(6_001, "pause", pause);
    await waitFor(bridge, () => said.includes("aaaa0000"), "a as the speaker");
    a.speak(5_001, "pause", pause);
    b.speak(6_001, "speech", speech);
    await waitFor(bridge, () => said.at(-1) === "bbbb0000", "b as the speaker");
  });

  test("a call that is blocked is not heard, and is heard again", async () => {
    await using engine = await openEngine();
    await using bridge = await startBridge({}, engine);
    await using a = await dial(bridge, "aaaa0000", 5_001);
    await using b = await dial(bridge, "bbbb0000", 6_001);
    const ssrc = await ssrcOf(bridge, "bbbb0000", "aaaa0000-a0");
    const heard = () => b.heard.get(ssrc)?.text;
    a.speak(5_001, "before");
    await waitFor(bridge, () => heard() === "before", "a before it is blocked");
    const block = (audio: boolean) =>
      bridge.focus.request(subjects.setForceMute, bridge.here, { ...bridge.address("aaaa0000"), audio });
    await block(true);
    const sent = await bytesFrom(bridge, "aaaa0000");
    a.speak(5_001, "while blocked");
    await waitFor(bridge, async () => (await bytesFrom(bridge, "aaaa0000")) > sent + 5_000, "packets of a");
    assert.equal(heard(), "before");
    await block(false);
    a.speak(5_001, "after");
    await waitFor(bridge, () => heard() === "after", "a again");
  });

  test("a call is heard on another bridge, and hears who is there", async () => {
    await using one = await openEngine();
    await using two = await openEngine();
    await using bridges = await TestBridges.start(2, [one, two]);
    const [first, second] = [nth(bridges.all), nth(bridges.all, 1)];
    await using a = await dial(first, "aaaa0000", 5_001);
    await using b = await dial(second, "bbbb0000", 6_001);
    await fetchSources(second, first, [microphone("aaaa0000", 5_001)]);
    await fetchSources(first, second, [microphone("bbbb0000", 6_001)]);
    await second.resume("bbbb0000");
    await first.resume("aaaa0000");
    const [atB, atA] = [
      await ssrcOf(second, "bbbb0000", "aaaa0000-a0"),
      await ssrcOf(first, "aaaa0000", "bbbb0000-a0"),
    ];
    a.speak(5_001, "from a", [25]);
    b.speak(6_001, "from b", [60]);
    await waitFor(first, () => a.heard.get(atA)?.text === "from b", "b at a");
    await waitFor(first, () => b.heard.get(atB)?.text === "from a", "a at b");
    assert.equal(b.heard.get(atB)?.level, 25);
  });

  test("10,000 packets of strangers and of a gateway gone mad: the worker lives, nobody is lost or held back", async () => {
    await using engine = await openEngine();
    await using bridge = await startBridge({}, engine);
    const [pid] = engine.pids;
    await using a = await dial(bridge, "aaaa0000", 5_001);
    await using b = await dial(bridge, "bbbb0000", 6_001);
    await using stranger = await GatewayLeg.open();
    const { ip, port } = plainAt(await bridge.create("aaaa0000", { plain: true }));
    assert.equal(ip, "127.0.0.1");
    const ssrc = await ssrcOf(bridge, "bbbb0000", "aaaa0000-a0");
    a.speak(5_001, "before");
    await waitFor(bridge, () => b.heard.get(ssrc)?.text === "before", "a at b");
    const shapes = [
      () => a.last,
      () => randomBytes(200),
      () => clientHello,
      () => writeCheck({ username: "x:y", password: "z", role: "controlling" }),
      () => Buffer.from("80c80006000000010000000000000000000000000000000000000000", "hex"),
    ];
    for (let seed = 1; seed <= 10_000; seed += 1) {
      const packet = spoilBytes(nth(shapes, seed % shapes.length)(), new Random(seed));
      stranger.sendTo(port, packet);
      if (seed % 5 === 0) a.sendRaw(packet);
      if (seed % 200 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    // As it was sent, by somebody else and once more: neither is let in.
    const replayed = a.last;
    a.silence();
    for (let count = 0; count < 50; count += 1) stranger.sendTo(port, replayed);
    a.speak(5_001, "after");
    await waitFor(bridge, () => b.heard.get(ssrc)?.text === "after", "a at b after all that");
    assert.deepEqual(engine.pids, [pid]);
    assert.deepEqual([...b.heard.keys()], [ssrc]);
    const debug = (await bridge.fetch("/debug/c1/aaaa0000")).json();
    assert.equal(debug.isHeldBack, false);
  });

  test("10,000 packets of nonsense with the right key: nobody hears them, and the call goes on", async () => {
    await using engine = await openEngine();
    await using bridge = await startBridge({}, engine);
    const [pid] = engine.pids;
    await using a = await dial(bridge, "aaaa0000", 5_001);
    await using b = await dial(bridge, "bbbb0000", 6_001);
    const ssrc = await ssrcOf(bridge, "bbbb0000", "aaaa0000-a0");
    a.speak(5_001, "before");
    await waitFor(bridge, () => b.heard.get(ssrc)?.text === "before", "a at b");
    for (let seed = 1; seed <= 10_000; seed += 1) {
      const random = new Random(seed);
      const payload = randomBytes(random.below(1_300));
      const ids = { sequence: random.below(65_536), timestamp: random.below(2 ** 32), ssrc: 1 + random.below(2 ** 31) };
      if (seed % 2 === 0) a.sendSealed({ payloadType: random.below(64), marker: random.chance(0.5), ...ids }, payload);
      else a.sendSealedRtcp(nonsense(random, payload));
      if (seed % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    a.report();
    a.speak(5_001, "after");
    await waitFor(bridge, () => b.heard.get(ssrc)?.text === "after", "a at b after all that");
    assert.deepEqual(engine.pids, [pid]);
    assert.deepEqual([...b.heard.keys()], [ssrc]);
  });

  test("an address that can't be reached from its port is refused, and the worker is not asked", async () => {
    await using engine = await openEngine();
    await using bridge = await startBridge({}, engine);
    await bridge.create("aaaa0000", { plain: true });
    for (const ip of ["::1", "::::", "1:2", "999.1.1.1"])
      await assert.rejects(
        bridge.connectPlain("aaaa0000", { ...gatewayAddress(), ip }),
        (error) => error instanceof VecheError && error.code === "invalid-argument",
        ip,
      );
    await bridge.connectPlain("aaaa0000");
  });

  test("calls and relays share a range of ports: one too many is refused with the setting, an ended one makes room", async () => {
    const port = await freePort();
    const relay = { ...engineRules.relay, portMin: port, portMax: port };
    await using engine = await MediasoupEngine.open({ ...engineRules, relay }, silentLog);
    await using bridge = await startBridge({}, engine);
    assert.equal(plainAt(await bridge.create("aaaa0000", { plain: true })).port, port);
    await assert.rejects(
      bridge.create("bbbb0000", { plain: true }),
      (error) =>
        error instanceof VecheError && error.code === "resource-exhausted" && /JVB_RELAY_PORT_MAX/.test(error.message),
    );
    await bridge.focus.request(subjects.expireEndpoint, bridge.here, bridge.address("aaaa0000"));
    await waitFor(bridge, () => bridge.create("bbbb0000", { plain: true }).then(isOffer, isNone), "the port again");
  });
});

/** RTCP (RFC 3550 6.1) by its first two bytes, and a length that may be wrong. */
function nonsense(random: Random, body: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(0x80 | random.below(32), 0);
  header.writeUInt8(200 + random.below(8), 1);
  header.writeUInt16BE(random.chance(0.5) ? body.length >> 2 : random.below(65_536), 2);
  return Buffer.concat([header, body]);
}

const isOffer = () => true;
const isNone = () => false;

function plainAt({ transport }: Awaited<ReturnType<TestBridge["create"]>>) {
  assert.ok(transport?.plain);
  return transport.plain;
}

async function bytesFrom(bridge: TestBridge, endpoint: string): Promise<number> {
  return (await bridge.fetch(`/debug/c1/${endpoint}`)).json().transport.bytesReceived;
}
