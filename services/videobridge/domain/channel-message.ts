import type { AudioSubscription, ConstraintsUpdate, VideoConstraint } from "./constraints.ts";
import { limits } from "./limits.ts";
import { accept, type Result, refuse } from "./result.ts";

export type SourceVideoType = "camera" | "desktop" | "desktop_high_fps" | "none";

type JsonObject = { readonly [key: string]: unknown };

/** What a client says on its bridge channel. */
export type ChannelMessage =
  | { readonly type: "hello" }
  | { readonly type: "constraints"; readonly update: ConstraintsUpdate }
  | { readonly type: "audio-subscription"; readonly subscription: AudioSubscription }
  | { readonly type: "video-type"; readonly source: string | undefined; readonly videoType: SourceVideoType }
  /** `to` is empty for everybody. */
  | {
      readonly type: "endpoint-message";
      readonly to: string;
      readonly message: JsonObject;
      readonly payload: JsonObject;
    }
  | { readonly type: "endpoint-stats"; readonly message: JsonObject }
  /** A class of a newer or older client: no fault, no effect. */
  | { readonly type: "unknown" };

const videoTypes: readonly SourceVideoType[] = ["camera", "desktop", "desktop_high_fps", "none"];

/** Reads a frame. What it refuses is the sender's fault; nothing in it can harm anybody else. */
export function readChannelMessage(text: string): Result<ChannelMessage> {
  const parsed = parseJson(text);
  if (!isObject(parsed)) return refuse("expected one JSON object");
  if (isTooDeep(parsed)) return refuse(`expected at most ${limits.channelMessageDepth} levels in a message`);
  switch (parsed.colibriClass) {
    case "ClientHello":
      return accept({ type: "hello" });
    case "ReceiverVideoConstraints":
      return readConstraints(parsed);
    case "LastNChangedEvent":
      return readLastN(parsed.lastN);
    case "ReceiverAudioSubscription":
      return readAudioSubscription(parsed);
    case "SourceVideoTypeMessage":
      return readVideoType(parsed.sourceName, parsed.videoType);
    case "VideoTypeMessage":
      return readVideoType(undefined, parsed.videoType);
    case "EndpointMessage":
      return readEndpointMessage(parsed);
    case "EndpointStats":
      return accept({ type: "endpoint-stats", message: parsed });
    default:
      return typeof parsed.colibriClass === "string"
        ? accept({ type: "unknown" })
        : refuse("expected a colibriClass, found none");
  }
}

function readConstraints(message: JsonObject): Result<ChannelMessage> {
  const lastN = optional(message.lastN, readInteger, "lastN");
  const selectedSources = optional(message.selectedSources, readNames, "selectedSources");
  const onStageSources = optional(message.onStageSources, readNames, "onStageSources");
  const defaultConstraint = optional(message.defaultConstraints, readConstraint, "defaultConstraints");
  const constraints = optional(message.constraints, readConstraintMap, "constraints");
  const assumedBandwidthBps = optional(message.assumedBandwidthBps, readBitrate, "assumedBandwidthBps");
  const present = {
    lastN,
    selectedSources,
    onStageSources,
    defaultConstraint,
    constraints,
    assumedBandwidthBps,
  };
  for (const part of Object.values(present)) if (!part.ok) return part;
  const update = Object.fromEntries(
    Object.entries(present).flatMap(([name, part]) =>
      part.ok && part.value !== undefined ? [[name, part.value]] : [],
    ),
  );
  return accept({ type: "constraints", update });
}

function readLastN(value: unknown): Result<ChannelMessage> {
  const lastN = readInteger(value);
  return lastN === undefined ? refuse("lastN: expected a number") : accept({ type: "constraints", update: { lastN } });
}

/** Today's form has `all`, `include` and `exclude`; an older one has `mode` and `list`. */
function readAudioSubscription(message: JsonObject): Result<ChannelMessage> {
  if (typeof message.mode === "string") {
    const listed = message.list === undefined ? [] : readNames(message.list);
    if (!listed) return refuse("list: expected source names");
    const sources = new Set(listed);
    const byMode: Readonly<Record<string, AudioSubscription>> = {
      all: { type: "all", except: new Set() },
      none: { type: "only", sources: new Set() },
      include: { type: "only", sources },
      exclude: { type: "all", except: sources },
    };
    const mode = message.mode.toLowerCase();
    const subscription = Object.hasOwn(byMode, mode) ? byMode[mode] : undefined;
    return subscription ? accept({ type: "audio-subscription", subscription }) : refuse("mode: not one that is known");
  }
  const include = optional(message.include, readNames, "include");
  if (!include.ok) return include;
  const exclude = optional(message.exclude, readNames, "exclude");
  if (!exclude.ok) return exclude;
  const except = new Set(exclude.value ?? []);
  if (message.all !== false && !(include.value && message.all !== true))
    return accept({ type: "audio-subscription", subscription: { type: "all", except } });
  const sources = new Set((include.value ?? []).filter((name) => !except.has(name)));
  return accept({ type: "audio-subscription", subscription: { type: "only", sources } });
}

