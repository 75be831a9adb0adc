import { isRecord } from "../../protocol/json.ts";
import type { ConfigReader } from "./reader.ts";

/** A button that the embedding page or the operator adds. */
export interface CustomButton {
  readonly id: string;
  readonly text: string;
  /** Of our own origin or within the address itself: the page asks nobody else. */
  readonly icon: string | undefined;
}

/** What the page shows and leaves out; an embedding page may change it while it is open. */
export interface PageRules {
  /** Undefined: all there are. By Jitsi's ids. */
  readonly toolbarButtons: ReadonlySet<string> | undefined;
  readonly hiddenPremeetingButtons: ReadonlySet<string>;
  readonly customToolbarButtons: readonly CustomButton[];
  readonly customParticipantMenuButtons: readonly CustomButton[];
  /** Of which clicks the embedding page is told, and whether that is all that happens then. */
  readonly toldToolbarClicks: ReadonlyMap<string, boolean>;
  readonly toldParticipantClicks: ReadonlyMap<string, boolean>;
  readonly hideSubject: boolean;
  readonly hideTimer: boolean;
  readonly subject: string | undefined;
  readonly localSubject: string | undefined;
  readonly disableSelfView: boolean;
  readonly disableSelfViewSettings: boolean;
  readonly doNotFlipLocalVideo: boolean;
  readonly disableInvite: boolean;
  readonly disableRemoteMute: boolean;
  readonly disableKick: boolean;
  readonly disableGrantModerator: boolean;
  readonly disablePrivateChat: boolean;
  readonly disableRemoteMenu: boolean;
  readonly disableTileView: boolean;
  readonly disableFilmstrip: boolean;
  readonly disableShortcuts: boolean;
  readonly disableProfile: boolean;
  readonly disableVirtualBackground: boolean;
  readonly disableModeratorIndicator: boolean;
  readonly disableParticipantsPane: boolean;
  readonly disableSpeakerStats: boolean;
  readonly disableE2ee: boolean;
  readonly hideMuteAll: boolean;
  readonly hideModeratorSettings: boolean;
  readonly hideAddRoom: boolean;
  readonly hideAutoAssign: boolean;
  readonly hideJoinRoom: boolean;
  readonly hideLobby: boolean;
  readonly hideRoomPassword: boolean;
  readonly hideEmail: boolean;
  readonly hideNames: boolean;
  readonly hideDominantMark: boolean;
  readonly hideLineMarks: boolean;
  readonly defaultRemoteName: string | undefined;
  /** Undefined: all that are not disabled. By the keys of their texts. */
  readonly notifications: ReadonlySet<string> | undefined;
  readonly disabledNotifications: ReadonlySet<string>;
  /** By Jitsi's ids, such as PARTICIPANT_JOINED_SOUND. */
  readonly disabledSounds: ReadonlySet<string>;
  readonly tellTalkWhileMuted: boolean;
  readonly tellSilence: boolean;
  readonly tellNoise: boolean;
}

/** What Jitsi's app says of people who come and go. */
const JOIN_LEAVE = ["notify.connectedOneMember", "notify.leftOneMember", "notify.connectedTwoMembers"];

export function readPageRules(read: ConfigReader): PageRules {
  const disabledNotifications = new Set(read.names("disabledNotifications") ?? []);
  if (read.flag("DISABLE_JOIN_LEAVE_NOTIFICATIONS", false, "interfaceConfig"))
    for (const key of JOIN_LEAVE) disabledNotifications.add(key);
  return {
    ...buttonRules(read),
    ...stageRules(read),
    ...peopleRules(read),
    hideSubject: read.flag("hideConferenceSubject"),
    hideTimer: read.flag("hideConferenceTimer"),
    subject: read.text("subject"),
    localSubject: read.text("localSubject") ?? read.text("callDisplayName"),
    disableShortcuts: read.flag("disableShortcuts"),
    disableProfile: read.flag("disableProfile") || isSectionMissing(read, "profile"),
    disableVirtualBackground: read.flag("disableVirtualBackground") || isSectionMissing(read, "background"),
    disableSpeakerStats: read.flag("speakerStats.disabled"),
    disableE2ee: read.flag("e2ee.disabled"),
    hideEmail: read.flag("hideEmailInSettings"),
    notifications: read.names("notifications"),
    disabledNotifications,
    disabledSounds: read.names("disabledSounds") ?? new Set(),
    tellTalkWhileMuted: read.flag("enableTalkWhileMuted", true),
    tellSilence: read.flag("enableNoAudioDetection", true),
    tellNoise: read.flag("enableNoisyMicDetection", true),
  };
}

