/** What a participant reads in an invitation, and what it answers (XEP-0166; Jitsi's sources, XEP-0339). */
import { create } from "@bufbuild/protobuf";
import {
  type MediaDescription,
  MediaKind,
  type Source,
  SourceSchema,
  type Transport,
  TransportSchema,
  VideoType,
} from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { mediaKindOf, readDescription, writeDescription } from "@veche/xmpp/codec/xep0167-rtp.ts";
import { readTransport, writeTransport } from "@veche/xmpp/codec/xep0176-ice-udp.ts";
import { writeSources } from "@veche/xmpp/codec/xep0339-sources.ts";
import { childOf, childrenOf, type Element, el } from "@veche/xmpp/codec/xml/element.ts";
import { serialise } from "@veche/xmpp/codec/xml/serialise.ts";
import type { Announced } from "./media/reception.ts";
import type { ExtensionIds } from "./media/sender.ts";
import type { Agreement } from "./session.ts";

export type Invitation = Agreement & {
  readonly sid: string;
  /** Of the bridge channel; "" where none was offered. */
  readonly channelUrl: string;
  readonly descriptions: readonly MediaDescription[];
};

const uris = {
  audioLevel: "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  absSendTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  transportSequence: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
} as const;

export function readInvitation(jingle: Element): Invitation {
  const [content] = childrenOf(jingle, "content");
  const transport = content && childOf(content, "transport");
  if (!transport) throw new Error("expected an invitation with a transport");
  const descriptions = contentsOf(jingle).map(({ description, kind }) => readDescription(description, kind));
  return {
    ...agreementOf(readTransport(transport), descriptions),
    sid: jingle.attrs.sid ?? "",
    channelUrl: childOf(transport, "web-socket")?.attrs.url ?? "",
    descriptions,
  };
}

/** What a bridge offers, as a whole accepted. */
export function agreementOf(
  { ufrag, pwd, candidates, fingerprints }: Transport,
  descriptions: readonly MediaDescription[],
): Agreement {
  const of = (kind: MediaKind): MediaDescription | undefined => descriptions.find((one) => one.kind === kind);
  const [audio, video] = [of(MediaKind.AUDIO), of(MediaKind.VIDEO)];
  return {
    remote: {
      ufrag,
      pwd,
      fingerprint: fingerprints.find(({ hash }) => hash === "sha-256")?.value ?? "",
      addresses: candidates.filter(({ protocol, ip }) => protocol === "udp" && !ip.includes(":")),
    },
    payloadTypes: { audio: payloadTypeOf(audio, "opus"), video: payloadTypeOf(video, "VP8") },
    extensions: { audio: extensionIdsOf(audio), video: extensionIdsOf(video) },
  };
}

function contentsOf(jingle: Element): { readonly description: Element; readonly kind: MediaKind }[] {
  return childrenOf(jingle, "content").flatMap((content) => {
    const description = childOf(content, "description");
    const kind = description && mediaKindOf(description);
    return description && kind !== undefined ? [{ description, kind }] : [];
  });
}

function payloadTypeOf(description: MediaDescription | undefined, name: string): number {
  return description?.payloadTypes.find((one) => one.name.toLowerCase() === name.toLowerCase())?.id ?? -1;
}

function extensionIdsOf(description: MediaDescription | undefined): ExtensionIds {
  const id = (uri: string): number | undefined => description?.headerExtensions.find((one) => one.uri === uri)?.id;
  return {
    audioLevel: id(uris.audioLevel),
    absSendTime: id(uris.absSendTime),
    transportSequence: id(uris.transportSequence),
  };
}

/** The sources of others in an invitation or a source-add, by SSRC. */
export function readAnnounced(jingle: Element): Map<number, Announced> {
  const found = new Map<number, Announced>();
  for (const { description, kind } of contentsOf(jingle)) {
    const repeats = new Set(
      childrenOf(description, "ssrc-group")
        .filter(({ attrs }) => attrs.semantics === "FID")
        .map((group) => childrenOf(group, "source")[1]?.attrs.ssrc),
    );
    const media = kind === MediaKind.AUDIO ? "audio" : "video";
    for (const source of childrenOf(description, "source")) {
      const owner = childOf(source, "ssrc-info")?.attrs.owner ?? "";
      if (owner === "jvb") continue;
      found.set(Number(source.attrs.ssrc), {
        kind: repeats.has(source.attrs.ssrc) ? "rtx" : media,
        source: source.attrs.name ?? "",
        owner,
      });
    }
  }
  return found;
}

/** What a participant sends of itself; SSRCs count up from one number. */
export function makeSources(owner: string, ssrc: number, has: { microphone: boolean; camera: boolean }): Source[] {
  const microphone = create(SourceSchema, {
    name: `${owner}-a0`,
    owner,
    kind: MediaKind.AUDIO,
    msid: `${owner}-audio-0-1 ${owner}-a-track-1`,
    ssrcs: [ssrc],
  });
  const layers = [ssrc + 1, ssrc + 2, ssrc + 3];
  const pairs = layers.map((layer) => [layer, layer + 3]);
  const camera = create(SourceSchema, {
    name: `${owner}-v0`,
    owner,
    kind: MediaKind.VIDEO,
    videoType: VideoType.CAMERA,
    msid: `${owner}-video-0-1 ${owner}-v-track-1`,
    ssrcs: pairs.flat(),
    groups: [{ semantics: "SIM", ssrcs: layers }, ...pairs.map((ssrcs) => ({ semantics: "FID", ssrcs }))],
  });
  return [...(has.microphone ? [microphone] : []), ...(has.camera ? [camera] : [])];
}

/** The contents of a session-accept that agrees to all that was offered. */
export function writeAccept(
  { descriptions }: Invitation,
  own: { readonly ufrag: string; readonly pwd: string; readonly fingerprint: string },
  sources: readonly Source[],
): string {
  const transport = create(TransportSchema, {
    ufrag: own.ufrag,
    pwd: own.pwd,
    fingerprints: [{ hash: "sha-256", value: own.fingerprint, setup: "active" }],
  });
  const contents = descriptions.map((description) =>
    el(
      "content",
      { xmlns: "urn:xmpp:jingle:1", creator: "responder", name: nameOf(description.kind), senders: "both" },
      writeDescription(description, writeSources(sources.filter(({ kind }) => kind === description.kind))),
      writeTransport(transport),
    ),
  );
  return contents.map(serialise).join("");
}

function nameOf(kind: MediaKind): "audio" | "video" {
  return kind === MediaKind.AUDIO ? "audio" : "video";
}
