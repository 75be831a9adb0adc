import { type Environment, readConfig } from "./config.ts";
import { choice, flag, integer, type Setting, text } from "./setting.ts";

/** What is changed while everything runs, and by which variables the environment fixes it. */
type LiveSetting<T extends LiveValue, V extends string = string> = {
  /** For people, on the command line. */
  readonly name: string;
  /** The first gives the value; of several flags one that is off is enough. */
  readonly variables: readonly V[];
  /** The variables mean the opposite: DISABLE_POLLS. */
  readonly isOpposite: boolean;
  readonly setting: Setting<T>;
  /** The value while nobody has said another. */
  readonly standard: T;
};

export type LiveValue = boolean | number | string;

function live<T extends LiveValue, const V extends string>(
  name: string,
  variables: readonly V[],
  standard: NoInfer<T>,
  setting: Setting<T>,
  isOpposite = false,
): LiveSetting<T, V> {
  return { name, variables, standard, setting, isOpposite };
}

const onOff = (standard: boolean, sentence: string) => flag(standard, sentence);

export const roomOpeners = ["signed-in", "teachers"] as const;

/** The most days that chat may be kept: as long as the facts. */
const keepChatDaysAtMost = 400;
const peopleAtMost = 10_000;
/** Characters. */
const noticeLength = 500;

export const liveTable = {
  secureDomain: live("secure-domain", ["ENABLE_AUTH"], false, onOff(false, "Only people who signed in open rooms.")),
  roomOpeners: live(
    "room-openers",
    ["VECHE_ROOM_OPENERS"],
    "signed-in",
    choice(roomOpeners, "signed-in", "Who opens rooms while the domain is secure."),
  ),
  guests: live(
    "guests",
    ["ENABLE_GUESTS"],
    true,
    onOff(true, "While the domain is secure: who has not signed in may come into rooms that are open."),
  ),
  lobby: live(
    "lobby",
    ["VECHE_LOBBY"],
    false,
    onOff(false, "A room that is opened gets its lobby with its first moderator."),
  ),
  maxParticipants: live(
    "max-participants",
    ["MAX_PARTICIPANTS"],
    0,
    integer(0, { min: 0, max: peopleAtMost }, "Most people in one room; 0: XMPP_MAX_OCCUPANTS alone."),
  ),
  startAudioMuted: live(
    "start-audio-muted",
    ["START_AUDIO_MUTED"],
    10,
    integer(10, { min: 0, max: peopleAtMost }, "Whoever joins after so many people starts muted."),
  ),
  startVideoMuted: live(
    "start-video-muted",
    ["START_VIDEO_MUTED"],
    10,
    integer(10, { min: 0, max: peopleAtMost }, "Whoever joins after so many people starts without video."),
  ),
  startWithAudioMuted: live(
    "start-with-audio-muted",
    ["START_WITH_AUDIO_MUTED"],
    false,
    onOff(false, "Everybody starts muted."),
  ),
  startWithVideoMuted: live(
    "start-with-video-muted",
    ["START_WITH_VIDEO_MUTED"],
    false,
    onOff(false, "Everybody starts without video."),
  ),
  prejoinPage: live(
    "prejoin-page",
    ["ENABLE_PREJOIN_PAGE"],
    true,
    onOff(true, "Shows camera, microphone and name before joining."),
  ),
  requireName: live(
    "require-name",
    ["ENABLE_REQUIRE_DISPLAY_NAME"],
    false,
    onOff(false, "Nobody joins without a name."),
  ),
  recording: live(
    "recording",
    ["ENABLE_RECORDING", "ENABLE_SERVICE_RECORDING"],
    true,
    onOff(true, "Moderators record, where a recorder runs; what is being recorded goes on."),
  ),
  liveStreaming: live(
    "live-streaming",
    ["ENABLE_LIVESTREAMING"],
    true,
    onOff(true, "Moderators go live, where a recorder runs; what is live goes on."),
  ),
  polls: live("polls", ["DISABLE_POLLS"], true, onOff(true, "Polls are made."), true),
  privateChat: live(
    "private-chat",
    ["DISABLE_PRIVATE_CHAT"],
    true,
    onOff(true, "Messages go to one person alone."),
    true,
  ),
  reactions: live("reactions", ["DISABLE_REACTIONS"], true, onOff(true, "Pages show reactions."), true),
  notice: live(
    "notice",
    ["VECHE_NOTICE"],
    "",
    text("", "One line that pages show outside a call, such as when the server is updated; empty: none.", {
      pattern: new RegExp(`^[^\\p{Cc}]{0,${noticeLength}}$`, "u"),
      expected: `one line of at most ${noticeLength} characters`,
    }),
  ),
  keepChatDays: live(
    "keep-chat-days",
    ["VECHE_KEEP_CHAT_DAYS"],
    0,
    integer(0, { min: 0, max: keepChatDaysAtMost }, "How long texts of chats are kept; 0: they are not."),
  ),
} as const;

