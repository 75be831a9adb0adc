import { codecSchema } from "@veche/kit/codec-setting.ts";
import {
  alsoNamed,
  type ConfigOf,
  choice,
  commonSchema,
  duration,
  flag,
  integer,
  number,
  port,
  type Setting,
  text,
  url,
} from "@veche/kit/config.ts";
import { lockSchemaOf } from "@veche/kit/live-table.ts";
import { privateTlsSchema } from "@veche/kit/private-tls/private-tls.ts";
import { type AnnouncementPace, defaultPace, formatPace, readPace } from "./domain/announcement-pace.ts";
import { defaultRules, type Rules } from "./domain/rules.ts";

const pace: Setting<AnnouncementPace> = {
  kind: "sizes and times",
  sentence: "From so many participants on, each is told of others' sources at most once in so many milliseconds.",
  default: defaultPace,
  defaultText: formatPace(defaultPace),
  isSecret: false,
  otherNames: [],
  parse: (given) => {
    const value = readPace(given);
    return value ? { ok: true, value } : { ok: false, expected: "sizes and milliseconds like { 50: 1000, 100: 2000 }" };
  },
  format: formatPace,
};

export const schema = {
  ...commonSchema,
  JICOFO_PORT: alsoNamed(port(8888, "HTTP: health, statistics, debug, conference requests."), "JICOFO_REST_PORT"),
  JICOFO_ADDRESS: text("127.0.0.1", "Address that HTTP listens on."),
  VECHE_FOCUS_ORIGIN: url("", "Where web, on this host or another, reaches that HTTP.", {
    protocols: ["http", "https"],
    defaultText: "(address and port)",
  }),
  ...privateTlsSchema,
  JICOFO_AUTH_USER: text("focus", "Name of the focus's account: its occupants' addresses begin with it."),
  XMPP_AUTH_DOMAIN: text("auth.meet.jitsi", "Domain of the focus's account."),
  XMPP_DOMAIN: text("meet.jitsi", "Domain of the installation."),
  XMPP_MUC_DOMAIN: text("muc.meet.jitsi", "Domain of the rooms."),
  JICOFO_CONF_MIN_PARTICIPANTS: integer(2, { min: 1, max: 100 }, "Participants from which on a bridge is used."),
  JICOFO_CONF_INITIAL_PARTICIPANT_WAIT_TIMEOUT: duration("15s", "A room that nobody comes to is left after this.", {
    min: 1_000,
  }),
  JICOFO_CONF_SINGLE_PARTICIPANT_TIMEOUT: duration("20s", "The session of somebody left alone ends after this.", {
    min: 1_000,
  }),
  ...lockSchemaOf("secureDomain", "roomOpeners", "guests", "recording", "liveStreaming", "keepChatDays"),
  ...codecSchema,
  ENABLE_AUTO_OWNER: flag(true, "The first participant becomes a moderator, and another when none is left."),
  BRIDGE_AVG_PARTICIPANT_STRESS: number(0.01, { min: 0, max: 1 }, "What a new endpoint adds to a bridge's stress."),
  BRIDGE_STRESS_THRESHOLD: number(
    0.8,
    { min: 0.01, max: 1 },
    "From this stress on a bridge takes no new conference, and of others only whom no bridge has room for.",
  ),
  ENABLE_OCTO: flag(true, "A conference may be on several bridges, which must reach each other by UDP."),
  OCTO_BRIDGE_SELECTION_STRATEGY: choice(
    ["RegionBasedBridgeSelectionStrategy", "SingleBridgeSelectionStrategy", "SplitBridgeSelectionStrategy"],
    defaultRules.strategy,
    "How a participant's bridge is chosen; Split spreads each conference over all, for tests.",
  ),
  MAX_BRIDGE_PARTICIPANTS: integer(
    defaultRules.maxBridgeEndpoints,
    { min: 1 },
    "Participants of one conference on one bridge; more go to another, where there is one.",
  ),
  JICOFO_RESUME_MARGIN: duration(
    "300ms",
    "Between a client's answer to an announcement and its media, for clients that answer before they apply it.",
    { max: 10_000 },
  ),
  JICOFO_RESTART_INTERVAL: duration("5s", "Least time between two new sessions that a client asks for."),
  JICOFO_RESTARTS_PER_MINUTE: alsoNamed(
    integer(5, { min: 1 }, "New sessions that a client may ask for in a minute."),
    "JICOFO_RESTART_REQUEST_MAX",
  ),
  JICOFO_MAX_SSRCS_PER_USER: alsoNamed(
    integer(20, { min: 1, max: 100 }, "SSRCs of one participant."),
    "MAX_SSRCS_PER_USER",
  ),
  JICOFO_MAX_SSRC_GROUPS_PER_USER: alsoNamed(
    integer(20, { min: 1, max: 100 }, "SSRC groups of one participant."),
    "MAX_SSRC_GROUPS_PER_USER",
  ),
  JICOFO_CONF_MAX_AUDIO_SENDERS: integer(
    defaultRules.senderLimits.audio,
    { min: 0, max: 999_999 },
    "People who may have their microphone on at a time.",
  ),
  JICOFO_CONF_MAX_VIDEO_SENDERS: integer(
    defaultRules.senderLimits.video,
    { min: 0, max: 999_999 },
    "People who may have a camera or screen on at a time.",
  ),
  JICOFO_CONF_SOURCE_SIGNALING_DELAYS: pace,
  JICOFO_RECORDING_QUEUE: integer(
    defaultRules.recordingQueue,
    { min: 0, max: 1_000 },
    "Recordings and streams that may wait while all recorders are full; 0: none waits.",
  ),
  JICOFO_RECORDING_QUEUE_TIMEOUT: duration("10m", "One that has waited for this long is busy and goes off.", {
    min: 10_000,
  }),
  VECHE_ONLY_CALLS_TIMEOUT: duration(
    "10s",
    "With nobody but telephone calls left, a conference ends after this (Jigasi: ALLOW_ONLY_JIGASIS_IN_ROOM).",
    { min: 1_000 },
  ),
  VECHE_CALLS_WAIT_TIMEOUT: duration("10m", "A telephone call that is first in a room waits so long for people.", {
    min: 1_000,
  }),
  VECHE_DIALS_PER_MINUTE: integer(
    defaultRules.dialsPerMinute,
    { min: 0, max: 1_000 },
    "Telephones that may be dialled out from one room in a minute; 0: none.",
  ),
  JICOFO_XMPP_ROUND_TRIP_WARNING: duration(
    "20ms",
    "A slower round trip to the XMPP server is named in log and health.",
  ),
};

