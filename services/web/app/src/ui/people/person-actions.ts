import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import type { App } from "../../model/app.ts";
import type { Person } from "../../model/people/people-list.ts";
import { MODERATED_MEDIA, type ModeratedMedia } from "../../protocol/conference/av-moderation.ts";
import { isAnswered } from "../../protocol/conference/telephone.ts";
import type { IconName } from "../parts/icons.tsx";
import { ask } from "./question.ts";

/** What can be done with one person: by everybody on their own page, by a moderator to that person. */
export interface PersonAction {
  readonly id: string;
  readonly testId: string;
  readonly icon: IconName;
  readonly text: string;
  /** Where there is little room. */
  readonly short?: string;
  readonly isDanger?: boolean;
  readonly act: () => void;
}

interface MediaWords {
  readonly icon: IconName;
  readonly offIcon: IconName;
  readonly stop: TextKey;
  readonly allow: TextKey;
  readonly takeBack: TextKey;
}

const MEDIA: Readonly<Record<ModeratedMedia, MediaWords>> = {
  audio: {
    icon: "mic",
    offIcon: "micOff",
    stop: "participantsPane.actions.mute",
    allow: "participantsPane.actions.askUnmute",
    takeBack: "participantsPane.actions.takeBackAudio",
  },
  video: {
    icon: "camera",
    offIcon: "cameraOff",
    stop: "participantsPane.actions.stopVideo",
    allow: "participantsPane.actions.allowVideo",
    takeBack: "participantsPane.actions.takeBackVideo",
  },
  desktop: {
    icon: "screen",
    offIcon: "screenOff",
    stop: "participantsPane.actions.stopScreen",
    allow: "participantsPane.actions.allowScreen",
    takeBack: "participantsPane.actions.takeBackScreen",
  },
};

/** By which embedding pages know the lines, where Jitsi calls them otherwise. */
const JITSI_KEYS: Readonly<Record<string, string>> = {
  "mute-audio": "mute",
  "unmute-audio": "ask-unmute",
  "unmute-video": "allow-video",
  pin: "pinToStage",
  "private-message": "privateMessage",
};

/** An embedding page may want to hear of it, or do it itself. */
export function press({ clicks }: App, person: string, { id, act }: PersonAction): void {
  clicks.onParticipant(JITSI_KEYS[id] ?? id, person, act);
}

/** In groups, with a line between them. */
export function personActions(app: App, person: Person, without = ""): readonly (readonly PersonAction[])[] {
  const moderates = app.state.isModerator.value && !person.isSelf;
  if (app.config.rules.value.disableRemoteMenu && !person.isSelf) return [];
  const groups = [
    moderates ? [...mediaActions(app, person), ...handActions(app, person)] : [],
    [...talkActions(app, person), pinAction(app, person)],
    [...callActions(app, person), ...(moderates ? roleActions(app, person) : [])],
  ];
  return groups.map((group) => group.filter(({ id }) => id !== without)).filter((group) => group.length > 0);
}

/** The one thing a moderator wants most often. */
export function quickAction(app: App, person: Person): PersonAction | undefined {
  if (!app.state.isModerator.value || person.isSelf) return undefined;
  return mediaActions(app, person).find(({ id }) => id === "mute-audio" || id === "unmute-audio");
}

function mediaActions(app: App, person: Person): PersonAction[] {
  const { moderation, activities } = app.call;
  const { avModeration } = activities;
  // Who has not picked up has nothing to mute.
  if (!isAnswered(person.callStatus)) return [];
  const all = person.isPhone ? (["audio"] as const) : MODERATED_MEDIA;
  return all.flatMap((media): PersonAction[] => {
    const words = MEDIA[media];
    const isOn = { audio: person.hasAudio, video: person.hasVideo, desktop: person.hasScreen }[media];
    const isModerated = avModeration.moderated.value.has(media) && !person.isModerator;
    const hasLeave = avModeration.allowed.value[media].has(person.id);
    const actions: PersonAction[] = [];
    if (isOn && !app.config.rules.value.disableRemoteMute)
      actions.push({
        ...named(`mute-${media}`, person),
        icon: words.offIcon,
        text: t(words.stop),
        short: t("participantsPane.quick.mute"),
        act: () => moderation.mute(person.id, media),
      });
    // Where nothing is moderated one may still ask for a voice, though not for a face.
    else if (!isOn && avModeration.isOffered && !hasLeave && (isModerated || media === "audio"))
      actions.push({
        ...named(`unmute-${media}`, person),
        icon: words.icon,
        text: t(words.allow),
        short: t("participantsPane.quick.allow"),
        act: () => avModeration.allow(person.id, media),
      });
    if (isModerated && hasLeave)
      actions.push({
        ...named(`take-back-${media}`, person),
        icon: "lock",
        text: t(words.takeBack),
        act: () => avModeration.disallow(person.id, media),
      });
    return actions;
  });
}

