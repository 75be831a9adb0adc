import { parseJid } from "../codec/jid.ts";
import { stanzaError } from "../codec/rfc6120-stanza.ts";
import type { RoomAddress } from "../domain/room.ts";
import type { Domains } from "../domains.ts";
import type { Identity } from "../stream/identity.ts";
import type { TokenAuth } from "../tokens/token-auth.ts";
import type { Feature } from "./feature.ts";

/** COMPAT: lib-jitsi-meet shows this text to who has the wrong token. */
export const roomMismatch = stanzaError("cancel", "not-allowed", "Room and token mismatched");

type Given = { readonly tokens: TokenAuth; readonly domains: Domains };

/** A token opens the rooms it is for, and those that split off from them. */
export function tokenRoom(given: Given): Feature {
  return {
    rooms: {
      name: "token-room",
      refuseEntry: (room, { session }) => (holdsIn(given, session.identity, room.address) ? undefined : roomMismatch),
    },
  };
}

/** Who may be in a breakout room is for its main room to say. */
export function holdsIn({ tokens, domains }: Given, identity: Identity, address: RoomAddress): boolean {
  const jid = parseJid(address.jid);
  const isMain = jid !== undefined && domains.roomAddress(jid) !== undefined;
  return !isMain || tokens.holdsIn(identity, address);
}
