import type { Media } from "../domain/av-moderation.ts";
import { testReaders, testWriters } from "../testing/golden.ts";
import { moderationDecided, moderationLists, moderationSwitched, readModeration } from "./jitsi-av-moderation.ts";
import {
  type RecordingAnswer,
  readJibri,
  readRecordingChange,
  writeJibriAnswer,
  writeRecordingAnswer,
} from "./jitsi-jibri.ts";
import { type ShownCall, writeShownCall } from "./jitsi-jigasi.ts";
import { writeJsonMessage } from "./jitsi-json-message.ts";
import {
  displayNameRequired,
  type LobbyNotification,
  registrationRequired,
  writeLobbyNotification,
} from "./jitsi-lobby.ts";
import { readStartMuted } from "./jitsi-presence.ts";
import { readMetadataChange, writeMetadata } from "./jitsi-room-metadata.ts";
import { Address, errorElement, type Outgoing, write } from "./rfc6120-stanza.ts";
import { readInvitations, writeInvitation } from "./xep0045-invitation.ts";
import { readDial, writeCallRef } from "./xep0327-rayo.ts";
import type { Element } from "./xml/element.ts";
import { serialise } from "./xml/serialise.ts";

const room = "5%d0%b0@muc.meet.example";
const component = "avmoderation.meet.example";
const receiver = new Address("ann@meet.example/r");
const to = (stanza: Outgoing) => stanza.to(receiver);

const content = (elements: readonly Element[]) => elements.map(serialise).join("");

testReaders({
  "jitsi-jibri": readJibri,
  "veche-recording": readRecordingChange,
  xep0327: readDial,
  "jitsi-av-moderation": readModeration,
  "jitsi-room-metadata": readMetadataChange,
  "xep0045-invitation": (element) => readInvitations(element, 3),
  "jitsi-start-muted": (element) => ({
    ok: true,
    value: readStartMuted(element.children.map(String).join("")) ?? null,
  }),
});

testWriters({
  "jibri-answer": (answer: RecordingAnswer) => serialise(writeJibriAnswer(answer)),
  "recording-answer": (answer: RecordingAnswer) => serialise(writeRecordingAnswer(answer)),
  "av-moderation-switched": ({ media, enabled, by }: { media: Media; enabled: boolean; by: string }) =>
    to(writeJsonMessage(component, moderationSwitched(room, media, enabled, by))),
  "av-moderation-lists": ({ media, allowed, removed }: { media: Media; allowed: string[]; removed: boolean }) => {
    const moderation = new Map([[media, { by: "m", allowed: new Set(allowed) }]]);
    return to(writeJsonMessage(component, moderationLists(room, media, moderation, removed)));
  },
  "av-moderation-decided": ({ media, isAllowed }: { media: Media; isAllowed: boolean }) =>
    to(writeJsonMessage(component, moderationDecided(room, media, isAllowed))),
  "room-metadata": (metadata: Record<string, unknown>) => to(writeMetadata("metadata.meet.example", room, metadata)),
  "lobby-notification": (notification: LobbyNotification) =>
    to(write("message", { from: `${room}/m`, type: "groupchat" }, writeLobbyNotification(notification))),
  "lobby-registration-required": ({ lobby }: { lobby: string }) => serialise(errorElement(registrationRequired(lobby))),
  "lobby-displayname-required": () => serialise(errorElement(displayNameRequired)),
  "call-ref": ({ call }: { call: string }) => serialise(writeCallRef(call)),
  "shown-call": (shown: ShownCall) =>
    to(write("presence", { from: `${room}/ab12cd34` }, content(writeShownCall(shown)))),
  invitation: ({ by, reason }: { by: string; reason: string }) => to(writeInvitation(room, by, reason)),
});
