/** XEP-0166 1.1.2, https://xmpp.org/extensions/xep-0166.html: Jingle between the focus and an occupant. */

import {
  type MediaDescription,
  MediaKind,
  type Source,
  type Transport,
} from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import type {
  AnnounceSourcesRequest,
  EndSessionRequest,
  InitiateSessionRequest,
  ReplaceTransportRequest,
} from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { cut } from "./cut.ts";
import { readJsonSources, writeJsonSources } from "./jitsi-json-sources.ts";
import { ns } from "./namespaces.ts";
import { atMost, optionalText, type Read, reading, requiredInteger, requiredText, unreadable } from "./reading.ts";
import { mediaKindOf, mediaNameOf, readDescription, writeDescription } from "./xep0167-rtp.ts";
import { readTransport, writeTransport } from "./xep0176-ice-udp.ts";
import { readSources, sourceLimits, writeSources } from "./xep0339-sources.ts";
import { type Child, childOf, childrenOf, type Element, el, elementsOf } from "./xml/element.ts";

/** What an occupant says to the focus. */
export type JingleRequest = { readonly sid: string } & (
  | {
      readonly action: "session-accept";
      readonly descriptions: MediaDescription[];
      readonly transport: Transport;
      readonly sources: Source[];
      /** How many videos it wants at most until its bridge channel says so. */
      readonly initialLastN: number | undefined;
    }
  | { readonly action: "source-add" | "source-remove"; readonly sources: Source[] }
  | {
      readonly action: "session-terminate";
      readonly reason: string;
      readonly text: string;
      readonly bridgeSession: string;
      readonly restart: boolean;
    }
  | { readonly action: "transport-info"; readonly transport: Transport }
  | { readonly action: "session-info"; readonly bridgeSession: string; readonly iceRestart: boolean }
);

/** Owner of the sources that a bridge sends for its own feedback. */
const bridgeOwner = "jvb";
const maxContents = 8;
const maxLastN = 10_000;
const idLength = 256;

/** Reads a `<jingle>` of the occupant `owner`. */
export function readJingle(jingle: Element, owner: string): Read<JingleRequest> {
  return reading(() => {
    const sid = requiredText(jingle, "sid", idLength);
    const action = requiredText(jingle, "action", 64);
    switch (action) {
      case "session-accept":
        return { sid, action, ...readAccept(jingle, owner) };
      case "source-add":
      case "addsource":
        return { sid, action: "source-add", sources: readAllSources(jingle, owner) };
      case "source-remove":
      case "removesource":
        return { sid, action: "source-remove", sources: readAllSources(jingle, owner) };
      case "session-terminate":
        return { sid, action, ...readTerminate(jingle) };
      case "transport-info":
        return { sid, action, transport: readContentTransport(jingle) };
      case "session-info":
        return { sid, action, ...readInfo(jingle) };
      default:
        return unreadable(`the focus does not understand the action "${action}"`);
    }
  });
}

type Content = { readonly kind: MediaKind; readonly content: Element; readonly description: Element };

function mediaContents(jingle: Element): readonly Content[] {
  const found: Content[] = [];
  for (const content of atMost(childrenOf(jingle, "content"), maxContents, "contents")) {
    const description = childOf(content, "description");
    const kind = description && mediaKindOf(description);
    if (!description || kind === undefined) continue;
    if (found.some((other) => other.kind === kind)) unreadable(`two contents of ${mediaNameOf(kind)}`);
    found.push({ kind, content, description });
  }
  return found;
}

function readAccept(jingle: Element, owner: string) {
  const contents = mediaContents(jingle);
  if (contents.length === 0) unreadable("a session-accept has a content of audio or video");
  const transport = readContentTransport(jingle);
  if (transport.fingerprints.length === 0) unreadable("a session-accept has a fingerprint");
  if (transport.ufrag === "" || transport.pwd === "") unreadable("a session-accept has ufrag and pwd");
  return {
    descriptions: contents.map(({ description, kind }) => readDescription(description, kind)),
    transport,
    sources: readAllSources(jingle, owner),
    initialLastN: readInitialLastN(contents),
  };
}

/** COMPAT: lib-jitsi-meet puts it into the content of video, others into the description. */
function readInitialLastN(contents: readonly Content[]): number | undefined {
  const video = contents.find(({ kind }) => kind === MediaKind.VIDEO);
  if (!video) return undefined;
  const found = childOf(video.content, "initial-last-n") ?? childOf(video.description, "initial-last-n");
  if (!found || found.attrs.value === "-1") return undefined;
  return requiredInteger(found, "value", 0, maxLastN);
}

/** The transports of a session are bundled: the first that says something counts. */
function readContentTransport(jingle: Element): Transport {
  const transports = atMost(childrenOf(jingle, "content"), maxContents, "contents")
    .map((content) => childOf(content, "transport"))
    .filter((transport) => transport !== undefined);
  const chosen = transports.find((transport) => childOf(transport, "fingerprint")) ?? transports[0];
  if (!chosen) return unreadable("expected a content with a transport");
  return readTransport(chosen);
}

