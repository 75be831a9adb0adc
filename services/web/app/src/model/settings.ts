import { effect, type Signal, signal } from "@preact/signals-core";
import { type Background, isBackground, NO_BACKGROUND } from "./media/background/choice.ts";
import { NOTICE_TOPICS, type NoticeTopic } from "./notices.ts";
import { remember, remembered } from "./remembered.ts";
import { STRIP_SHARE } from "./stage/layout.ts";

/** A choice of this person that outlives the page; what is stored and does not pass the check is passed over. */
function kept<T>(key: string, fallback: T, isValid: (value: unknown) => value is T): Signal<T> {
  const stored = remembered(key);
  const choice = signal<T>(isValid(stored) ? stored : fallback);
  let isFirst = true;
  effect(() => {
    const { value } = choice;
    if (!isFirst) remember(key, value);
    isFirst = false;
  });
  return choice;
}

const isFlag = (value: unknown): value is boolean => typeof value === "boolean";

function oneOf<T extends string | number>(...values: readonly T[]) {
  return (value: unknown): value is T => values.includes(value as T);
}

const areTopics = (value: unknown): value is readonly NoticeTopic[] =>
  Array.isArray(value) && value.every((each) => NOTICE_TOPICS.includes(each));

export const MAX_EMAIL = 254;

const isEmail = (value: unknown): value is string => typeof value === "string" && value.length <= MAX_EMAIL;

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** Frames a second of a shared screen: few are sharp, many are smooth. */
export const FRAME_RATES = [5, 15, 30] as const;
export type FrameRate = (typeof FRAME_RATES)[number];

const isShare = (value: unknown): value is number =>
  typeof value === "number" && value >= STRIP_SHARE.least && value <= STRIP_SHARE.most;

/** Heights of other people's pictures, by Jitsi's four steps. */
export const VIDEO_HEIGHTS = [180, 360, 720, 2160] as const;
export type VideoHeight = (typeof VIDEO_HEIGHTS)[number];

/** How many pictures at a time; -1 for all in sight. */
export const VIDEO_COUNTS = [-1, 25, 16, 9, 4, 1] as const;
export type VideoCount = (typeof VIDEO_COUNTS)[number];

/** Whether to spare the processor: as measured, or always or never. */
export const SPARING_CHOICES = ["auto", "on", "off"] as const;
export type SparingChoice = (typeof SPARING_CHOICES)[number];

export const STAGE_SIZES = [1, 2, 3, 4, 5, 6] as const;

/** By Jitsi's names of its settings, each with what it sounds for. */
export const SOUND_SWITCHES = [
  "soundsIncomingMessage",
  "soundsParticipantJoined",
  "soundsParticipantLeft",
  "soundsParticipantKnocking",
  "soundsRaisedHand",
  "soundsRecording",
  "soundsReactions",
  "soundsTalkWhileMuted",
] as const;
export type SoundSwitch = (typeof SOUND_SWITCHES)[number];

/** What people choose for themselves, kept in this browser. */
export class Settings {
  readonly theme = kept<Theme>("theme", "system", oneOf(...THEMES));
  readonly mirrorSelf = kept("mirrorSelf", true, isFlag);
  readonly hideSelf = kept("hideSelf", false, isFlag);
  readonly shortcuts = kept("shortcuts", true, isFlag);
  readonly pushToTalk = kept("pushToTalk", true, isFlag);
  readonly email = kept("email", "", isEmail);
  readonly maxStageParticipants = kept<(typeof STAGE_SIZES)[number]>("maxStageParticipants", 1, oneOf(...STAGE_SIZES));
  readonly filmstrip = kept("filmstrip", true, isFlag);
  readonly filmstripShare = kept<number>("filmstripShare", STRIP_SHARE.usual, isShare);
  readonly videoHeight = kept<VideoHeight>("videoHeight", 2160, oneOf(...VIDEO_HEIGHTS));
  readonly videoCount = kept<VideoCount>("videoCount", -1, oneOf(...VIDEO_COUNTS));
  readonly sparing = kept<SparingChoice>("sparing", "auto", oneOf(...SPARING_CHOICES));
  readonly screenFrameRate = kept<FrameRate>("screenFrameRate", 15, oneOf(...FRAME_RATES));
  readonly echoCancellation = kept("echoCancellation", true, isFlag);
  readonly autoGainControl = kept("autoGainControl", true, isFlag);
  /** The browser's own, light one. */
  readonly browserNoiseSuppression = kept("browserNoiseSuppression", true, isFlag);
  /** The thorough one, which takes some of the processor. */
  readonly noiseSuppression = kept("noiseSuppression", false, isFlag);
  readonly unwantedNotices = kept<readonly NoticeTopic[]>("unwantedNotices", [], areTopics);
  readonly background = kept<Background>("background", NO_BACKGROUND, isBackground);
  readonly sounds: Readonly<Record<SoundSwitch, Signal<boolean>>> = Object.fromEntries(
    SOUND_SWITCHES.map((name) => [name, kept(name, true, isFlag)]),
  ) as Record<SoundSwitch, Signal<boolean>>;
}
