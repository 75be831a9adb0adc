import { type ReadonlySignal, signal } from "@preact/signals-core";
import { type PageRules, readPageRules } from "./config/page-rules.ts";
import { ConfigReader } from "./config/reader.ts";
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
  /** Whether the page may show less by itself where the machine is slow. */
  readonly adaptsToMachine: boolean;
  /** The one codec of the conference, such as VP8; "" where config.js does not say. */
  readonly videoCodec: string;
  readonly ignoreBridgeDomain: string | undefined;
  readonly withoutUdp: boolean;
  readonly withoutTcp: boolean;
  readonly forceTurnRelay: boolean;
  readonly useTurnUdp: boolean;
  readonly disablePolls: boolean;
  readonly disableReactions: boolean;
  readonly disableReactionsModeration: boolean;
  /** Whether recording is to be offered, where that is said; whether a recorder runs is the focus' to say. */
  readonly recording: boolean | undefined;
  readonly recordingSharing: boolean;
  /** There is, or was, a recorder: its recordings are at /recordings. */
  readonly recordingLibrary: boolean;
  readonly liveStreaming: boolean | undefined;
  /** What the streaming service has to say, by address. */
  readonly streamingLinks: { readonly help?: string; readonly terms?: string; readonly privacy?: string };
  /** The page is what a recorder films: no buttons, no devices. */
  readonly isRecorder: boolean;
  /** As it is written; "" where it is not. */
  readonly recorderLayout: string;
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
  /** One line that the operator says to everybody; a link can't put words there (allow-list.ts). */
  readonly notice: string;
  /** Whether to say before joining that the meeting may be recorded. */
  readonly recordingWarning: boolean;
  /** Whether who waits at the door and who opens it may write to each other. */
  readonly lobbyChat: boolean;
  readonly screenFrameRate: number;
  readonly useHostPageStorage: boolean;
  readonly startSilent: boolean;
  readonly startAudioOnly: boolean;
  readonly startScreenSharing: boolean;
  /** Whoever comes after so many people starts muted; undefined: nobody. */
  readonly startAudioMuted: number | undefined;
  readonly startVideoMuted: number | undefined;
  readonly doNotStoreRoom: boolean;
  readonly mouseMoveIntervalMs: number;
  /** What the operator says of this installation; told to embedding pages that ask. */
  readonly deploymentInfo: unknown;
  readonly rules: ReadonlySignal<PageRules>;
  /** What an embedding page says while the page is open; what may not change then, or at all, is passed over. */
  readonly overwrite: (more: Readonly<Record<string, unknown>>) => void;
}

const MIN_MOUSE_INTERVAL_MS = 100;

export function readConfig(file: unknown, overrides: Overrides, query: URLSearchParams): AppConfig {
  const read = new ConfigReader(file, overrides);
  const text = (path: string) => read.text(path);
  const flag = (path: string, fallback = false) => read.flag(path, fallback);
  const number = (path: string, fallback: number) => read.number(path, fallback);
  const rules = signal(readPageRules(read));
  const said = new Map(overrides);
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
    adaptsToMachine: flag("videoQuality.enableAdaptiveMode", true),
    videoCodec: String(read.list("videoQuality.codecPreferenceOrder")?.[0] ?? "").toUpperCase(),
    ignoreBridgeDomain: text("bridgeChannel.ignoreDomain"),
    withoutUdp: flag("webrtcIceUdpDisable"),
    withoutTcp: flag("webrtcIceTcpDisable"),
    forceTurnRelay: flag("forceTurnRelay"),
    useTurnUdp: flag("useTurnUdp"),
    disablePolls: flag("disablePolls"),
    disableReactions: flag("disableReactions"),
    disableReactionsModeration: flag("disableReactionsModeration"),
    recording: read.saidFlag("recordingService.enabled") ?? read.saidFlag("fileRecordingsEnabled"),
    recordingSharing: flag("recordingService.sharingEnabled"),
    recordingLibrary: flag("recordingLibrary.enabled"),
    liveStreaming: read.saidFlag("liveStreaming.enabled") ?? read.saidFlag("liveStreamingEnabled"),
    streamingLinks: {
      ...linkAt(read, "help", "liveStreaming.helpLink"),
      ...linkAt(read, "terms", "liveStreaming.termsLink"),
      ...linkAt(read, "privacy", "liveStreaming.dataPrivacyLink"),
    },
    isRecorder: flag("iAmRecorder"),
    recorderLayout: text("recorderLayout") ?? "",
    transcription: flag("transcription.enabled"),
    dialInNumbersUrl: text("dialInNumbersUrl"),
    dialInConfCodeUrl: text("dialInConfCodeUrl"),
    defaultLanguage: text("defaultLanguage"),
    welcomePage: flag("enableWelcomePage", true) && !flag("welcomePage.disabled"),
    homeUrl: text("welcomePage.customUrl") ?? "/",
    closePage: flag("enableClosePage", true),
    requireDisplayName: flag("requireDisplayName"),
    readOnlyName: flag("readOnlyName"),
    notice: text("noticeMessage") ?? "",
    hideNameBeforeJoining: flag("prejoinConfig.hideDisplayName"),
    recordingWarning: flag("recordings.showPrejoinWarning"),
    lobbyChat: flag("lobby.enableChat", flag("enableLobbyChat", true)),
    screenFrameRate: Math.max(1, number("desktopSharingFrameRate.max", 30)),
    useHostPageStorage: flag("useHostPageLocalStorage"),
    startSilent: flag("startSilent"),
    startAudioOnly: flag("startAudioOnly"),
    startScreenSharing: flag("startScreenSharing"),
    startAudioMuted: countOf(number("startAudioMuted", -1)),
    startVideoMuted: countOf(number("startVideoMuted", -1)),
    doNotStoreRoom: flag("doNotStoreRoom"),
    mouseMoveIntervalMs: Math.max(MIN_MOUSE_INTERVAL_MS, number("mouseMoveCallbackInterval", 1000)),
    deploymentInfo: read.value("deploymentInfo") ?? {},
    rules,
    overwrite: (more) => {
      for (const [name, value] of Object.entries(more)) {
        // What is said last wins, also over its own parts said before.
        said.delete(`config.${name}`);
        said.set(`config.${name}`, value);
      }
      rules.value = readPageRules(new ConfigReader(file, said));
    },
  };
}

/** Links and embedding pages may not set these (allow-list.ts). */
function linkAt(read: ConfigReader, name: "help" | "terms" | "privacy", path: string) {
  const text = read.text(path);
  const isLink = text !== undefined && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  return isLink ? { [name]: text } : {};
}

function countOf(number: number): number | undefined {
  return number >= 0 ? Math.floor(number) : undefined;
}
