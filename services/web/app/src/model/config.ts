import type { Overrides } from "./url.ts";

/** The keys of `config.js` that the app honours, with their defaults filled in. */
export interface AppConfig {
  readonly domain: string;
  /** Where people without password and token are. */
  readonly guestDomain: string;
  readonly muc: string;
  readonly focus: string;
  readonly bosh: string;
  readonly websocket: string | undefined;
  readonly conferenceRequestUrl: string | undefined;
  readonly focusUserJid: string | undefined;
  readonly hiddenDomain: string | undefined;
  readonly preferBosh: boolean;
  readonly prejoin: boolean;
  readonly startWithAudioMuted: boolean;
  readonly startWithVideoMuted: boolean;
  readonly disableSimulcast: boolean;
  readonly resolution: number;
  readonly lastN: number;
  readonly ignoreBridgeDomain: string | undefined;
  readonly withoutUdp: boolean;
  readonly withoutTcp: boolean;
  readonly forceTurnRelay: boolean;
  readonly useTurnUdp: boolean;
  readonly disablePolls: boolean;
  readonly disableReactions: boolean;
  readonly disableReactionsModeration: boolean;
  /** A recorder is installed; whether one runs is the focus' to say. */
  readonly recording: boolean;
  readonly recordingSharing: boolean;
  readonly liveStreaming: boolean;
  readonly transcription: boolean;
  readonly dialInNumbersUrl: string | undefined;
  readonly dialInConfCodeUrl: string | undefined;
  readonly defaultLanguage: string | undefined;
  /** Whether there is a page at `/` where a room can be named. */
  readonly welcomePage: boolean;
  /** Where "to the start page" leads. */
  readonly homeUrl: string;
  /** Whether something is said after leaving; else one is back at the start at once. */
  readonly closePage: boolean;
  readonly requireDisplayName: boolean;
  readonly readOnlyName: boolean;
  readonly hideNameBeforeJoining: boolean;
  /** Whether to say before joining that the meeting may be recorded. */
  readonly recordingWarning: boolean;
}

/** Keys that a link may set. Where the servers are is never one of them, or a link could lead a class to a stranger's. */
const OVERRIDABLE = new Set([
  "preferBosh",
  "prejoinConfig.enabled",
  "prejoinPageEnabled",
  "startWithAudioMuted",
  "startWithVideoMuted",
  "disableSimulcast",
  "resolution",
  "channelLastN",
  "startLastN",
  "bridgeChannel.ignoreDomain",
  "webrtcIceUdpDisable",
  "webrtcIceTcpDisable",
  "forceTurnRelay",
  "useTurnUdp",
  "defaultLanguage",
  "prejoinConfig.hideDisplayName",
  "readOnlyName",
  "recordings.showPrejoinWarning",
  "requireDisplayName",
]);

export function readConfig(file: unknown, overrides: Overrides, query: URLSearchParams): AppConfig {
  const value = (path: string): unknown => {
    if (OVERRIDABLE.has(path) && overrides.has(`config.${path}`)) return overrides.get(`config.${path}`);
    return path.split(".").reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), file);
  };
  const text = (path: string) => {
    const found = value(path);
    return typeof found === "string" && found ? found : undefined;
  };
  const flag = (path: string, fallback = false) => {
    const found = value(path);
    return typeof found === "boolean" ? found : found === "true" ? true : found === "false" ? false : fallback;
  };
  const number = (path: string, fallback: number) => {
    const found = Number(value(path) ?? fallback);
    return Number.isFinite(found) ? found : fallback;
  };
  const domain = text("hosts.domain") ?? "meet.jitsi";
  return {
    domain,
    guestDomain: text("hosts.anonymousdomain") ?? domain,
    muc: text("hosts.muc") ?? `muc.${domain}`,
    focus: text("hosts.focus") ?? `focus.${domain}`,
    bosh: text("bosh") ?? "/http-bind",
    websocket: text("websocket"),
    conferenceRequestUrl: text("conferenceRequestUrl"),
    focusUserJid: text("focusUserJid"),
    hiddenDomain: text("hiddenDomain"),
    preferBosh: flag("preferBosh") || (query.has("preferBosh") && query.get("preferBosh") !== "false"),
    prejoin: flag("prejoinConfig.enabled", flag("prejoinPageEnabled", true)),
    startWithAudioMuted: flag("startWithAudioMuted"),
    startWithVideoMuted: flag("startWithVideoMuted"),
    disableSimulcast: flag("disableSimulcast"),
    resolution: number("resolution", 720),
    lastN: number("channelLastN", number("startLastN", -1)),
    ignoreBridgeDomain: text("bridgeChannel.ignoreDomain"),
    withoutUdp: flag("webrtcIceUdpDisable"),
    withoutTcp: flag("webrtcIceTcpDisable"),
    forceTurnRelay: flag("forceTurnRelay"),
    useTurnUdp: flag("useTurnUdp"),
    disablePolls: flag("disablePolls"),
    disableReactions: flag("disableReactions"),
    disableReactionsModeration: flag("disableReactionsModeration"),
    recording: flag("recordingService.enabled", flag("fileRecordingsEnabled")),
    recordingSharing: flag("recordingService.sharingEnabled"),
    liveStreaming: flag("liveStreaming.enabled", flag("liveStreamingEnabled")),
    transcription: flag("transcription.enabled"),
    dialInNumbersUrl: text("dialInNumbersUrl"),
    dialInConfCodeUrl: text("dialInConfCodeUrl"),
    defaultLanguage: text("defaultLanguage"),
    welcomePage: flag("enableWelcomePage", true) && !flag("welcomePage.disabled"),
    homeUrl: text("welcomePage.customUrl") ?? "/",
    closePage: flag("enableClosePage", true),
    requireDisplayName: flag("requireDisplayName"),
    readOnlyName: flag("readOnlyName"),
    hideNameBeforeJoining: flag("prejoinConfig.hideDisplayName"),
    recordingWarning: flag("recordings.showPrejoinWarning"),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
