import { areGuestsShutOut, type LiveSettingsWatch } from "@veche/kit/live-settings.ts";
import { stanzaError } from "../codec/rfc6120-stanza.ts";
import type { Identity } from "../stream/identity.ts";
import type { Feature } from "./feature.ts";
import { roomCreationRestricted } from "./muc-presence.ts";

type Given = { readonly settings: Pick<LiveSettingsWatch, "current"> };

/** A client that asks the focus for the room hears it, and shows where to sign in. */
export const guestsMustSignIn = stanzaError("auth", "not-authorized", "guests do not come in here: sign in");

/** Recorders and telephones are no guests: they have accounts of the installation. */
export function isShutOut({ settings }: Given, { kind }: Identity): boolean {
  return kind === "anonymous" && areGuestsShutOut(settings.current);
}

/** On a secure domain without guests nobody comes in who has not signed in; who is inside already stays. */
export function guests(given: Given): Feature {
  return {
    rooms: {
      name: "guests",
      // The text on which clients ask the focus again.
      refuseEntry: (_room, { session }) => (isShutOut(given, session.identity) ? roomCreationRestricted : undefined),
    },
  };
}
