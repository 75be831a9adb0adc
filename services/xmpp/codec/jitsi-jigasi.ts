/** http://jitsi.org/protocol/jigasi: how a telephone gateway shows a call in a room, as Jigasi of 2026-08 writes it. */
import { ns } from "./namespaces.ts";
import { type DiscoInfo, verificationOf } from "./xep0030-disco.ts";
import { type Element, el } from "./xml/element.ts";

/** What a call shows of itself. */
export type ShownCall = {
  readonly endpoint: string;
  readonly displayName: string;
  readonly region: string;
  /** Headers of the call that everybody may see. */
  readonly headers: Readonly<Record<string, string>>;
  readonly audioMuted: boolean;
  /** 0 while the hand is down. */
  readonly raisedHandMs: number;
  /** "Ringing…", "Connected". */
  readonly status: string;
};

const dtmf = "urn:xmpp:jingle:dtmf:0";
/** The focus believes that a call can be muted where it says so, and that what it was told is applied once it answers. */
const canBeMuted = "http://jitsi.org/protocol/audio-mute";
const acknowledgesApplied = "urn:veche:acknowledges-applied";

/** What a call can do: sound alone, and no ICE. */
export const callInfo: DiscoInfo = {
  identities: [{ category: "client", type: "phone", name: "Veche" }],
  features: [
    ns.caps,
    ns.discoInfo,
    ns.jigasi,
    canBeMuted,
    acknowledgesApplied,
    ns.version,
    ns.jingle,
    ns.rtp,
    "urn:xmpp:jingle:apps:rtp:audio",
    dtmf,
    ns.ping,
  ],
};

export const callNode = "http://jitsi.org/jigasi";
export const callVerification = verificationOf(callInfo);

/** COMPAT: `<audiomuted>` is for clients that look for no `<SourceInfo>` in a gateway's presence: lib-jitsi-meet. */
export function writeShownCall(shown: ShownCall): readonly Element[] {
  const { endpoint, displayName, region, headers, audioMuted, raisedHandMs, status } = shown;
  const sources = { [`${endpoint}-a0`]: { muted: audioMuted } };
  const named = Object.entries(headers).map(([name, value]) => el("header", { xmlns: ns.jigasi, name, value }));
  return [
    el("nick", { xmlns: ns.nick }, displayName),
    el(
      "features",
      {},
      [ns.jigasi, dtmf].map((feature) => el("feature", { var: feature })),
    ),
    el("c", { xmlns: ns.caps, hash: "sha-1", node: callNode, ver: callVerification }),
    ...(region === "" ? [] : [el("jitsi_participant_region", {}, region)]),
    ...(named.length === 0 ? [] : [el("initiator", { xmlns: ns.jigasi }, named)]),
    el("audiomuted", { xmlns: ns.muteAudio }, String(audioMuted)),
    el("SourceInfo", {}, JSON.stringify(sources)),
    // COMPAT: lib-jitsi-meet sees that a hand went down only where the element is there, and empty.
    el("jitsi_participant_raisedHand", {}, raisedHandMs === 0 ? "" : String(raisedHandMs)),
    ...(status === "" ? [] : [el("status", {}, status)]),
  ];
}
