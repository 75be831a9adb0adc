import type { Fields } from "../../protocol/embedding/wire.ts";
import { recordIn } from "../../protocol/json.ts";
import type { App } from "../app.ts";
import { listOf, mediaOf, textOf } from "./arguments.ts";
import { answerOfDevices } from "./device-answers.ts";
import type { Embedder } from "./embedder.ts";
import { breakoutRooms } from "./page-events.ts";
import { roleOf } from "./participant.ts";
import { sharingIds } from "./people-events.ts";
import { largeVideoPicture } from "./screenshot.ts";

type Answer = (app: App, request: Fields) => unknown;

/** By their names on the wire. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  "capture-largevideo-screenshot": async (app) => ({ dataURL: await largeVideoPicture(app) }),
  "deployment-info": ({ config }) => config.deploymentInfo,
  "get-content-sharing-participants": (app) => ({ sharingParticipantIds: sharingIds(app) }),
  "get-custom-avatar-backgrounds": () => ({ avatarBackgrounds: [] }),
  "get-livestream-url": ({ call }) => ({ livestreamUrl: call.activities.recording.stream.value?.viewUrl }),
  "get-p2p-status": () => false,
  "get-shared-document-url": () => "",
  invite: (app, { invitees }) => inviteAll(app, listOf(invitees)),
  "is-audio-available": ({ media }) => media.audioProblem.value === undefined,
  "is-audio-disabled": ({ media }) => media.microphone.value === undefined && media.audioProblem.value !== undefined,
  "is-audio-muted": ({ media }) => media.audioMuted.value || media.microphone.value === undefined,
  "is-moderation-on": ({ call }, { mediaType }) => call.activities.avModeration.moderated.value.has(mediaOf(mediaType)),
  "is-participant-force-muted": ({ call, state }, { participantId, mediaType }) => {
    const { moderated, allowed } = call.activities.avModeration;
    const id = textOf(participantId);
    const media = mediaOf(mediaType);
    const isModerator = state.occupants.value.get(id)?.isModerator === true;
    return moderated.value.has(media) && !isModerator && !allowed.value[media].has(id);
  },
  "is-participants-pane-open": ({ state }) => state.panel.value === "participants",
  "is-sharing-screen": ({ media }) => media.screen.value !== undefined,
  "is-start-silent": ({ config }) => config.startSilent,
  "is-video-available": ({ media }) => media.videoProblem.value === undefined,
  "is-video-muted": ({ media }) => media.camera.value === undefined,
  "list-breakout-rooms": (app) => breakoutRooms(app),
  "rooms-info": (app) => ({ rooms: roomsInfo(app) }),
  /** The meeting's own id is the focus' secret; its room and beginning tell meetings apart as well. */
  "session-id": ({ state }) => {
    const { createdAt } = state.roomInfo.value;
    return createdAt === undefined ? "" : `${state.roomJid.value}-${createdAt}`;
  },
};

/** What is returned is sent; what is thrown is sent as the error. */
export function answer({ app }: Embedder, request: Fields): unknown {
  if (request.type === "devices") return answerOfDevices(app, request);
  const { name } = request;
  const act = typeof name === "string" && Object.hasOwn(ANSWERS, name) ? ANSWERS[name] : undefined;
  if (!act) throw new Error("UnknownRequestError");
  return act(app, request);
}

/** Telephones, where a gateway runs; everybody else comes by the link. */
async function inviteAll({ call }: App, invitees: readonly unknown[]): Promise<true> {
  const { dial } = call.activities;
  const numbers = invitees.map(recordIn).map(({ type, number }) => (type === "phone" ? textOf(number) : ""));
  if (numbers.length === 0 || numbers.includes("")) throw new Error("expected invitees of type phone, with a number");
  if (!dial.isOffered) throw new Error("nobody can be called from here: send them the link");
  const problems = await Promise.all(numbers.map((number) => dial.callOut(number)));
  if (problems.some((problem) => problem !== undefined)) throw new Error("One or more invites failed!");
  return true;
}

function roomsInfo({ state, profile, call }: App) {
  const { rooms } = call.activities.breakoutRooms;
  if (rooms.value.length > 1) {
    return rooms.value.map(({ id, jid, isMain, people }) => ({
      isMainRoom: isMain,
      id,
      jid,
      participants: people.map((each) => ({
        jid: each.realJid,
        role: roleOf(each.isModerator),
        displayName: each.name,
        id: each.id,
      })),
    }));
  }
  const own = {
    role: roleOf(state.isModerator.value),
    displayName: state.name.value,
    avatarUrl: profile.avatarUrl.value || undefined,
    id: state.selfId.value,
  };
  const others = [...state.occupants.value.values()].map(({ id, name, realJid, isModerator, avatarUrl }) => ({
    jid: realJid,
    role: roleOf(isModerator),
    displayName: name,
    avatarUrl: avatarUrl || undefined,
    id,
  }));
  const room = state.roomJid.value;
  return [{ isMainRoom: true, id: room, jid: `${room}/${state.selfId.value}`, participants: [own, ...others] }];
}
