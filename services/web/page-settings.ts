import { type ConfigOf, flag, integer, list } from "@veche/kit/config.ts";
import type { LiveSettings } from "@veche/kit/live-settings.ts";
import type { PageSettings } from "./domain/page-config.ts";

/** What people find on the page, by docker-jitsi-meet's names. */
export const pageSchema = {
  TOOLBAR_BUTTONS: list([], "Buttons of the call, by Jitsi's names, such as microphone,camera,chat,hangup; none: all."),
  HIDE_PREMEETING_BUTTONS: list([], "Buttons left out before the call: microphone, camera."),
  DISABLED_NOTIFICATIONS: list([], "Passing lines left out, by the keys of their texts: notify.raisedHand."),
  ENABLE_CLOSE_PAGE: flag(true, "Says goodbye after a call, instead of going to the start page."),
  ENABLE_NO_AUDIO_DETECTION: flag(true, "Says when a microphone gives no sound."),
  ENABLE_NOISY_MIC_DETECTION: flag(true, "Says when a microphone gives nothing but noise."),
  ENABLE_TALK_WHILE_MUTED: flag(true, "Says when somebody talks while muted."),
  ENABLE_BREAKOUT_ROOMS: flag(
    true,
    "Shows the button that adds a group; whether there are groups is the xmpp role's setting.",
  ),
  ENABLE_SIMULCAST: flag(true, "Cameras are sent in several sizes."),
  START_AUDIO_ONLY: flag(false, "Everybody starts without pictures, others' included."),
  START_SILENT: flag(false, "Neither microphone nor loudspeaker are used."),
  HIDE_PREJOIN_DISPLAY_NAME: flag(false, "No field for the name before joining."),
  DESKTOP_SHARING_FRAMERATE_MIN: integer(5, { min: 1, max: 60 }, "Frames a second of a shared screen, at least."),
  DESKTOP_SHARING_FRAMERATE_MAX: integer(30, { min: 1, max: 60 }, "Frames a second of a shared screen, at most."),
  DISABLE_PROFILE: flag(false, "No profile in the settings."),
  DISABLE_REMOTE_VIDEO_MENU: flag(false, "No menu at other people's pictures."),
  DISABLE_KICKOUT: flag(false, "Moderators have no button that removes people."),
  DISABLE_GRANT_MODERATOR: flag(false, "Moderators have no button that makes others moderators."),
};

export function pageSettings(config: ConfigOf<typeof pageSchema>, live: LiveSettings): PageSettings {
  return {
    requiresName: live.requireName,
    startsWithAudioMuted: live.startWithAudioMuted,
    startsWithVideoMuted: live.startWithVideoMuted,
    hasPolls: live.polls,
    hasReactions: live.reactions,
    hasPrivateChat: live.privateChat,
    toolbarButtons: config.TOOLBAR_BUTTONS,
    hiddenPremeetingButtons: config.HIDE_PREMEETING_BUTTONS,
    disabledNotifications: config.DISABLED_NOTIFICATIONS,
    hasClosePage: config.ENABLE_CLOSE_PAGE,
    tellsSilence: config.ENABLE_NO_AUDIO_DETECTION,
    tellsNoise: config.ENABLE_NOISY_MIC_DETECTION,
    tellsTalkWhileMuted: config.ENABLE_TALK_WHILE_MUTED,
    hasAddRoomButton: config.ENABLE_BREAKOUT_ROOMS,
    hasSimulcast: config.ENABLE_SIMULCAST,
    startsAudioOnly: config.START_AUDIO_ONLY,
    startsSilent: config.START_SILENT,
    hidesNameBeforeJoining: config.HIDE_PREJOIN_DISPLAY_NAME,
    screenFrameRate: { min: config.DESKTOP_SHARING_FRAMERATE_MIN, max: config.DESKTOP_SHARING_FRAMERATE_MAX },
    hasProfile: !config.DISABLE_PROFILE,
    hasRemoteMenu: !config.DISABLE_REMOTE_VIDEO_MENU,
    hasKick: !config.DISABLE_KICKOUT,
    hasGrantModerator: !config.DISABLE_GRANT_MODERATOR,
  };
}
