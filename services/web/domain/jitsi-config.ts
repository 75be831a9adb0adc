import { codecOrder, type VideoCodecName, videoQuality } from "./codec-config.ts";
import { formatHost, type Host } from "./host.ts";
import { iceLiteScript } from "./ice-lite-script.ts";
import { type PageSettings, pageConfig } from "./page-config.ts";
import { type RecordingSettings, recordingConfig } from "./recording-config.ts";
import { type TelephonySettings, telephonyConfig } from "./telephony-config.ts";

export type ConfigSettings = {
  readonly domain: string;
  readonly mucDomain: string;
  readonly authDomain: string;
  readonly guestDomain: string;
  readonly hiddenDomain: string;
  readonly resolution: number;
  /** Of every conference: what the focus has them opened with. */
  readonly videoCodec: VideoCodecName;
  readonly hasOpusRed: boolean;
  readonly channelLastN: number;
  readonly isP2pEnabled: boolean;
  readonly p2pStunServers: readonly string[];
  readonly startAudioMuted: number;
  readonly startVideoMuted: number;
  readonly hasPrejoinPage: boolean;
  readonly page: PageSettings;
  readonly recording: RecordingSettings;
  /** There is, or was, a recorder: the app shows the way to /recordings. */
  readonly hasLibrary?: boolean;
  readonly telephony: TelephonySettings;
  /** There is, or was, a telephone gateway. */
  readonly hasGateway?: boolean;
  /** One line for everybody; empty: none. */
  readonly notice: string;
  readonly hasWelcomePage: boolean;
  readonly hasXmppWebSocket: boolean;
  readonly isConferenceRequestOverHttp: boolean;
  readonly defaultLanguage: string;
};

/** Where the client that asks reached us. */
export type Origin = { readonly isSecure: boolean; readonly host: Host };

/**
 * The script every Jitsi client reads first. The phone apps run it in a sandbox without `window` and `document` and then
 * read the global `config`, so it is one assignment of plain data, and what only a browser runs.
 */
export function configScript(settings: ConfigSettings, origin: Origin, tenant?: string): string {
  return `var config = ${toScript(jitsiConfig(settings, origin, tenant))};\n${iceLiteScript}`;
}

export function interfaceConfigScript(): string {
  return `var interfaceConfig = ${toScript(interfaceConfig)};\n`;
}

function jitsiConfig(settings: ConfigSettings, { isSecure, host }: Origin, tenant: string | undefined) {
  const base = `${formatHost(host)}${tenant === undefined ? "" : `/${encodeURIComponent(tenant)}`}`;
  const http = isSecure ? "https" : "http";
  return {
    hosts: {
      domain: settings.domain,
      // Always there, whether or not people have to sign in: so that this can change while pages are open, and while
      // proxies and phones still hold an older config.js.
      anonymousdomain: settings.guestDomain,
      authdomain: settings.domain,
      muc: tenantMucDomain(settings, tenant),
      focus: `focus.${settings.domain}`,
    },
    hiddenDomain: settings.hiddenDomain,
    focusUserJid: `focus@${settings.authDomain}`,
    bosh: `${http}://${base}/http-bind`,
    ...(settings.hasXmppWebSocket ? { websocket: `${isSecure ? "wss" : "ws"}://${base}/xmpp-websocket` } : {}),
    ...(settings.isConferenceRequestOverHttp
      ? { conferenceRequestUrl: `${http}://${base}/conference-request/v1` }
      : {}),
    bridgeChannel: { preferSctp: false },
    // COMPAT: jitsi-meet turns rewriting on where this is left out.
    flags: { ssrcRewritingEnabled: false },
    channelLastN: settings.channelLastN,
    resolution: settings.resolution,
    constraints: { video: { height: { ideal: settings.resolution, max: settings.resolution, min: 180 } } },
    videoQuality: videoQuality(settings.videoCodec),
    // Between two people without a bridge; the bridge offers none of it.
    ...(settings.hasOpusRed ? { enableOpusRed: true } : {}),
    p2p: {
      enabled: settings.isP2pEnabled,
      // COMPAT: where this is left out, lib-jitsi-meet asks a STUN server of its makers.
      stunServers: settings.p2pStunServers.map((server) => ({ urls: stunUrl(server) })),
      ...codecOrder(settings.videoCodec),
    },
    startAudioMuted: settings.startAudioMuted,
    startVideoMuted: settings.startVideoMuted,
    ...(settings.notice === "" ? {} : { noticeMessage: settings.notice }),
    ...pageConfig(settings.page, settings.hasPrejoinPage),
    enableWelcomePage: settings.hasWelcomePage,
    welcomePage: { disabled: !settings.hasWelcomePage },
    ...(settings.defaultLanguage === "" ? {} : { defaultLanguage: settings.defaultLanguage }),
    enableWebsocketResume: true,
    // Whether a room has them is for the server to say, by the components it names.
    lobby: { autoKnock: false, enableChat: true },
    securityUi: { hideLobbyButton: false, disableLobbyPassword: false },
    speakerStats: { disabled: false },
    participantsPane: { enabled: true, hideModeratorSettingsTab: false },
    // A school's network may be closed: nothing is asked of, or told to, anybody else.
    disableThirdPartyRequests: true,
    analytics: { disabled: true },
    gravatar: { disabled: true },
    callStatsID: "",
    enableCalendarIntegration: false,
    localRecording: { disable: true },
    ...recordingConfig(settings.recording),
    ...(settings.hasLibrary ? { recordingLibrary: { enabled: true } } : {}),
    ...telephonyConfig(settings.telephony, `${http}://${base}`, settings.hasGateway ?? false),
    transcription: { enabled: false },
  };
}

/** docker-jitsi-meet names host and port alone. */
function stunUrl(server: string): string {
  return /^stuns?:/i.test(server) ? server : `stun:${server}`;
}

/** COMPAT: clients put the tenant between the service and the domain: muc.<tenant>.meet.jitsi. */
function tenantMucDomain({ domain, mucDomain }: ConfigSettings, tenant: string | undefined): string {
  if (tenant === undefined || !mucDomain.endsWith(`.${domain}`)) return mucDomain;
  return `${mucDomain.slice(0, -domain.length)}${tenant}.${domain}`;
}

const interfaceConfig = {
  APP_NAME: "Veche",
  NATIVE_APP_NAME: "Veche",
  PROVIDER_NAME: "Veche",
  SHOW_JITSI_WATERMARK: false,
  SHOW_BRAND_WATERMARK: false,
  SHOW_POWERED_BY: false,
  SHOW_PROMOTIONAL_CLOSE_PAGE: false,
  JITSI_WATERMARK_LINK: "",
  MOBILE_APP_PROMO: false,
  GENERATE_ROOMNAMES_ON_WELCOME_PAGE: true,
  LANG_DETECTION: true,
  SUPPORT_URL: "",
};

/** JSON that also stays one script inside an HTML page. */
function toScript(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[<>\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
