/** http://jitsi.org/protocol/lobbyrooms (lib-jitsi-meet of 2026-08): waiting to be let in. */
import { writeJsonText } from "./jitsi-json-text.ts";
import { ns } from "./namespaces.ts";
import { type StanzaError, stanzaError } from "./rfc6120-stanza.ts";
import { el } from "./xml/element.ts";
import { escapeText } from "./xml/serialise.ts";

/** The feature by which clients know that who knocks says a name. */
export const displayNameFeature = "http://jitsi.org/protocol/lobbyrooms#displayname_required";

/** COMPAT: clients look for the address without a namespace, others with Jitsi's. */
export function registrationRequired(lobbyJid: string): StanzaError {
  return stanzaError("auth", "registration-required", undefined, [
    el("lobbyroom", { xmlns: ns.client }, lobbyJid),
    el("lobbyroom", { xmlns: ns.jitmeet }, lobbyJid),
  ]);
}

/** COMPAT: clients ask for the name on exactly this. */
export const displayNameRequired = stanzaError("modify", "not-acceptable", undefined, [
  el("displayname-required", { xmlns: ns.jitmeet, lobby: "true" }),
]);

export type LobbyNotification =
  | { readonly event: "LOBBY-ENABLED"; readonly value: boolean }
  | {
      readonly event: "LOBBY-ACCESS-GRANTED" | "LOBBY-ACCESS-DENIED";
      /** Bare address of who waited. */
      readonly value: string;
      readonly name: string;
    };

/** What everybody in the room is told; content of a message of type groupchat. */
export function writeLobbyNotification(notification: LobbyNotification): string {
  const json = writeJsonText({ type: "lobby-notify", ...notification });
  return `<json-message xmlns="${ns.jitmeet}">${escapeText(json)}</json-message>`;
}
