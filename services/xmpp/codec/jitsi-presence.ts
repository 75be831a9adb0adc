/** Presence extensions of Jitsi's clients that other roles want to know of (lib-jitsi-meet of 2026-08). */

import { VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { cut } from "./cut.ts";
import { ns } from "./namespaces.ts";
import { childOf, type Element, el, elementsOf } from "./xml/element.ts";
import { parseXml } from "./xml/parse.ts";
import { serialise } from "./xml/serialise.ts";

export type SourceMute = { readonly name: string; readonly muted: boolean; readonly videoType: VideoType };

/** What an occupant says of itself. */
export type PresenceFacts = {
  readonly displayName: string;
  readonly email: string;
  readonly statsId: string;
  readonly region: string;
  readonly sources: readonly SourceMute[];
  /** 0 while the hand is down. */
  readonly raisedHandMs: number;
  /** Features announced in the presence itself, as gateways do. */
  readonly features: readonly string[];
};

const textLength = 256;
const maxSources = 20;
const maxFeatures = 64;
const sourceName = /^(.+)-([av])\d+(\.[^.]+)?$/;

/** Always gives a value: what can't be read counts as not said, since presences are relayed whatever is in them. */
export function readPresenceFacts(presence: Element, nick: string, now: number): PresenceFacts {
  const text = (name: string, namespace?: string) => cut(childOf(presence, name, namespace)?.getText(), textLength);
  return {
    displayName: text("nick", ns.nick),
    email: text("email"),
    statsId: text("stats-id"),
    region: text("jitsi_participant_region"),
    sources: readSourceInfo(childOf(presence, "SourceInfo")?.getText(), nick),
    raisedHandMs: readRaisedHand(text("jitsi_participant_raisedHand"), now),
    features: readFeatures(childOf(presence, "features")),
  };
}

/** Entries of another owner are ignored; an absent `muted` means muted. */
export function readSourceInfo(text: string | undefined, nick: string): readonly SourceMute[] {
  const map = parseObject(text);
  if (!map) return [];
  const sources: SourceMute[] = [];
  for (const [name, value] of Object.entries(map)) {
    const [, owner, media] = sourceName.exec(name) ?? [];
    if (owner !== nick || name.length > textLength || !name.isWellFormed() || !isObject(value)) continue;
    sources.push({ name, muted: value.muted !== false, videoType: videoTypeOf(media, value.videoType) });
    if (sources.length === maxSources) break;
  }
  return sources;
}

function videoTypeOf(media: string | undefined, type: unknown): VideoType {
  if (media !== "v") return VideoType.UNSPECIFIED;
  return videoTypeByName[String(type)] ?? VideoType.CAMERA;
}

export const videoTypeByName: Readonly<Record<string, VideoType>> = {
  camera: VideoType.CAMERA,
  desktop: VideoType.DESKTOP,
  desktop_high_fps: VideoType.DESKTOP_HIGH_FPS,
};

function readRaisedHand(text: string, now: number): number {
  if (text === "" || text === "false") return 0;
  const ms = Number(text);
  return Number.isSafeInteger(ms) && ms > 1 ? ms : now;
}

function readFeatures(features: Element | undefined): readonly string[] {
  const found: string[] = [];
  for (const child of features?.children ?? []) {
    if (typeof child === "string" || child.name !== "feature") continue;
    const name = child.attrs.var;
    if (name && name.length <= textLength && found.length < maxFeatures) found.push(name);
  }
  return found;
}

function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  if (!text) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Of the children of a presence as they are relayed. */
export function readRelayedFacts(payload: string, nick: string, now: number): PresenceFacts {
  const parsed = parseXml(`<presence>${payload}</presence>`, relayed);
  return readPresenceFacts(parsed.ok ? parsed.root : el("presence"), nick, now);
}

/** `startmuted` of older clients, in the children of a presence as they are relayed. */
export function readStartMuted(payload: string): { readonly audio: boolean; readonly video: boolean } | undefined {
  if (!payload.includes("<startmuted")) return undefined;
  const parsed = parseXml(`<presence>${payload}</presence>`, relayed);
  const element = parsed.ok ? childOf(parsed.root, "startmuted", ns.startMuted) : undefined;
  return element && { audio: element.attrs.audio === "true", video: element.attrs.video === "true" };
}

const relayed = { length: 1_000_000, depth: 64, attributes: 128, children: 10_000 };

/** The children of a presence as everybody else gets them. */
export function relayedPresence(presence: Element): string {
  let payload = "";
  for (const child of elementsOf(presence)) if (!isServerAuthored(child)) payload += serialise(child);
  return payload;
}

const serverAuthored = new Set([
  "identity",
  "permissions",
  "conference-properties",
  "jibri-recording-status",
  "jibri-sip-call-state",
]);

/** What only the server says of an occupant, and what belongs to the way in: not relayed from clients. */
function isServerAuthored(child: Element): boolean {
  const namespace = child.getNS();
  if (namespace === ns.muc || namespace === ns.mucUser || namespace === ns.mucAdmin || namespace === ns.mucOwner)
    return true;
  return serverAuthored.has(child.name);
}