export type LiveKey = keyof typeof liveTable;

/** What an operator changes while everything runs. */
export type LiveSettings = { readonly [K in LiveKey]: (typeof liveTable)[K]["standard"] };

/** Settings that the environment fixes: they win over what is stored. */
export type LockedSettings = Partial<LiveSettings>;

export const liveKeys = Object.keys(liveTable) as readonly LiveKey[];

/** biome-ignore lint/suspicious/noExplicitAny: values of every type; `read` of each checks its own. */
const anyOf = (key: LiveKey): LiveSetting<any> => liveTable[key];

export const initialSettings = Object.fromEntries(
  liveKeys.map((key) => [key, liveTable[key].standard]),
) as unknown as LiveSettings;

/** A value as a person or an API gives it, or what was expected. */
export function readLive(key: LiveKey, given: unknown): { readonly value: LiveValue } | { readonly expected: string } {
  const { setting, standard } = anyOf(key);
  if (typeof given !== typeof standard) return { expected: expectedType(standard) };
  const parsed = setting.parse(String(given));
  return parsed.ok ? { value: parsed.value as LiveValue } : { expected: parsed.expected };
}

function expectedType(standard: LiveValue): string {
  if (typeof standard === "boolean") return "true or false";
  return typeof standard === "number" ? "a whole number" : "text";
}

type Lock = Setting<LiveValue | null>;

type VariableOf<K extends LiveKey> = (typeof liveTable)[K]["variables"][number];

/**
 * The variables that fix these settings for as long as they are set, for the schemas of the roles that act on them.
 * docker-jitsi-meet has no live settings: there the variable is the only switch, and an `.env` that was brought along goes
 * on meaning what it did.
 */
export function lockSchemaOf<K extends LiveKey>(...keys: readonly K[]): Readonly<Record<VariableOf<K>, Lock>> {
  const locks = keys.flatMap((key) => anyOf(key).variables.map((variable) => [variable, lockOf(key)]));
  return Object.fromEntries(locks) as Record<VariableOf<K>, Lock>;
}

function lockOf(key: LiveKey): Lock {
  const { name, setting, standard, isOpposite } = anyOf(key);
  const shown = isOpposite ? "off" : setting.format(standard);
  const sentence = `Fixes the live setting ${name}${isOpposite ? " as its opposite" : ""}: ${setting.sentence}`;
  return {
    ...setting,
    sentence,
    default: null,
    defaultText: shown === "" ? "(live)" : `(live, at first ${shown})`,
    parse: (given) => (given === "" ? { ok: true, value: null } : setting.parse(given)),
    format: (value) => (value === null ? "" : setting.format(value)),
  };
}

const allLocks = lockSchemaOf(...liveKeys);

/** What an environment fixes. */
export function readLocks(env: Environment): LockedSettings {
  return locksOf(readConfig(allLocks, env));
}

/** What the configuration of a role fixes, by the variables that its schema has. */
export function locksOf(config: Readonly<Record<string, unknown>>): LockedSettings {
  return Object.fromEntries(
    liveKeys.flatMap((key) => {
      const value = fixedBy(key, config);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

function fixedBy(key: LiveKey, config: Readonly<Record<string, unknown>>): LiveValue | undefined {
  const { variables, isOpposite } = anyOf(key);
  const given = variables.map((variable) => config[variable]).filter((value) => value !== undefined && value !== null);
  if (given.length === 0) return undefined;
  const value = given.includes(false) ? false : (given[0] as LiveValue);
  return isOpposite ? !value : value;
}

/** Where a value is from, for people. */
export function originOf(
  key: LiveKey,
  settings: LiveSettings,
  locked: LockedSettings,
): "environment" | "settings" | "default" {
  if (locked[key] !== undefined) return "environment";
  return settings[key] === initialSettings[key] ? "default" : "settings";
}
