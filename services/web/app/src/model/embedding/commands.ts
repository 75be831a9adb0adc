import { recordIn } from "../../protocol/json.ts";
import { MAX_NAME_LENGTH } from "../welcome/own-name.ts";
import { isVideo, mediaOf, textOf } from "./arguments.ts";
import { BREAKOUT_COMMANDS } from "./breakout-commands.ts";
import type { Command } from "./embedder.ts";
import { MEDIA_COMMANDS } from "./media-commands.ts";
import { NOTIFICATION_COMMANDS } from "./notification-commands.ts";
import { RECORDING_COMMANDS } from "./recording-commands.ts";
import { STAGE_COMMANDS } from "./stage-commands.ts";
import { TALK_COMMANDS } from "./talk-commands.ts";

/** What Jitsi's app has and this one has not: the command is known, and the embedding page is told. */
const MISSING = [
  "proxy-connection-event",
  "resize-large-video",
  "set-assumed-bandwidth-bps",
  "start-share-video",
  "stop-share-video",
  "grant-recording-consent",
  "submit-feedback",
  "toggle-whiteboard",
];

const PEOPLE_COMMANDS: Readonly<Record<string, Command>> = {
  "display-name": ({ app }, name) => {
    if (!app.nameIsFixed) app.setName(textOf(name).slice(0, MAX_NAME_LENGTH));
  },
  email: ({ app }, email) => {
    app.profile.email.value = textOf(email);
  },
  "avatar-url": ({ app }, url) => {
    app.profile.avatarUrl.value = textOf(url);
  },
  "overwrite-names": ({ givenNames }, people) => givenNames.give(readNames(people)),
  "grant-moderator": ({ app }, id) => app.call.moderation.grantModerator(textOf(id)),
  "kick-participant": ({ app }, id) => app.call.moderation.kick(textOf(id)),
  "mute-everyone": ({ app }, media) => app.call.moderation.muteAll(mediaOf(media)),
  "mute-remote-participant": ({ app }, id, media) => app.call.moderation.mute(textOf(id), mediaOf(media)),
  "ask-to-unmute": ({ app }, id) => app.call.activities.avModeration.allow(textOf(id), "audio"),
  "approve-video": ({ app }, id) => app.call.activities.avModeration.allow(textOf(id), "video"),
  "reject-participant": ({ app }, id, media) =>
    app.call.activities.avModeration.disallow(textOf(id), isVideo(media) ? "video" : "audio"),
  "toggle-moderation": ({ app }, isOn, media) =>
    app.call.activities.avModeration.moderate(isVideo(media) ? "video" : "audio", isOn === true),
  "answer-knocking-participant": ({ app }, id, isLetIn) =>
    isLetIn === true ? app.call.moderation.admit([textOf(id)]) : app.call.moderation.reject(textOf(id)),
  "toggle-lobby": ({ app }, isOn) => app.call.moderation.setLobby(isOn === true),
  "toggle-raise-hand": ({ app }) => app.call.toggleHand(),
};

const MEETING_COMMANDS: Readonly<Record<string, Command>> = {
  "end-conference": ({ app }) => app.call.moderation.endForAll(),
  "video-hangup": ({ app }) => app.call.leave(),
  password: ({ app }, password) => {
    const { name } = app.state.phase.value;
    if (name === "joined") app.call.moderation.setPassword(textOf(password));
    else if (name === "refused" || name === "knocking") void app.call.enterWith(textOf(password));
  },
  subject: ({ app }, subject) => app.call.moderation.setSubject(textOf(subject)),
  "local-subject": ({ app }, subject) => app.config.overwrite({ localSubject: textOf(subject) }),
  "overwrite-config": ({ app }, config) => app.config.overwrite(recordIn(config)),
};

/** By their names on the wire. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  ...PEOPLE_COMMANDS,
  ...MEETING_COMMANDS,
  ...BREAKOUT_COMMANDS,
  ...MEDIA_COMMANDS,
  ...NOTIFICATION_COMMANDS,
  ...RECORDING_COMMANDS,
  ...STAGE_COMMANDS,
  ...TALK_COMMANDS,
  ...Object.fromEntries(
    MISSING.map((name): [string, Command] => [name, ({ complain }) => complain(`${name} is not there in this app`)]),
  ),
};

function readNames(people: unknown): ReadonlyMap<string, string> {
  const list = Array.isArray(people) ? people.map(recordIn) : [];
  return new Map(list.map(({ id, name }) => [textOf(id), textOf(name).slice(0, MAX_NAME_LENGTH)]));
}