export type Config = ConfigOf<typeof schema>;

export function rulesOf(config: Config): Rules {
  return {
    ...defaultRules,
    videoCodec: config.CODEC_ORDER_JVB,
    minParticipants: config.JICOFO_CONF_MIN_PARTICIPANTS,
    initialTimeoutMs: config.JICOFO_CONF_INITIAL_PARTICIPANT_WAIT_TIMEOUT,
    aloneTimeoutMs: config.JICOFO_CONF_SINGLE_PARTICIPANT_TIMEOUT,
    onlyCallsMs: config.VECHE_ONLY_CALLS_TIMEOUT,
    callsWaitMs: config.VECHE_CALLS_WAIT_TIMEOUT,
    dialsPerMinute: config.VECHE_DIALS_PER_MINUTE,
    autoOwner: config.ENABLE_AUTO_OWNER,
    strategy: config.ENABLE_OCTO ? config.OCTO_BRIDGE_SELECTION_STRATEGY : "SingleBridgeSelectionStrategy",
    stressLimit: config.BRIDGE_STRESS_THRESHOLD,
    averageStress: config.BRIDGE_AVG_PARTICIPANT_STRESS,
    maxBridgeEndpoints: config.MAX_BRIDGE_PARTICIPANTS,
    resumeMarginMs: config.JICOFO_RESUME_MARGIN,
    restartIntervalMs: config.JICOFO_RESTART_INTERVAL,
    restartsPerMinute: config.JICOFO_RESTARTS_PER_MINUTE,
    senderLimits: { audio: config.JICOFO_CONF_MAX_AUDIO_SENDERS, video: config.JICOFO_CONF_MAX_VIDEO_SENDERS },
    pace: config.JICOFO_CONF_SOURCE_SIGNALING_DELAYS,
    recordingQueue: config.JICOFO_RECORDING_QUEUE,
    recordingQueueTimeoutMs: config.JICOFO_RECORDING_QUEUE_TIMEOUT,
    limits: { ssrcs: config.JICOFO_MAX_SSRCS_PER_USER, groups: config.JICOFO_MAX_SSRC_GROUPS_PER_USER },
  };
}
