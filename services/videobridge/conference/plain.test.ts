import assert from "node:assert/strict";
import { test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import { MediaKind } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import { memoryCapabilities } from "../edge/memory-capabilities.ts";
import { nothingCame } from "../edge/memory-engine.ts";
import type { MemoryRelay } from "../edge/memory-relay.ts";
import { startBridge, type TestBridge } from "../testing/bridge.ts";
import { arriving, fetchSources, TestBridges, told } from "../testing/bridges.ts";
import { camera, gatewayAddress, microphone, nth } from "../testing/descriptions.ts";

const fails = (code: VecheError["code"], message: RegExp) => (error: unknown) =>
  error instanceof VecheError && error.code === code && message.test(error.message);

const names = (sources: readonly { readonly name: string }[]) => sources.map(({ name }) => name).sort();

function plainOf(bridge: TestBridge, index = 0): MemoryRelay {
  return nth([...nth([...bridge.engine.routers]).plains], index);
}

/** A call in a conference with one client. */
async function callOf(bridge: TestBridge) {
  await bridge.join("aaaa1111");
  const offer = await bridge.create("cccc0000", { plain: true });
  const announcements = await bridge.connectPlain("cccc0000");
  await bridge.resume("aaaa1111");
  return { offer, announcements };
}

/** What the bridge says of its endpoints, in short. */
function listen({ focus }: TestBridge): string[] {
  const said: string[] = [];
  focus.subscribe(subjects.endpointConnected, ({ endpoint }) => void said.push(`${endpoint} connected`));
  focus.subscribe(subjects.endpointDisconnected, ({ endpoint, stage }) => void said.push(`${endpoint} lost: ${stage}`));
  focus.subscribe(subjects.dominantSpeakerChanged, ({ endpoint }) => void said.push(`${endpoint} speaks`));
  focus.subscribe(subjects.endpointsLost, ({ endpoints }) => void said.push(`lost: ${endpoints.toSorted()}`));
  return said;
}

/** Bytes of RTP and of RTCP that come from the gateway, then 2 s. */
async function receive(bridge: TestBridge, rtp: number, rtcp = 0, index = 0): Promise<void> {
  const plain = plainOf(bridge, index);
  const { bytesReceived, rtpBytesReceived } = plain.received;
  plain.received = {
    ...plain.received,
    bytesReceived: bytesReceived + rtp + rtcp,
    rtpBytesReceived: rtpBytesReceived + rtp,
  };
  await bridge.clock.advance(2_000);
}

test("a gateway is offered sound alone by plain RTP, without feedback sources, pictures and channel", async () => {
  await using bridge = await startBridge();
  await bridge.join("aaaa1111");
  const offer = await bridge.create("cccc0000", { plain: true });
  const [sound, ...others] = offer.descriptions;
  assert.deepEqual(others, []);
  assert.equal(sound?.kind, MediaKind.AUDIO);
  assert.deepEqual(
    sound?.payloadTypes.map(({ name, parameters, feedback }) => [name, parameters.useinbandfec, feedback]),
    [["opus", "1", []]],
  );
  assert.deepEqual(
    sound?.headerExtensions.map(({ uri }) => uri),
    ["urn:ietf:params:rtp-hdrext:ssrc-audio-level"],
  );
  assert.deepEqual(names(offer.sources), ["aaaa1111-a0"]);
  assert.equal(offer.channelPath, "");
  const { plain, ufrag, fingerprints } = offer.transport ?? {};
  assert.deepEqual([ufrag, fingerprints], ["", []]);
  assert.deepEqual([plain?.ip, plain?.srtpSuite, plain?.srtpKey.length], ["127.0.0.1", "AEAD_AES_256_GCM", 44]);
  assert.ok(plain && plain.port > 0);
  assert.ok(memoryCapabilities.headerExtensions.length > 1, "more could have been offered");
});

test("asked for twice, the same endpoint is offered; another session closes the one before", async () => {
  await using bridge = await startBridge();
  const first = await bridge.create("cccc0000", { plain: true });
  const again = await bridge.create("cccc0000", { plain: true });
  assert.deepEqual(again.transport, first.transport);
  const before = plainOf(bridge);
  const next = await bridge.create("cccc0000", { plain: true, jingleSession: "s-2" });
  assert.notDeepEqual(next.transport?.plain, first.transport?.plain);
  assert.ok(before.isClosed);
});

test("a call that accepted is connected at once; its voice goes to others and theirs to it, each with its own SSRC", async () => {
  await using bridge = await startBridge();
  const said = listen(bridge);
  const { offer, announcements } = await callOf(bridge);
  assert.deepEqual(told(announcements), [["aaaa1111", ["cccc0000-a0"]]]);
  const plain = plainOf(bridge);
  assert.deepEqual(plain.other?.port, 40_000);
  assert.equal((await bridge.snapshot())?.endpoints.find(({ endpoint }) => endpoint === "cccc0000")?.connected, true);
  await bridge.network.idle();
  assert.deepEqual(said, ["aaaa1111 connected", "cccc0000 connected"]);
  await bridge.clock.advance(100);
  assert.deepEqual(
    [...plain.consumers].map(({ ssrc, isPaused, producer }) => [ssrc, isPaused, producer.kind]),
    [[nth(nth(offer.sources).ssrcs), false, "audio"]],
  );
  const heard = [...nth(bridge.transports()).consumers].filter(({ producer }) => producer.transport === plain);
  assert.deepEqual(
    heard.map(({ ssrc, isPaused }) => [ssrc, isPaused]),
    [[nth(nth(nth(announcements).sources).ssrcs), false]],
  );
});

test("one who comes while a call is there is offered it; the call hears of the newcomer's sound alone", async () => {
  await using bridge = await startBridge();
  await callOf(bridge);
  const offer = await bridge.create("bbbb2222");
  assert.ok(names(offer.sources).includes("cccc0000-a0"));
  const announcements = await bridge.connect("bbbb2222", [microphone("bbbb2222", 3001), camera("bbbb2222", 4001)]);
  assert.deepEqual(told(announcements).toSorted(), [
    ["aaaa1111", ["bbbb2222-a0", "bbbb2222-v0"]],
    ["cccc0000", ["bbbb2222-a0"]],
  ]);
  const expired = await bridge.focus.request(subjects.expireEndpoint, bridge.here, bridge.address("cccc0000"));
  assert.deepEqual(told(expired.withdrawals).toSorted(), [
    ["aaaa1111", ["cccc0000-a0"]],
    ["bbbb2222", ["cccc0000-a0"]],
  ]);
  assert.equal(nth([...bridge.engine.routers]).plains.size, 0);
});

test("what a gateway accepts wrongly is refused, and the call can still be accepted", async () => {
  await using bridge = await startBridge();
  await bridge.join("aaaa1111");
  await bridge.create("cccc0000", { plain: true });
  const address = gatewayAddress();
  const wrong = [
    [{ ...address, ip: "gateway.example" }, /expected an IP address/],
    [{ ...address, ip: "0.0.0.0" }, /expected an IP address, found "0.0.0.0"/],
    [{ ...address, ip: "::" }, /expected an IP address/],
    [{ ...address, port: 0 }, /expected a port/],
    [{ ...address, srtpSuite: "AES_CM_128_HMAC_SHA1_80" }, /AEAD_AES_256_GCM/],
    [{ ...address, srtpKey: new Uint8Array(16) }, /expected a key of 44 bytes/],
  ] as const;
  for (const [plain, message] of wrong)
    await assert.rejects(bridge.connectPlain("cccc0000", plain), fails("invalid-argument", message));
  await assert.rejects(
    bridge.connectPlain("cccc0000", address, [microphone("cccc0000"), camera("cccc0000")]),
    fails("invalid-argument", /no codec was accepted for video/),
  );
  await assert.rejects(bridge.connect("cccc0000"), fails("invalid-argument", /plain: expected a transport/));
  await assert.rejects(
    bridge.focus.request(subjects.restartIce, bridge.here, bridge.address("cccc0000")),
    fails("failed-precondition", /has no ICE/),
  );
  await bridge.connectPlain("cccc0000");
  await bridge.create("bbbb2222");
  await assert.rejects(bridge.connectPlain("bbbb2222"), fails("invalid-argument", /fingerprint/));
});

test("a call has no channel, whoever knows its name", async () => {
  await using bridge = await startBridge();
  await callOf(bridge);
  await assert.rejects(bridge.openChannel("/colibri-ws/jvb-1/c1/cccc0000?pwd="), /HTTP 404/);
});

test("a call that is blocked is silent from its first packet, and is heard again", async () => {
  await using bridge = await startBridge();
  await bridge.join("aaaa1111");
  await bridge.create("cccc0000", { plain: true, forceMute: { audio: true } });
  await bridge.connectPlain("cccc0000");
  const [producer] = plainOf(bridge).producers;
  assert.equal(producer?.isPaused, true);
  await bridge.focus.request(subjects.setForceMute, bridge.here, { ...bridge.address("cccc0000"), audio: false });
  assert.equal(producer?.isPaused, false);
});

test("a call that speaks is the dominant speaker, and its client hears so", async () => {
  await using bridge = await startBridge();
  await callOf(bridge);
  const said = listen(bridge);
  const [voice] = plainOf(bridge).producers;
  nth([...bridge.engine.routers]).speak(voice?.id ?? "");
  await bridge.network.idle();
  assert.deepEqual(said, ["cccc0000 speaks"]);
});

test("a call of which nothing comes for 12 s is lost, reports alone keep it, and what comes again brings it back", async () => {
  await using bridge = await startBridge();
  const { channelPath } = await bridge.create("aaaa1111");
  await bridge.connect("aaaa1111");
  const channel = await bridge.openChannel(channelPath);
  await bridge.create("cccc0000", { plain: true });
  await bridge.connectPlain("cccc0000");
  const said = listen(bridge);
  const isConnected = async () => {
    await bridge.network.idle();
    const { endpoints = [] } = (await bridge.snapshot()) ?? {};
    return endpoints.find(({ endpoint }) => endpoint === "cccc0000")?.connected;
  };
  await receive(bridge, 1_000);
  for (let count = 0; count < 12; count += 1) await receive(bridge, 0, count % 4 === 3 ? 60 : 0);
  assert.equal(await isConnected(), true, "reports came");
  for (let count = 0; count < 5; count += 1) await receive(bridge, 0);
  assert.equal(await isConnected(), true);
  await receive(bridge, 0);
  assert.equal(await isConnected(), false);
  await receive(bridge, 200);
  assert.equal(await isConnected(), true);
  assert.deepEqual(
    said.filter((one) => one.startsWith("cccc0000")),
    ["cccc0000 lost: rtp", "cccc0000 connected"],
  );
  await channel.settle();
  assert.deepEqual(channel.all("EndpointConnectivityStatusChangeEvent"), [], "clients show no interrupted call");
});

test("a call from which nothing ever came is lost after 15 s, and gone after 60 s", async () => {
  await using bridge = await startBridge();
  await callOf(bridge);
  const said = listen(bridge);
  await bridge.clock.advance(16_000);
  await bridge.network.idle();
  assert.deepEqual(said, ["cccc0000 lost: rtp"]);
  nth(bridge.transports()).received = { ...nothingCame, bytesReceived: 1 };
  await bridge.clock.advance(50_000);
  const { endpoints = [] } = (await bridge.snapshot()) ?? {};
  assert.ok(!endpoints.some(({ endpoint }) => endpoint === "cccc0000"));
});

test("what strangers send to its port is not held against a call; what its gateway sends is", async () => {
  await using bridge = await startBridge();
  await callOf(bridge);
  const [producer] = plainOf(bridge).producers;
  for (let count = 0; count < 4; count += 1) await receive(bridge, 8_000, 50_000_000);
  assert.equal(producer?.isPaused, false);
  for (let count = 0; count < 3; count += 1) await receive(bridge, 5_000_000);
  assert.equal(producer?.isPaused, true);
});

test("a call's sound crosses to other bridges, and it gets theirs", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await a.create("cccc0000", { plain: true });
  await a.connectPlain("cccc0000");
  await b.join("bbbb2222");
  const toB = await fetchSources(b, a, [microphone("cccc0000")]);
  const toA = await fetchSources(a, b, [microphone("bbbb2222"), camera("bbbb2222")]);
  assert.deepEqual(told(toB.announcements), [["bbbb2222", ["cccc0000-a0"]]]);
  assert.deepEqual(told(toA.announcements), [["cccc0000", ["bbbb2222-a0"]]]);
  await a.resume("cccc0000");
  await bridges.settle();
  const [heard] = [...plainOf(a).consumers];
  assert.equal(heard?.producer, arriving(a, "audio"));
  assert.equal(heard?.isPaused, false);
});

test("a worker that dies takes its calls along, and the focus is told", async () => {
  await using bridge = await startBridge();
  await callOf(bridge);
  const said = listen(bridge);
  bridge.engine.die();
  await bridge.network.idle();
  assert.deepEqual(said, ["lost: aaaa1111,cccc0000"]);
});

test("neither keys nor addresses of a call are in what is shown of it", async () => {
  await using bridge = await startBridge();
  await callOf(bridge);
  const { text } = await bridge.fetch("/debug/c1/cccc0000");
  assert.match(text, /"isPlain":\s?true/);
  assert.doesNotMatch(text, /key/i);
});
