import { isIP } from "node:net";
import { VecheError } from "@veche/kit/errors.ts";
import { masterBytes, relaySuite } from "@veche/kit/rtp/srtp-keys.ts";
import type { RelayedSource, RelayTransport } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { MediaKind, type Source, VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { findCodec } from "../codecs/codecs.ts";
import type { TrackSource } from "../track.ts";
import type { OtherEnd } from "./relay-end.ts";

/** What a bridge says of its end. */
export function readOtherEnd(transport: RelayTransport | undefined): OtherEnd {
  const { id, ip, port, srtpSuite: suite, srtpKey: key } = transport ?? {};
  const isWhole = id && ip && isIP(ip) !== 0 && port && suite === relaySuite && key?.length === masterBytes(relaySuite);
  if (!isWhole) throw new VecheError("invalid-argument", "relay: the bridge's end is not whole");
  return { id, ip, port, key };
}

/** The one stream of it that is recorded. Undefined: nothing that could be. */
export function readRelayed(relayed: RelayedSource, source: Source): TrackSource | undefined {
  const types = relayed.description?.payloadTypes ?? [];
  const payloadType = types.find(({ name }) => name.toLowerCase() !== "rtx");
  const codec = payloadType && findCodec(payloadType.name);
  // Each is the best there is up to its own size, and so the last the best of all.
  const encoding = relayed.encodings.at(-1);
  if (!codec || !encoding) return undefined;
  const kind = relayed.kind === MediaKind.AUDIO ? "audio" : "video";
  const rtx = types.find(({ name, parameters }) => {
    return name.toLowerCase() === "rtx" && parameters.apt === String(payloadType.id);
  });
  return {
    name: source.name,
    owner: source.owner,
    kind,
    content: contentOf(kind, relayed.state?.videoType || source.videoType),
    codec,
    payloadType: payloadType.id,
    rtxPayloadType: rtx?.id,
    ssrc: encoding.ssrc,
    rtxSsrc: encoding.rtxSsrc || undefined,
    topLayer: topLayer(relayed.encodings.length, encoding.scalabilityMode),
  };
}

/** Simulcast has a stream for each size; a single one may hold several ("L3T3_KEY"). */
function topLayer(streams: number, scalabilityMode: string): number {
  return streams > 1 ? streams - 1 : Number(/^[LS](\d)/.exec(scalabilityMode)?.[1] ?? 1) - 1;
}

function contentOf(kind: "audio" | "video", type: VideoType): string {
  if (kind === "audio") return "microphone";
  return type === VideoType.DESKTOP || type === VideoType.DESKTOP_HIGH_FPS ? "desktop" : "camera";
}
