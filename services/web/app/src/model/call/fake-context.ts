import { signal } from "@preact/signals-core";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import type { XmlElement } from "../../protocol/xml/element.ts";
import type { CallContext } from "./activity.ts";
import { CallState } from "./state.ts";

/** A meeting without a server, for tests of activities: what they send, say and ask of the devices is kept. */
export function fakeMeeting() {
  const state = new CallState();
  state.phase.value = { name: "joined" };
  state.selfId.value = "me";
  state.roomJid.value = "5a@muc.m";
  const sent: XmlElement[] = [];
  const told: { readonly to: string; readonly payload: object }[] = [];
  const moves: string[] = [];
  const media = {
    audioMuted: signal(false),
    microphone: signal<object | undefined>({}),
    camera: signal<object | undefined>({}),
    screen: signal<object | undefined>(undefined),
    mayTurnOn: (_media: string): boolean => true,
    async setAudioMuted(muted: boolean) {
      media.audioMuted.value = muted || !media.mayTurnOn("audio");
    },
    async setVideoMuted(muted: boolean) {
      media.camera.value = muted || !media.mayTurnOn("video") ? undefined : {};
    },
    async startScreen() {
      if (media.mayTurnOn("desktop")) media.screen.value = {};
    },
    stopScreen() {
      media.screen.value = undefined;
    },
  };
  const context = {
    state,
    media,
    connection: { newId: () => "1", send: (stanza: XmlElement) => void sent.push(stanza) },
    offers: { component: (type: string) => `${type}.m` },
    link: {
      sendToEndpoint(to: string, payload: object) {
        told.push({ to, payload });
        return true;
      },
    },
    roomName: "5a",
    mainRoom: "5a@muc.m",
    moveTo: (room: string) => void moves.push(room),
  } as unknown as CallContext;
  return { context, state, media, sent, told, moves, notices: () => state.notices.list.value };
}

export function somebody(id: string, more: Partial<Occupant> = {}): Occupant {
  return {
    id,
    realJid: `${id}@m/r`,
    name: id,
    isModerator: false,
    isFocus: false,
    isHidden: false,
    isHiddenFromRecorder: false,
    handRaisedAt: 0,
    sources: new Map(),
    properties: new Map(),
    features: new Set(),
    avatarUrl: "",
    email: "",
    isSilent: false,
    isPhone: false,
    callStatus: "",
    ...more,
  };
}
