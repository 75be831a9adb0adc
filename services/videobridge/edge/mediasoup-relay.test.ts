import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { describe, test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import { createWorker, type types } from "mediasoup";
import { makeOffer } from "../domain/offer.ts";
import { selectCrossing } from "../relay/relayed-source.ts";
import { nth } from "../testing/descriptions.ts";
import { type Received, readVp8, SimulcastSender } from "../testing/simulcast-sender.ts";
import { engineRules, withoutWorker } from "../testing/worker.ts";
import type { MediaProducer } from "./media-engine.ts";
import { mediaCodecs } from "./mediasoup-codecs.ts";
import { createRelay } from "./mediasoup-relay.ts";
import { toRouterCapabilities } from "./mediasoup-router.ts";

const layers = [320, 640, 1280].map((width, index) => ({ ssrc: 1_001 + index, width }));
const local = { protocol: "udp", ip: "127.0.0.1" } as const;

/** A worker and a router, as two bridges have them. */
async function openSide() {
  const worker = await createWorker({ workerBin: engineRules.workerBin, logLevel: "warn" });
  const router = await worker.createRouter({ mediaCodecs: mediaCodecs("VP8") });
  const speakers = await router.createActiveSpeakerObserver();
  const relay = await createRelay(router, speakers, engineRules.relay);
  return { worker, router, relay, [Symbol.dispose]: () => worker.close() };
}

async function produce(router: types.Router, port: (port: number) => void): Promise<types.Producer> {
  const transport = await router.createPlainTransport({ listenInfo: local, comedia: true });
  port(transport.tuple.localPort);
  return transport.produce({
    kind: "video",
    rtpParameters: {
      codecs: [
        {
          mimeType: "video/VP8",
          payloadType: 100,
          clockRate: 90_000,
          rtcpFeedback: [{ type: "nack" }, { type: "nack", parameter: "pli" }],
        },
      ],
      encodings: layers.map(({ ssrc }) => ({ ssrc, scalabilityMode: "L1T3" })),
      rtcp: { cname: "aaaa1111" },
    },
  });
}

describe("a relay between two real workers", { skip: withoutWorker }, () => {
  test("layers cross one by one and are one simulcast source there: receivers change between them without a break in time", async () => {
    using a = await openSide();
    using b = await openSide();
    await a.relay.connect(b.relay.local);
    await b.relay.connect(a.relay.local);
    let port = 0;
    const sent = await produce(a.router, (found) => {
      port = found;
    });
    await using sender = await SimulcastSender.start(port, layers);
    const { negotiated } = makeOffer(selectCrossing(toRouterCapabilities(a.router.rtpCapabilities)));
    const given = { id: sent.id, kind: "video" } as MediaProducer;
    const streams = await Promise.all([0, 1, 2].map((layer) => a.relay.cross(given, negotiated, layer)));
    assert.ok(negotiated.video);
    const arrived = await b.relay.produce({
      kind: "video",
      medium: negotiated.video,
      encodings: streams.map(({ ssrc, rtxSsrc }) => ({
        ssrc,
        rtx: { ssrc: rtxSsrc as number },
        scalabilityMode: "L1T3",
      })),
      cname: "aaaa1111",
      isPaused: false,
    });

    await using socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    const out = await b.router.createPlainTransport({ listenInfo: local });
    await out.connect({ ip: "127.0.0.1", port: socket.address().port });
    const consumer = await out.consume({
      producerId: arrived.id,
      rtpCapabilities: b.router.rtpCapabilities,
      preferredLayers: { spatialLayer: 0 },
    });
    assert.equal(consumer.type, "simulcast");
    const ssrc = consumer.rtpParameters.encodings?.[0]?.ssrc;
    const received: Received[] = [];
    socket.on("message", (packet) => {
      const one = readVp8(packet);
      if (one && one.ssrc === ssrc) received.push(one);
    });
    const seen = (width: number, since = received.length) =>
      waitFor(() => received.slice(since).some((one) => one.width === width), `a key frame ${width} wide`);

    await nth(streams, 0).setPaused(false);
    await seen(320, 0);
    await nth(streams, 2).setPaused(false);
    await consumer.setPreferredLayers({ spatialLayer: 2 });
    await seen(1280);
    const quiet = await a.relay.stats();
    await nth(streams, 0).setPaused(true);
    await consumer.setPreferredLayers({ spatialLayer: 1 });
    await nth(streams, 1).setPaused(false);
    await seen(640);
    await nth(streams, 0).setPaused(false);
    await consumer.setPreferredLayers({ spatialLayer: 0 });
    await seen(320);

    assert.ok(quiet.bytesSent > 0);
    for (const { ssrc } of layers) assert.ok((sender.asked.get(ssrc) ?? 0) > 0, `a key frame of ${ssrc} was asked for`);
    assert.deepEqual(jumps(received), []);
  });

  test("what does not carry the key of the other end is not let in", async () => {
    using a = await openSide();
    using b = await openSide();
    await b.relay.connect({ ...a.relay.local, srtpKey: Buffer.alloc(44, 7) });
    await a.relay.connect(b.relay.local);
    let port = 0;
    const sent = await produce(a.router, (found) => {
      port = found;
    });
    await using _sender = await SimulcastSender.start(port, layers);
    const { negotiated } = makeOffer(selectCrossing(toRouterCapabilities(a.router.rtpCapabilities)));
    const stream = await a.relay.cross({ id: sent.id, kind: "video" } as MediaProducer, negotiated, 0);
    assert.ok(negotiated.video);
    const arrived = await b.relay.produce({
      kind: "video",
      medium: negotiated.video,
      encodings: [{ ssrc: stream.ssrc }],
      cname: "aaaa1111",
      isPaused: false,
    });
    await stream.setPaused(false);
    await waitFor(async () => (await b.relay.stats()).bytesReceived > 5_000, "packets at the other end");
    assert.equal((await arrived.stats()).packets, 0);
  });

  test("when no port is left for a relay, the settings that give more are named", async () => {
    using a = await openSide();
    const speakers = await a.router.createActiveSpeakerObserver();
    const { port } = a.relay.local;
    const rules = { ...engineRules.relay, portMin: port, portMax: port };
    await assert.rejects(
      createRelay(a.router, speakers, rules),
      (error) =>
        error instanceof VecheError && error.code === "resource-exhausted" && /JVB_RELAY_PORT_MAX/.test(error.message),
    );
  });
});

const perWindow = 12;
/**
 * Where one layer follows another, their clocks meet by the relaying worker's sender reports, which count from when it
 * read the last packet: what a busy machine read late, they are off by.
 */
const readLateMs = 100;

/**
 * Where media time goes back, or leaves real time by more than 200 ms for good. A packet may be read late on a busy
 * machine, never early: so of each dozen the earliest counts.
 */
function jumps(received: readonly Received[]): string[] {
  const inOrder = received.toSorted((x, y) => ((x.sequence - y.sequence + 98_304) & 0xffff) - 32_768);
  const first = nth(inOrder, 0);
  const back = inOrder.flatMap((one, index) => {
    const mediaMs = ((one.timestamp - (inOrder[index - 1] ?? one).timestamp) | 0) / 90;
    return mediaMs < -readLateMs ? [`${index}: ${mediaMs} ms of media`] : [];
  });
  const leads = inOrder.map(({ timestamp, at }) => ((timestamp - first.timestamp) | 0) / 90 - (at - first.at));
  const windows = Array.from({ length: Math.floor(leads.length / perWindow) }, (_, index) =>
    Math.max(...leads.slice(index * perWindow, (index + 1) * perWindow)),
  );
  const apart = windows.flatMap((lead, index) => {
    const moved = lead - (windows[index - 1] ?? lead);
    return Math.abs(moved) > 200 ? [`from ${index * perWindow}: media time is off by ${Math.round(moved)} ms`] : [];
  });
  return [...back, ...apart];
}

async function waitFor(test: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await test())) {
    assert.ok(Date.now() < end, `expected ${what} within 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
