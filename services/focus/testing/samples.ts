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
    userId: "",
    hidden: false,
    profile: { displayName: `Name of ${endpoint}`, email: "" },
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