/** As XML; as JSON where there is none. */
function readAllSources(jingle: Element, owner: string): Source[] {
  const written = mediaContents(jingle).flatMap(({ description, kind }) => readSources(description, kind, owner));
  const sources = written.length > 0 ? written : readJsonSources(jingle, owner);
  atMost(
    sources.flatMap(({ ssrcs }) => ssrcs),
    sourceLimits.ssrcs,
    "sources",
  );
  atMost(
    sources.flatMap(({ groups }) => groups),
    sourceLimits.groups,
    "source groups",
  );
  return sources;
}

function readTerminate(jingle: Element) {
  const reason = childOf(jingle, "reason");
  const condition = reason && elementsOf(reason).find(({ name }) => name !== "text");
  const bridge = childOf(jingle, "bridge-session");
  return {
    reason: cut(condition?.name, 64),
    text: cut(reason && childOf(reason, "text")?.getText(), 256),
    bridgeSession: bridge ? optionalText(bridge, "id", idLength) : "",
    restart: bridge?.attrs.restart === "true",
  };
}

function readInfo(jingle: Element) {
  const bridge = childOf(jingle, "bridge-session");
  return {
    bridgeSession: bridge ? optionalText(bridge, "id", idLength) : "",
    iceRestart: bridge?.attrs["ice-restart"] === "true",
  };
}

/** How sources are said to a client. */
export type SourceForm = "xml" | "json";

/** `focusJid` is the occupant address of the focus; `channelUrl` absolute. */
export function writeInitiate(
  request: InitiateSessionRequest,
  focusJid: string,
  channelUrl: string,
  form: SourceForm = "xml",
): Element {
  const { descriptions, transport, bridgeSession, region, startAudioMuted, startVideoMuted } = request;
  if (!transport) throw new TypeError("an invitation has a transport");
  // The bridge's own come first, and clients put what is short after what is written out (focus.md 3.6).
  const sources = request.sources.filter(({ owner }) => form === "xml" || owner === bridgeOwner);
  const short = request.sources.filter((source) => !sources.includes(source));
  return el(
    "jingle",
    { xmlns: ns.jingle, action: "session-initiate", initiator: focusJid, sid: request.jingleSession },
    el(
      "group",
      { xmlns: ns.grouping, semantics: "BUNDLE" },
      descriptions.map(({ kind }) => el("content", { xmlns: ns.grouping, name: mediaNameOf(kind) })),
    ),
    descriptions.map((description) =>
      writeContent(
        description.kind,
        writeDescription(description, writeSources(sources.filter(({ kind }) => kind === description.kind))),
        writeTransport(transport, channelUrl === "" ? undefined : channelUrl),
      ),
    ),
    short.length > 0 ? writeJsonSources(short) : undefined,
    el("bridge-session", { xmlns: ns.focus, id: bridgeSession, region: region || undefined }),
    startAudioMuted || startVideoMuted
      ? el("startmuted", { xmlns: ns.startMuted, audio: startAudioMuted, video: startVideoMuted })
      : undefined,
  );
}

function writeContent(kind: MediaKind, ...children: readonly Child[]): Element {
  return el(
    "content",
    { xmlns: ns.jingle, creator: "initiator", name: mediaNameOf(kind), senders: "both" },
    ...children,
  );
}

export function writeSourceChange(
  action: "source-add" | "source-remove",
  request: Pick<AnnounceSourcesRequest, "jingleSession" | "sources">,
  focusJid: string,
  form: SourceForm = "xml",
): Element {
  const attributes = { xmlns: ns.jingle, action, initiator: focusJid, sid: request.jingleSession };
  if (form === "json") return el("jingle", attributes, writeJsonSources(request.sources));
  const contents = [MediaKind.AUDIO, MediaKind.VIDEO].map((kind) => {
    const sources = request.sources.filter((source) => source.kind === kind);
    if (sources.length === 0) return undefined;
    return writeContent(kind, el("description", { xmlns: ns.rtp, media: mediaNameOf(kind) }, writeSources(sources)));
  });
  return el("jingle", attributes, contents);
}

const reasons: readonly string[] = [
  "busy",
  "cancel",
  "connectivity-error",
  "decline",
  "expired",
  "failed-application",
  "failed-transport",
  "general-error",
  "gone",
  "media-error",
  "success",
  "timeout",
];

export function writeTerminateSession(request: EndSessionRequest, focusJid: string): Element {
  const reason = reasons.includes(request.reason) ? request.reason : "general-error";
  const text = request.text === "" ? undefined : el("text", { xmlns: ns.jingle }, request.text);
  return el(
    "jingle",
    { xmlns: ns.jingle, action: "session-terminate", initiator: focusJid, sid: request.jingleSession },
    el("reason", { xmlns: ns.jingle }, el(reason, { xmlns: ns.jingle }), text),
  );
}

export function writeTransportInfo(request: ReplaceTransportRequest, focusJid: string): Element {
  if (!request.transport) throw new TypeError("a transport-info has a transport");
  return el(
    "jingle",
    { xmlns: ns.jingle, action: "transport-info", initiator: focusJid, sid: request.jingleSession },
    writeContent(MediaKind.AUDIO, writeTransport(request.transport)),
  );
}

/** XEP-0166 10: detail of an error about a session nobody knows. */
export const unknownSession: Element = el("unknown-session", { xmlns: ns.jingleErrors });
