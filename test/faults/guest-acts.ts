/** What is a moderator's alone to do in a room, done by a guest. */
import type { Element } from "@veche/xmpp/codec/xml/element.ts";
import { administer, get, set } from "@veche/xmpp/testing/meeting.ts";
import type { ScriptedClient } from "@veche/xmpp/testing/scripted-client.ts";

export type Lesson = Readonly<Record<"guest" | "pupil" | "teacher", ScriptedClient>> & { readonly room: string };

const muc = "http://jabber.org/protocol/muc";
const jitmeet = 'xmlns="http://jitsi.org/jitmeet"';
const json = (value: object) => JSON.stringify(value);

export const tell = (component: string, inside: string) => `<message to="${component}.meet.jitsi">${inside}</message>`;
export const field = (name: string, value: string) =>
  `<field var="muc#roomconfig_${name}"><value>${value}</value></field>`;
export const form = (fields: string) =>
  `<query xmlns="${muc}#owner"><x xmlns="jabber:x:data" type="submit">${fields}</x></query>`;

export function questions({ guest, pupil, teacher, room }: Lesson): Readonly<Record<string, () => Promise<Element>>> {
  const mute = (media: string, nick: string, muted = true) =>
    set(
      guest,
      `<mute xmlns="http://jitsi.org/jitmeet/${media}" jid="${room}/${nick}">${muted}</mute>`,
      `${room}/focus`,
    );

  return {
    "reads the room's settings": () => get(guest, `<query xmlns="${muc}#owner"/>`, room),
    "sets a password": () => set(guest, form(field("passwordprotectedroom", "1") + field("roomsecret", "x")), room),
    "switches the lobby on": () => set(guest, form(field("membersonly", "1")), room),
    "ends the room": () => set(guest, `<query xmlns="${muc}#owner"><destroy/></query>`, room),
    "becomes an owner": () => administer(guest, [`affiliation="owner" jid="${guest.jid}"`], room),
    "becomes a moderator": () => administer(guest, [`role="moderator" nick="${guest.nick}"`], room),
    "makes a pupil an admin": () => administer(guest, [`affiliation="admin" jid="${pupil.jid}"`], room),
    "bans the teacher": () => administer(guest, [`affiliation="outcast" jid="${teacher.jid}"`], room),
    "shows the teacher out": () => administer(guest, [`role="none" nick="${teacher.nick}"`], room),
    "shows a pupil out": () => administer(guest, [`role="none" nick="${pupil.nick}"`], room),
    "shows the focus out": () => administer(guest, ['role="none" nick="focus"'], room),
    "reads who is banned": () => get(guest, `<query xmlns="${muc}#admin"><item affiliation="outcast"/></query>`, room),
    "mutes the teacher": () => mute("audio", teacher.nick),
    "stops a pupil's camera": () => mute("video", pupil.nick),
    "stops a pupil's screen": () => mute("desktop", pupil.nick),
    "unmutes a pupil": () => mute("audio", pupil.nick, false),
  };
}

export function messages({ guest, pupil, room }: Lesson): Readonly<Record<string, string>> {
  return {
    "changes the subject": `<message to="${room}" type="groupchat"><subject>mine</subject></message>`,
    invites: `<message to="${room}"><x xmlns="${muc}#user"><invite to="${pupil.jid}"/></x></message>`,
    "makes a breakout room": tell("breakout", '<breakout_rooms type="features/breakout-rooms/add" subject="x"/>'),
    "sends a pupil elsewhere": tell(
      "breakout",
      `<breakout_rooms type="features/breakout-rooms/move-to-room" participantJid="${pupil.jid}" roomJid="x@breakout.meet.jitsi"/>`,
    ),
    "switches moderation on": tell("avmoderation", '<av_moderation enable="true" mediaType="audio"/>'),
    "lets itself unmute": tell(
      "avmoderation",
      `<av_moderation mediaType="audio" jidToWhitelist="${room}/${guest.nick}"/>`,
    ),
    "starts everybody muted": tell(
      "metadata",
      `<room_metadata ${jitmeet} room="${room}">${json({ key: "startMuted", data: { audio: true, video: true } })}</room_metadata>`,
    ),
    "says the meeting is recorded": tell(
      "metadata",
      `<room_metadata ${jitmeet} room="${room}">${json({ key: "recording", data: { isTranscribingEnabled: true } })}</room_metadata>`,
    ),
    "ends the meeting for all": tell("endconference", "<end_conference/>"),
  };
}
