import { create } from "@bufbuild/protobuf";
import {
  type MediaDescription,
  MediaDescriptionSchema,
  MediaKind,
  type Source,
  SourceSchema,
  type Transport,
  TransportSchema,
  VideoType,
} from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { describeOffer, selectOffered } from "../domain/offer.ts";
import { srtpSuite } from "../domain/plain-address.ts";
import { memoryCapabilities } from "../edge/memory-capabilities.ts";

/** What a client accepts that accepts everything. */
export function acceptedDescriptions(): MediaDescription[] {
  return describeOffer(selectOffered(memoryCapabilities)).map((one) => create(MediaDescriptionSchema, one));
}

export function clientTransport(): Transport {
  return create(TransportSchema, {
    ufrag: "abcd",
    pwd: "efgh",
    fingerprints: [{ hash: "sha-256", value: Array(32).fill("AB").join(":"), setup: "active" }],
  });
}

/** Where a gateway takes RTP. */
export function gatewayAddress() {
  return { ip: "127.0.0.1", port: 40_000, srtpSuite, srtpKey: new Uint8Array(44).fill(7) };
}

export function microphone(owner: string, ssrc = 1001): Source {
  return create(SourceSchema, {
    name: `${owner}-a0`,
    owner,
    kind: MediaKind.AUDIO,
    msid: `${owner}-audio-0-1 track`,
    ssrcs: [ssrc],
  });
}

/** As Chromium has it: three layers, each with retransmissions. */
export function camera(owner: string, ssrc = 2001, index = 0): Source {
  const layers = [ssrc, ssrc + 1, ssrc + 2];
  return create(SourceSchema, {
    name: `${owner}-v${index}`,
    owner,
    kind: MediaKind.VIDEO,
    videoType: VideoType.CAMERA,
    msid: `${owner}-video-${index}-1 track`,
    ssrcs: [...layers, ...layers.map((layer) => layer + 1000)],
    groups: [
      { semantics: "SIM", ssrcs: layers },
      ...layers.map((layer) => ({ semantics: "FID", ssrcs: [layer, layer + 1000] })),
    ],
  });
}

/** An element that is known to be there. */
export function nth<T>(list: readonly T[], index = 0): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`expected more than ${index} elements, found ${list.length}`);
  return found;
}
