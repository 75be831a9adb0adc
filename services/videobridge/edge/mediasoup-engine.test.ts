import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { silentLog } from "@veche/kit/log.ts";
import { writeCheck } from "@veche/kit/stun/stun.ts";
import { MediaKind, SourceSchema } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { makeOffer } from "../domain/offer.ts";
import { readSources, type SentSource } from "../domain/sources.ts";
import { spatialLayers, videoCodecs } from "../domain/video-codec.ts";
import { startBridge } from "../testing/bridge.ts";
import { camera, nth } from "../testing/descriptions.ts";
import { clientHello, frame, spoilBytes } from "../testing/packets.ts";
import { Random } from "../testing/random.ts";
import { sendSpoilt } from "../testing/spoilt-requests.ts";
import { engineRules, openEngine, withoutWorker } from "../testing/worker.ts";
import type { MediaRouter } from "./media-engine.ts";
import { MediasoupEngine } from "./mediasoup-engine.ts";
import { makeCandidates } from "./mediasoup-transport.ts";
import { check } from "./self-test.ts";

describe("the media engine with a real worker", { skip: withoutWorker }, () => {
  let engine: MediasoupEngine;
  let router: MediaRouter;

  before(async () => {
    engine = await openEngine();
    router = await engine.openRouter();
  });
  after(() => engine?.[Symbol.asyncDispose]());

  test("a check by a client that calls itself controlling is answered", async () => {
    const { local } = await router.createTransport();
    const controlling = await check(local, engine.localUdpPort, "127.0.0.1", "controlling");
    assert.deepEqual(controlling, { errorCode: 0, isSigned: true });
  });

  test("a check with another password gets no success", async () => {
    const { local } = await router.createTransport();
    const answer = await check({ ...local, pwd: "another" }, engine.localUdpPort, "127.0.0.1", "controlling");
    assert.equal(answer?.errorCode, 401);
  });

  test("the worker survives writing its first ServerHello", async () => {
    const transport = await router.createTransport();
    await transport.connect([{ hash: "sha-256", value: Array(32).fill("AA").join(":") }]);
    const socket = createSocket("udp4");
    const send = (message: Buffer) => socket.send(message, engine.localUdpPort, "127.0.0.1");
    const { ufrag, pwd } = transport.local;
    send(writeCheck({ username: `${ufrag}:test`, password: pwd, role: "controlling" }));
    await once(socket, "message");
    send(clientHello);
    const [message]: Buffer[] = await once(socket, "message", { signal: AbortSignal.timeout(3_000) });
    assert.equal(message?.[0], 22, "a handshake record");
    assert.equal(message?.[13], 2, "a ServerHello");
    socket.close();
    assert.equal(engine.problem, undefined);
  });

  test("what is offered can be produced and consumed, with the SSRCs that were chosen for the receiver", async () => {
    const { negotiated } = makeOffer(router.capabilities);
    const [sender, receiver] = [await router.createTransport(), await router.createTransport()];
    assert.ok(negotiated.audio && negotiated.video);
    const audio = await sender.produce({
      kind: "audio",
      medium: negotiated.audio,
      encodings: [{ ssrc: 11 }],
      cname: "a",
      isPaused: false,
    });
    const video = await sender.produce({
      kind: "video",
      medium: negotiated.video,
      encodings: [1, 2, 3].map((layer) => ({ ssrc: layer, rtx: { ssrc: layer + 100 }, scalabilityMode: "L1T3" })),
      cname: "a",
      isPaused: true,
    });
    const heard = await receiver.consume(audio, negotiated, { ssrc: 111_111_111 });
    const layers = { spatial: 0, temporal: 2 };
    const seen = await receiver.consume(video, negotiated, { ssrc: 222_222_222, rtxSsrc: 333_333_333, layers });
    assert.deepEqual([heard.ssrc, heard.rtxSsrc], [111_111_111, undefined]);
    assert.deepEqual([seen.ssrc, seen.rtxSsrc], [222_222_222, 333_333_333]);
    await seen.setLayers(1, 2);
    await seen.setPriority(255);
    await seen.setPaused(false);
    await video.setPaused(false);
    assert.deepEqual(await video.stats(), { packets: 0, roundTripMs: undefined, bitrates: [[0], [0], [0]] });
    await assert.rejects(
      receiver.consume(video, { audio: negotiated.audio }, { ssrc: 5 }),
      /no compatible media codecs/,
    );
    sender.close();
    await assert.rejects(video.setPaused(true));
  });

  for (const codec of videoCodecs)
    test(`a conference of ${codec} takes one stream or simulcast of it, and the receiver can choose among sizes`, async () => {
      const own = await engine.openRouter(codec);
      const { negotiated } = makeOffer(own.capabilities);
      const [sender, receiver] = [await own.createTransport(), await own.createTransport()];
      assert.equal(negotiated.video?.codec.mimeType, `video/${codec}`);
      for (const [source, ssrc] of [
        [camera("aaaa1111", 1), 1],
        [singleStream(51), 51],
      ] as const) {
        const read = readSources("aaaa1111", [source], [], new Set(), codec);
        assert.ok(read.ok);
        const [{ encodings }] = read.value as [SentSource];
        assert.equal(encodings[0]?.ssrc, ssrc);
        const medium = negotiated.video;
        const video = await sender.produce({ kind: "video", medium, encodings, cname: "a", isPaused: false });
        const seen = await receiver.consume(video, negotiated, { ssrc: 1_000 + ssrc, rtxSsrc: 2_000 + ssrc });
        await seen.setLayers(spatialLayers(encodings) - 1, 2);
        assert.deepEqual([seen.ssrc, seen.rtxSsrc], [1_000 + ssrc, 2_000 + ssrc]);
      }
      own.close();
    });

  test("ICE restarts with other credentials and the same certificate", async () => {
    const transport = await router.createTransport();
    const before = transport.local;
    const after = await transport.restartIce();
    assert.notEqual(after.ufrag, before.ufrag);
    assert.deepEqual(after.fingerprints, before.fingerprints);
    assert.equal(transport.local, after);
  });

  test("a worker that is killed is replaced at once; what it held is said to be lost", async () => {
    const own = await openEngine();
    try {
      const doomed = await own.openRouter();
      const transport = await doomed.createTransport();
      const lost = new Promise<string>((resolve) => doomed.onLost(resolve));
      process.kill(own.pids[0] as number, "SIGKILL");
      assert.match(await lost, /SIGKILL/);
      await assert.rejects(transport.restartIce());
      const next = await own.openRouter();
      assert.ok((await next.createTransport()).local.ufrag);
      assert.equal(own.problem, undefined);
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });

  test("what is asked while a worker dies is done on the next one or refused as unavailable, never anything else", async () => {
    const own = await openEngine();
    await using bridge = await startBridge({}, own);
    await bridge.join("aaaa1111", "bbbb2222");
    const asked = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0 ? bridge.create(`e${index}`) : bridge.create(`e${index}`, { conference: `c${index}` }),
    );
    process.kill(nth(own.pids), "SIGKILL");
    const outcomes = await Promise.allSettled(asked);
    const reasons = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason.code] : []));
    assert.deepEqual(
      [...new Set(reasons)].filter((code) => code !== "unavailable"),
      [],
    );
    await bridge.create("cccc3333", { conference: "c9" });
  });

  test("500 spoilt accepts: what is let through does the worker no harm, what it would refuse is refused before", async () => {
    const own = await openEngine();
    await using bridge = await startBridge({}, own);
    const [pid] = own.pids;
    for (let seed = 1; seed <= 500; seed += 1)
      assert.notEqual(await sendSpoilt(bridge, new Random(seed)), "internal", `seed ${seed}`);
    assert.deepEqual(own.pids, [pid]);
  });

  test("10,000 spoilt packets on the UDP port and on the TCP port: the worker lives, others are answered", async () => {
    await using own = await openEngine();
    const transport = await (await own.openRouter()).createTransport();
    const [pid] = own.pids;
    const { ufrag, pwd } = transport.local;
    const sound = [
      writeCheck({ username: `${ufrag}:x`, password: pwd, role: "controlling" }),
      writeCheck({ username: `${ufrag}:x`, password: "wrong", role: "controlled" }),
      clientHello,
      Buffer.from("806f0001000000010000000148656c6c6f", "hex"),
      Buffer.from("80c80006000000010000000000000000000000000000000000000000", "hex"),
    ];
    const udp = createSocket("udp4");
    const stream = connect(own.localTcpPort, "127.0.0.1").on("error", () => {});
    for (let seed = 1; seed <= 10_000; seed += 1) {
      const packet = spoilBytes(nth(sound, seed % sound.length), new Random(seed));
      udp.send(packet, own.localUdpPort, "127.0.0.1");
      if (!stream.destroyed) stream.write(frame(packet));
      if (seed % 50 !== 0) continue;
      const answer = await check(transport.local, own.localUdpPort, "127.0.0.1", "controlling");
      assert.equal(answer?.errorCode, 0, `seed ${seed}`);
    }
    udp.close();
    stream.destroy();
    assert.deepEqual(own.pids, [pid]);
  });

  test("a port that is taken is named with the setting that moves it", async () => {
    const holder = createSocket("udp4").bind(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address();
    await assert.rejects(
      MediasoupEngine.open({ ...engineRules, udpPort: port }, silentLog),
      new RegExp(`can't listen on 127\\.0\\.0\\.1:${port}/udp .*give another with JVB_PORT$`),
    );
    holder.close();
  });

  test("a worker that is not there is said with the way to get one", async () => {
    await assert.rejects(
      MediasoupEngine.open({ ...engineRules, workerBin: "/nowhere/worker" }, silentLog),
      /no mediasoup worker at \/nowhere\/worker: "node deploy\/mediasoup-worker\/ensure.ts" makes one/,
    );
  });
});

function singleStream(ssrc: number) {
  const { msid } = camera("aaaa1111");
  const groups = [{ semantics: "FID", ssrcs: [ssrc, ssrc + 1000] }];
  return create(SourceSchema, { name: "aaaa1111-v1", kind: MediaKind.VIDEO, msid, ssrcs: [ssrc, ssrc + 1000], groups });
}

test("candidates are UDP before TCP, in the order of the addresses, with the port that is forwarded", () => {
  const addresses = [{ ip: "203.0.113.7", udpPort: 20_000 }, { ip: "10.0.0.5" }];
  const candidates = makeCandidates({ addresses, portsFor: () => ({ udp: 10_001, tcp: 4_444 }), portOffset: 1 });
  assert.deepEqual(
    candidates.toSorted((a, b) => b.priority - a.priority).map(({ ip, port, protocol }) => `${ip}:${port}/${protocol}`),
    ["203.0.113.7:20001/udp", "10.0.0.5:10001/udp", "203.0.113.7:4444/tcp", "10.0.0.5:4444/tcp"],
  );
  assert.equal(new Set(candidates.map(({ foundation }) => foundation)).size, 4);
});
