import { VecheError } from "@veche/kit/errors.ts";
import { type LiveSettingsWatch, mayOpenRooms } from "@veche/kit/live-settings.ts";
import type { Conferences } from "../conference/conferences.ts";
import type { RoomRef, StartMuted } from "../domain/conference.ts";
import type { GatewayDirectory } from "./gateway-directory.ts";
import { toRoomRef } from "./occupants.ts";

/** Who asks, as a sign-in has proved. */
export type Asker = {
  readonly person: string;
  readonly entitledModerator: boolean;
  readonly accountRole: string;
};

export type ConferenceRequest = {
  readonly room?: RoomRef;
  readonly authenticated: boolean;
  /** Shown as "logged in as". */
  readonly identity: string;
  readonly who?: Asker;
  readonly properties: Readonly<Record<string, string>>;
};

export type ConferenceAnswer = {
  readonly ready: boolean;
  readonly focusJid: string;
  readonly sessionId: string;
  readonly identity: string;
  readonly properties: { [key: string]: string };
};

export type ConferenceRequestsGiven = {
  readonly conferences: Conferences;
  readonly settings: LiveSettingsWatch;
  readonly gateways: Pick<GatewayDirectory, "dialsOut">;
  readonly focusJid: string;
  /** Rooms there are opened by their main room's moderators; the XMPP server refuses those it does not know. */
  readonly breakoutDomain: string;
};

/**
 * A client's first word: opens the room and says that it may be joined (focus.md 3.1). A room that is there is open to
 * everybody; whether one may be opened is the live setting's to say.
 */
export class ConferenceRequests {
  readonly #given: ConferenceRequestsGiven;

  constructor(given: ConferenceRequestsGiven) {
    this.#given = given;
  }

  async answer(request: ConferenceRequest): Promise<ConferenceAnswer> {
    const { conferences, settings, gateways, focusJid } = this.#given;
    const { identity, properties, authenticated, who } = request;
    const room = toRoomRef(request.room);
    if (!room) throw new VecheError("invalid-argument", "which room?");
    await conferences.open(room, {
      startMuted: startMutedOf(properties),
      opener: authenticated ? (who?.person ?? "") : "",
      admit: () => this.#admit(room, request),
    });
    return {
      ready: true,
      focusJid,
      sessionId: "",
      identity,
      properties: {
        authentication: String(settings.current.secureDomain),
        sipGatewayEnabled: String(gateways.dialsOut),
        "visitors-supported": "false",
      },
    };
  }

  #admit({ jid }: RoomRef, { authenticated, who }: ConferenceRequest): void {
    if (jid.endsWith(`@${this.#given.breakoutDomain}`)) return;
    const { entitledModerator = false, accountRole = "" } = who ?? {};
    if (mayOpenRooms(this.#given.settings.current, { authenticated, entitledModerator, accountRole })) return;
    throw new VecheError("unauthenticated", "the room is not open yet: somebody who may open rooms has to sign in");
  }
}

function startMutedOf(properties: Readonly<Record<string, string>>): StartMuted {
  return { audioAfter: countOf(properties.startAudioMuted), videoAfter: countOf(properties.startVideoMuted) };
}

function countOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : 0;
}
