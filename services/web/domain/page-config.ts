/** What people find on the page. */
export type PageSettings = {
  /** By Jitsi's names; none: all there are. */
  readonly toolbarButtons: readonly string[];
  readonly hiddenPremeetingButtons: readonly string[];
  readonly disabledNotifications: readonly string[];
  readonly hasClosePage: boolean;
  readonly requiresName: boolean;
  readonly tellsSilence: boolean;
  readonly tellsNoise: boolean;
  readonly tellsTalkWhileMuted: boolean;
  readonly hasAddRoomButton: boolean;
  readonly hasSimulcast: boolean;
  readonly startsWithAudioMuted: boolean;
  readonly startsWithVideoMuted: boolean;
  readonly startsAudioOnly: boolean;
  readonly startsSilent: boolean;
  readonly hidesNameBeforeJoining: boolean;
  readonly screenFrameRate: { readonly min: number; readonly max: number };
  readonly hasPolls: boolean;
  readonly hasReactions: boolean;
  readonly hasProfile: boolean;
  readonly hasRemoteMenu: boolean;
  readonly hasPrivateChat: boolean;
  readonly hasKick: boolean;
  readonly hasGrantModerator: boolean;
};

/** The keys of config.js that say so. An empty list of buttons would be none, so it is left out. */
export function pageConfig(page: PageSettings, hasPrejoinPage: boolean) {
  return {
    ...(page.toolbarButtons.length > 0 ? { toolbarButtons: page.toolbarButtons } : {}),
    hiddenPremeetingButtons: page.hiddenPremeetingButtons,
    disabledNotifications: page.disabledNotifications,
    prejoinConfig: { enabled: hasPrejoinPage, hideDisplayName: page.hidesNameBeforeJoining },
    enableClosePage: page.hasClosePage,
    requireDisplayName: page.requiresName,
    enableNoAudioDetection: page.tellsSilence,
    enableNoisyMicDetection: page.tellsNoise,
    enableTalkWhileMuted: page.tellsTalkWhileMuted,
    breakoutRooms: {
      hideAddRoomButton: !page.hasAddRoomButton,
      hideAutoAssignButton: false,
      hideJoinRoomButton: false,
    },
    hideAddRoomButton: !page.hasAddRoomButton,
    disableSimulcast: !page.hasSimulcast,
    startWithAudioMuted: page.startsWithAudioMuted,
    startWithVideoMuted: page.startsWithVideoMuted,
    startAudioOnly: page.startsAudioOnly,
    startSilent: page.startsSilent,
    desktopSharingFrameRate: page.screenFrameRate,
    disablePolls: !page.hasPolls,
    disableReactions: !page.hasReactions,
    disableProfile: !page.hasProfile,
    remoteVideoMenu: {
      disabled: !page.hasRemoteMenu,
      disableKick: !page.hasKick,
      disableGrantModerator: !page.hasGrantModerator,
      disablePrivateChat: !page.hasPrivateChat,
    },
  };
}
