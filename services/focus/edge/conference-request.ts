import { VecheError } from "@veche/kit/errors.ts";
import type { Conferences } from "../conference/conferences.ts";
import type { RoomRef, StartMuted } from "../domain/conference.ts";
import { toRoomRef } from "./occupants.ts";

export type ConferenceRequest = {
  readonly room?: RoomRef;
  readonly identity: string;
  readonly properties: Readonly<Record<string, string>>;
};

export type ConferenceAnswer = {
  readonly ready: boolean;
  readonly focusJid: string;
  readonly sessionId: string;
  readonly identity: string;
  readonly properties: { [key: string]: string };
};

/** A client's first word: opens the room and says that it may be joined (focus.md 3.1). */
export class ConferenceRequests {
  readonly #conferences: Conferences;
  readonly #focusJid: string;

  constructor(conferences: Conferences, focusJid: string) {
    this.#conferences = conferences;
    this.#focusJid = focusJid;
  }

  async answer({ room, identity, properties }: ConferenceRequest): Promise<ConferenceAnswer> {
    const ref = toRoomRef(room);
    if (!ref) throw new VecheError("invalid-argument", "which room?");
    await this.#conferences.open(ref, startMutedOf(properties));
    return {
      ready: true,
      focusJid: this.#focusJid,
      sessionId: "",
      identity,
      properties: { authentication: "false", sipGatewayEnabled: "false", "visitors-supported": "false" },
    };
  }
}

function startMutedOf(properties: Readonly<Record<string, string>>): StartMuted {
  return { audioAfter: countOf(properties.startAudioMuted), videoAfter: countOf(properties.startVideoMuted) };
}

function countOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : 0;
}