function handActions({ call }: App, person: Person): PersonAction[] {
  if (!person.handRaisedAt) return [];
  const { hands } = call.activities;
  return [
    {
      ...named("lower-hand", person),
      icon: "hand",
      text: t("participantsPane.actions.lowerHand"),
      act: () => hands.lower(person.id),
    },
  ];
}

function talkActions({ call, config }: App, person: Person): PersonAction[] {
  if (person.isSelf || person.isPhone || config.rules.value.disablePrivateChat) return [];
  return [
    {
      ...named("private-message", person),
      icon: "chat",
      text: t("toolbar.privateMessage"),
      act: () => call.activities.chat.openPrivate(person.id),
    },
  ];
}

/** Who has called a telephone may end that, as moderator or not. */
function callActions({ call }: App, person: Person): PersonAction[] {
  const { dial } = call.activities;
  const begun = dial.calls.value.find(({ id, isOurs }) => isOurs && id === person.id);
  if (!begun) return [];
  return [
    {
      ...named("hang-up", person),
      icon: "hangup",
      text: t("dialOut.hangUp"),
      isDanger: true,
      act: () => void dial.end(begun),
    },
  ];
}

function pinAction({ view }: App, person: Person): PersonAction {
  const isPinned = view.isPinned(person.id);
  return {
    ...named("pin", person),
    icon: isPinned ? "unpin" : "pin",
    text: t(isPinned ? "videothumbnail.unpin" : "videothumbnail.pin"),
    act: () => view.pin(person.id),
  };
}

function roleActions(app: App, person: Person): PersonAction[] {
  const { disableGrantModerator, disableKick } = app.config.rules.value;
  const actions: PersonAction[] = [];
  if (person.isModerator) actions.push(revoking(app, person));
  else if (!disableGrantModerator && !person.isPhone) actions.push(granting(app, person));
  if (!disableKick) actions.push(kicking(app, person));
  return actions;
}

function revoking({ call }: App, person: Person): PersonAction {
  return {
    ...named("revoke-moderator", person),
    icon: "starOff",
    text: t("videothumbnail.revokeModerator"),
    act: () => call.moderation.revokeModerator(person.id),
  };
}

function granting({ call }: App, person: Person): PersonAction {
  return {
    ...named("grant-moderator", person),
    icon: "star",
    text: t("videothumbnail.grantModerator"),
    act: () =>
      ask({
        title: "dialog.grantModeratorTitle",
        text: "dialog.grantModeratorDialog",
        values: { participantName: nameOrGuest(person.name) },
        answer: "videothumbnail.grantModerator",
        act: () => call.moderation.grantModerator(person.id),
      }),
  };
}

function kicking({ call }: App, person: Person): PersonAction {
  return {
    ...named("kick", person),
    icon: "personRemove",
    text: t("videothumbnail.kick"),
    isDanger: true,
    act: () =>
      ask({
        title: "dialog.kickParticipantTitle",
        text: "dialog.kickParticipantDialog",
        values: { name: nameOrGuest(person.name) },
        answer: "dialog.kickParticipantButton",
        isDanger: true,
        act: () => call.moderation.kick(person.id),
      }),
  };
}

function named(id: string, person: Person): { readonly id: string; readonly testId: string } {
  return { id, testId: `${id}-${person.id}` };
}