function buttonRules(read: ConfigReader) {
  return {
    toolbarButtons: read.names("toolbarButtons") ?? read.names("TOOLBAR_BUTTONS", "interfaceConfig"),
    hiddenPremeetingButtons: read.names("hiddenPremeetingButtons") ?? new Set<string>(),
    customToolbarButtons: customButtons(read, "customToolbarButtons"),
    customParticipantMenuButtons: customButtons(read, "customParticipantMenuButtons"),
    toldToolbarClicks: toldClicks(read, "buttonsWithNotifyClick"),
    toldParticipantClicks: toldClicks(read, "participantMenuButtonsWithNotifyClick"),
  };
}

function stageRules(read: ConfigReader) {
  return {
    disableSelfView: read.flag("disableSelfView"),
    disableSelfViewSettings: read.flag("disableSelfViewSettings"),
    doNotFlipLocalVideo: read.flag("doNotFlipLocalVideo"),
    disableTileView: read.flag("disableTileView", read.flag("tileView.disabled")),
    disableFilmstrip: read.flag("filmstrip.disabled"),
    disableModeratorIndicator: read.flag("disableModeratorIndicator"),
    hideNames: read.flag("hideDisplayName"),
    hideDominantMark:
      read.flag("hideDominantSpeakerBadge") ||
      read.flag("DISABLE_DOMINANT_SPEAKER_INDICATOR", false, "interfaceConfig"),
    hideLineMarks:
      read.flag("connectionIndicators.disabled") ||
      read.flag("CONNECTION_INDICATOR_DISABLED", false, "interfaceConfig"),
    defaultRemoteName:
      read.text("defaultRemoteDisplayName") ?? read.text("DEFAULT_REMOTE_DISPLAY_NAME", "interfaceConfig"),
  };
}

function peopleRules(read: ConfigReader) {
  return {
    disableInvite: read.flag("disableInviteFunctions"),
    disableRemoteMute: read.flag("disableRemoteMute"),
    disableRemoteMenu: read.flag("remoteVideoMenu.disabled"),
    disableKick: read.flag("remoteVideoMenu.disableKick"),
    disableGrantModerator: read.flag("remoteVideoMenu.disableGrantModerator"),
    disablePrivateChat:
      read.flag("remoteVideoMenu.disablePrivateChat", read.value("remoteVideoMenu.disablePrivateChat") === "all") ||
      read.flag("DISABLE_PRIVATE_MESSAGES", false, "interfaceConfig"),
    disableParticipantsPane: !read.flag("participantsPane.enabled", true),
    hideMuteAll: read.flag("participantsPane.hideMuteAllButton"),
    hideModeratorSettings: read.flag("participantsPane.hideModeratorSettingsTab"),
    hideAddRoom: read.flag("breakoutRooms.hideAddRoomButton"),
    hideAutoAssign: read.flag("breakoutRooms.hideAutoAssignButton"),
    hideJoinRoom: read.flag("breakoutRooms.hideJoinRoomButton"),
    hideLobby: read.flag("securityUi.hideLobbyButton", read.flag("hideLobbyButton")),
    hideRoomPassword: read.flag("securityUi.disableLobbyPassword"),
  };
}

/** Jitsi's list of what its settings show. */
function isSectionMissing(read: ConfigReader, section: string): boolean {
  const sections = read.names("SETTINGS_SECTIONS", "interfaceConfig");
  return sections !== undefined && !sections.has(section);
}

const MAX_TEXT = 100;
/** A small picture within the address. */
const MAX_ICON = 20_000;

function customButtons(read: ConfigReader, path: string): readonly CustomButton[] {
  return (read.list(path) ?? []).flatMap((each) => {
    if (!isRecord(each) || typeof each.id !== "string" || typeof each.text !== "string") return [];
    if (each.id === "" || each.text.trim() === "") return [];
    return [{ id: each.id.slice(0, MAX_TEXT), text: each.text.slice(0, MAX_TEXT), icon: ownIcon(each.icon) }];
  });
}

function ownIcon(icon: unknown): string | undefined {
  if (typeof icon !== "string" || icon.length > MAX_ICON) return undefined;
  return /^data:image\/|^\/(?!\/)/.test(icon) ? icon : undefined;
}

/** Names, or names with `preventExecution`. */
function toldClicks(read: ConfigReader, path: string): ReadonlyMap<string, boolean> {
  return new Map(
    (read.list(path) ?? []).flatMap((each): [string, boolean][] => {
      // A bare name prevents what the button does, as in Jitsi's app.
      if (typeof each === "string") return [[each, true]];
      return isRecord(each) && typeof each.key === "string" ? [[each.key, each.preventExecution === true]] : [];
    }),
  );
}
