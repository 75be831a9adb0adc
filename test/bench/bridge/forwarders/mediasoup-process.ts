/**
 * Bare mediasoup: one worker, the transports, producers and consumers that ours makes for the same room, and nothing
 * else. The parent says by IPC who comes.
 */
import { createWorker, type types } from "mediasoup";

export type Request = {
  readonly id: number;
  readonly room: string;
  readonly fingerprint: string;
  /** Of who sends; a receiver has none. */
  readonly ssrc?: number;
};

export type Answer = {
  readonly id: number;
  readonly ufrag: string;
  readonly pwd: string;
  readonly fingerprint: string;
  readonly port: number;
};

const payloadTypes = { video: 100, repeats: 101 } as const;
const extensions = [
  { uri: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", id: 4 },
  { uri: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", id: 5 },
] as const satisfies types.RtpHeaderExtensionParameters[];
const rtcpFeedback = [
  { type: "nack" },
  { type: "nack", parameter: "pli" },
  { type: "ccm", parameter: "fir" },
  { type: "transport-cc" },
];
const codecs = [
  { mimeType: "video/VP8", clockRate: 90_000, payloadType: payloadTypes.video, parameters: {}, rtcpFeedback },
  {
    mimeType: "video/rtx",
    clockRate: 90_000,
    payloadType: payloadTypes.repeats,
    parameters: { apt: payloadTypes.video },
    rtcpFeedback: [],
  },
];

const worker = await createWorker({ workerBin: process.env.MEDIASOUP_WORKER_BIN ?? "", logLevel: "none" });
const server = await worker.createWebRtcServer({ listenInfos: [{ protocol: "udp", ip: "127.0.0.1" }] });
const port = (await server.dump()).udpSockets[0]?.port ?? 0;
const rooms = new Map<string, Promise<Room>>();

type Room = { readonly router: types.Router; producer?: types.Producer };

function roomOf(name: string): Promise<Room> {
  const found = rooms.get(name);
  if (found) return found;
  const made = worker
    .createRouter({
      mediaCodecs: [
        { kind: "video", mimeType: "video/VP8", clockRate: 90_000, preferredPayloadType: payloadTypes.video },
      ],
    })
    .then((router) => ({ router }));
  rooms.set(name, made);
  return made;
}

async function admit({ id, room: name, fingerprint, ssrc }: Request): Promise<Answer> {
  const room = await roomOf(name);
  const transport = await room.router.createWebRtcTransport({
    webRtcServer: server,
    enableUdp: true,
    initialAvailableOutgoingBitrate: 1_500_000,
  });
  await transport.connect({
    dtlsParameters: { role: "client", fingerprints: [{ algorithm: "sha-256", value: fingerprint }] },
  });
  if (ssrc === undefined) await consume(transport, room);
  else {
    room.producer = await transport.produce({
      kind: "video",
      rtpParameters: { codecs, headerExtensions: [...extensions], encodings: [{ ssrc }], rtcp: { reducedSize: true } },
    });
  }
  const { usernameFragment: ufrag, password: pwd } = transport.iceParameters;
  const certificate = transport.dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === "sha-256");
  return { id, ufrag, pwd, fingerprint: certificate?.value.toUpperCase() ?? "", port };
}

async function consume(transport: types.WebRtcTransport, { producer }: Room): Promise<void> {
  await transport.consume({
    producerId: producer?.id ?? "",
    enableRtx: true,
    rtpCapabilities: {
      codecs: codecs.map(({ payloadType, ...codec }) => ({
        ...codec,
        kind: "video" as const,
        preferredPayloadType: payloadType,
      })),
      headerExtensions: extensions.map(({ uri, id }) => ({ uri, kind: "video" as const, preferredId: id })),
    },
  });
}

process.on("message", (request: Request) => {
  admit(request).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
