import { MediaKind, VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import type { Occupant } from "../domain/conference.ts";
import type { MediaDescription, Source, Transport } from "../domain/media.ts";

/** Plain values that tests start from. */
export function anOccupant(endpoint: string, changes: Partial<Occupant> = {}): Occupant {
  return {
    endpoint,
    person: `p_${endpoint}`,
    kind: "web",
    role: "member",
    isOwner: false,
    authenticated: false,
    isEntitled: false,
    isService: false,
    gateway: "",
    userId: "",
    hidden: false,
    profile: { displayName: `Name of ${endpoint}`, email: "", phone: "" },
    statsId: `${endpoint}-stats`,
    region: "",
    features: [],
    sources: [],
    raisedHandMs: 0,
    client: { app: "web", version: "1", browser: "Chromium", os: "Linux" },
    interrupted: false,
    ...changes,
  };
}

/** A telephone. */
export function aCall(endpoint: string, changes: Partial<Occupant> = {}): Occupant {
  const profile = { displayName: "A caller", email: "", phone: "+74951234567" };
  const features = ["http://jitsi.org/protocol/audio-mute", "urn:veche:acknowledges-applied"];
  return anOccupant(endpoint, { kind: "sip", gateway: "sip-1", isService: true, profile, features, ...changes });
}

export function aMicrophone(owner: string, ssrc: number, index = 0): Source {
  return {
    name: `${owner}-a${index}`,
    owner,
    kind: MediaKind.AUDIO,
    videoType: VideoType.UNSPECIFIED,
    msid: `${owner}-audio-${index} ${owner}-audio-track-${index}`,
    ssrcs: [ssrc],
    groups: [],
  };
}

export function aCamera(owner: string, ssrc: number, index = 0): Source {
  return {
    name: `${owner}-v${index}`,
    owner,
    kind: MediaKind.VIDEO,
    videoType: VideoType.CAMERA,
    msid: `${owner}-video-${index} ${owner}-video-track-${index}`,
    ssrcs: [ssrc, ssrc + 1],
    groups: [{ semantics: "FID", ssrcs: [ssrc, ssrc + 1] }],
  };
}

export const aTransport: Transport = {
  ufrag: "ufrag",
  pwd: "a-password-of-ice",
  candidates: [],
  fingerprints: [{ hash: "sha-256", value: Array(32).fill("AB").join(":"), setup: "active" }],
  iceGeneration: 0,
};

/** Where a gateway takes RTP. */
export const aPlainTransport: Transport = {
  ufrag: "",
  pwd: "",
  candidates: [],
  fingerprints: [],
  iceGeneration: 0,
  plain: { ip: "10.0.0.9", port: 20_000, srtpSuite: "AEAD_AES_256_GCM", srtpKey: new Uint8Array(44).fill(7) },
};

export const someDescriptions: MediaDescription[] = [
  {
    kind: MediaKind.AUDIO,
    payloadTypes: [{ id: 111, name: "opus", clockRateHz: 48000, channels: 2, parameters: {}, feedback: [] }],
    headerExtensions: [],
  },
  {
    kind: MediaKind.VIDEO,
    payloadTypes: [
      { id: 100, name: "VP8", clockRateHz: 90000, channels: 0, parameters: {}, feedback: [] },
      { id: 101, name: "rtx", clockRateHz: 90000, channels: 0, parameters: { apt: "100" }, feedback: [] },
    ],
    headerExtensions: [],
  },
];

/** What a gateway is offered and accepts. */
export const soundAlone: MediaDescription[] = someDescriptions.filter(({ kind }) => kind === MediaKind.AUDIO);