function readVideoType(source: unknown, videoType: unknown): Result<ChannelMessage> {
  const known = videoTypes.find((one) => one === videoType);
  if (!known) return refuse(`videoType: expected one of ${videoTypes.join(", ")}`);
  if (source === undefined) return accept({ type: "video-type", source: undefined, videoType: known });
  return isName(source)
    ? accept({ type: "video-type", source, videoType: known })
    : refuse("sourceName: expected a source name");
}

function readEndpointMessage(message: JsonObject): Result<ChannelMessage> {
  const { to = "" } = message;
  if (typeof to !== "string" || to.length > limits.idLength) return refuse("to: expected an endpoint id");
  if (!isObject(message.msgPayload)) return refuse("msgPayload: expected an object");
  return accept({ type: "endpoint-message", to, message, payload: message.msgPayload });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Level by level: what can be read may be too deep to be written again. */
function isTooDeep(message: JsonObject): boolean {
  let level: readonly unknown[] = [message];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.channelMessageDepth) return true;
    level = level.flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []));
  }
  return false;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= limits.sourceNameLength;
}

function optional<T>(value: unknown, read: (value: unknown) => T | undefined, name: string): Result<T | undefined> {
  if (value === undefined || value === null) return accept(undefined);
  const found = read(value);
  return found === undefined ? refuse(`${name}: not what is expected`) : accept(found);
}

function readInteger(value: unknown): number | undefined {
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  return Math.max(-1, Math.min(1_000_000, Math.trunc(value)));
}

function readBitrate(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? Math.max(-1, Math.trunc(value)) : undefined;
}

function readNames(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.length <= limits.namesPerConstraints && value.every(isName) ? value : undefined;
}

function readConstraint(value: unknown): VideoConstraint | undefined {
  if (!isObject(value)) return undefined;
  const maxHeight = value.maxHeight === undefined ? -1 : readInteger(value.maxHeight);
  const maxFrameRate = value.maxFrameRate === undefined ? -1 : readInteger(value.maxFrameRate);
  return maxHeight === undefined || maxFrameRate === undefined ? undefined : { maxHeight, maxFrameRate };
}

function readConstraintMap(value: unknown): ReadonlyMap<string, VideoConstraint> | undefined {
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length > limits.namesPerConstraints) return undefined;
  const map = new Map<string, VideoConstraint>();
  for (const [name, one] of entries) {
    const constraint = readConstraint(one);
    if (!isName(name) || !constraint) return undefined;
    map.set(name, constraint);
  }
  return map;
}

/** Emoji of an endpoint-reaction; undefined where the payload is something else. */
export function readReactions(payload: JsonObject): readonly string[] | undefined {
  if (payload.name !== "endpoint-reaction" || !Array.isArray(payload.reactions)) return undefined;
  const reactions = payload.reactions.filter(
    (one): one is string => typeof one === "string" && /^[a-z0-9_-]{1,32}$/.test(one),
  );
  return reactions.length > 0 ? reactions.slice(0, limits.reactionsPerMessage) : undefined;
}

/** What the bridge says. Every client ignores classes and fields it doesn't know. */
export const say = {
  serverHello: (version: string) => JSON.stringify({ colibriClass: "ServerHello", version }),
  dominantSpeaker: (dominantSpeakerEndpoint: string, previousSpeakers: readonly string[]) =>
    JSON.stringify({
      colibriClass: "DominantSpeakerEndpointChangeEvent",
      dominantSpeakerEndpoint,
      previousSpeakers,
      silence: false,
    }),
  /** COMPAT: `active` is a string, as lib-jitsi-meet compares it. */
  connectivity: (endpoint: string, isActive: boolean) =>
    JSON.stringify({ colibriClass: "EndpointConnectivityStatusChangeEvent", endpoint, active: String(isActive) }),
  forwardedSources: (forwardedSources: readonly string[]) =>
    JSON.stringify({ colibriClass: "ForwardedSources", forwardedSources }),
  connectionStats: (estimatedDownlinkBandwidth: number) =>
    JSON.stringify({ colibriClass: "ConnectionStats", estimatedDownlinkBandwidth }),
  senderConstraint: (sourceName: string, maxHeight: number) =>
    JSON.stringify({ colibriClass: "SenderSourceConstraints", sourceName, maxHeight }),
  relayed: (message: JsonObject, from: string) => JSON.stringify({ ...message, from }),
};
