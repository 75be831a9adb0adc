import type { Tune } from "../sounds/tunes.ts";

/** Jitsi's ids of sounds, by which `disabledSounds` means them. */
const IDS: Readonly<Partial<Record<Tune, string>>> = {
  join: "PARTICIPANT_JOINED_SOUND",
  leave: "PARTICIPANT_LEFT_SOUND",
  message: "INCOMING_MSG_SOUND",
  hand: "RAISE_HAND_SOUND",
  knock: "KNOCKING_PARTICIPANT_SOUND",
  talkWhileMuted: "TALK_WHILE_MUTED_SOUND",
  recordingOn: "RECORDING_ON_SOUND",
  recordingOff: "RECORDING_OFF_SOUND",
};

/** Reactions have one id for all. */
export function isSoundDisabled(tune: Tune, disabled: ReadonlySet<string>): boolean {
  return disabled.has(IDS[tune] ?? "REACTION_SOUND");
}
