import { isRecord } from "../json.ts";
import { type EndpointStats, readEndpointStats } from "./endpoint-stats.ts";

/** What the bridge says over its channel, as far as we act on it. */
export type BridgeMessage =
  | { readonly type: "server-hello" }
  | { readonly type: "dominant-speaker"; readonly endpoint: string; readonly previous: readonly string[] }
  | { readonly type: "connectivity"; readonly endpoint: string; readonly isActive: boolean }
  | { readonly type: "forwarded-sources"; readonly sources: readonly string[] }
  | { readonly type: "sender-constraints"; readonly source: string; readonly maxHeight: number }
  | { readonly type: "endpoint-stats"; readonly from: string; readonly stats: EndpointStats }
  | { readonly type: "endpoint-message"; readonly from: string; readonly payload: Readonly<Record<string, unknown>> };

/** Undefined for what is malformed or none of our business: unknown classes must be ignored. */
export function readBridgeMessage(text: string): BridgeMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  switch (value.colibriClass) {
    case "ServerHello":
      return { type: "server-hello" };
    case "DominantSpeakerEndpointChangeEvent":
      return typeof value.dominantSpeakerEndpoint === "string"
        ? {
            type: "dominant-speaker",
            endpoint: value.dominantSpeakerEndpoint,
            previous: strings(value.previousSpeakers),
          }
        : undefined;
    case "EndpointConnectivityStatusChangeEvent":
      return typeof value.endpoint === "string"
        ? { type: "connectivity", endpoint: value.endpoint, isActive: value.active === "true" || value.active === true }
        : undefined;
    case "ForwardedSources":
      return { type: "forwarded-sources", sources: strings(value.forwardedSources) };
    case "SenderSourceConstraints":
      return typeof value.sourceName === "string" && typeof value.maxHeight === "number"
        ? { type: "sender-constraints", source: value.sourceName, maxHeight: value.maxHeight }
        : undefined;
    case "EndpointStats":
      return typeof value.from === "string"
        ? { type: "endpoint-stats", from: value.from, stats: readEndpointStats(value) }
        : undefined;
    case "EndpointMessage":
      return typeof value.from === "string" && isRecord(value.msgPayload)
        ? { type: "endpoint-message", from: value.from, payload: value.msgPayload }
        : undefined;
    default:
      return undefined;
  }
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}

/** How much of which video we want. Absent parts keep what the bridge was told before, so all are always told. */
export interface ReceiverConstraints {
  readonly lastN: number;
  readonly onStageSources: readonly string[];
  readonly selectedSources: readonly string[];
  readonly defaultMaxHeight: number;
  readonly maxHeights: Readonly<Record<string, number>>;
}

export function constraintsMessage(wanted: ReceiverConstraints): object {
  return {
    colibriClass: "ReceiverVideoConstraints",
    lastN: wanted.lastN,
    onStageSources: wanted.onStageSources,
    selectedSources: wanted.selectedSources,
    defaultConstraints: { maxHeight: wanted.defaultMaxHeight },
    constraints: Object.fromEntries(
      Object.entries(wanted.maxHeights).map(([name, maxHeight]) => [name, { maxHeight }]),
    ),
  };
}

export function videoTypeMessage(sourceName: string, videoType: "camera" | "desktop" | "none"): object {
  return { colibriClass: "SourceVideoTypeMessage", sourceName, videoType };
}

export function endpointMessage(to: string, msgPayload: object): object {
  return { colibriClass: "EndpointMessage", to, msgPayload };
}
