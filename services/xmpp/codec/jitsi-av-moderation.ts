/** av_moderation (lib-jitsi-meet of 2026-08): who may unmute microphone, camera and screen. */
import { type Media, type Moderation, mediaNames } from "../domain/av-moderation.ts";
import { parseJid } from "./jid.ts";
import type { JsonObject } from "./jitsi-json-message.ts";
import { type Read, reading, unreadable } from "./reading.ts";
import { childOf, type Element } from "./xml/element.ts";

export type ModerationRequest =
  | { readonly type: "switch"; readonly media: Media; readonly isOn: boolean }
  | {
      readonly type: "allow" | "disallow";
      readonly media: Media;
      /** Address of the room and endpoint. */
      readonly room: string;
      readonly endpoint: string;
    };

export function readModeration(message: Element): Read<ModerationRequest> {
  return reading(() => {
    const element = childOf(message, "av_moderation");
    if (!element) return unreadable("expected <av_moderation>");
    const { enable, mediaType, jidToWhitelist, jidToBlacklist } = element.attrs;
    const media = mediaNames.find((name) => name === mediaType);
    if (!media) return unreadable(`mediaType is one of ${mediaNames.join(", ")}`);
    if (enable === "true" || enable === "false") return { type: "switch", media, isOn: enable === "true" };
    if (enable !== undefined) return unreadable('enable is "true" or "false"');
    const jid = parseJid(jidToWhitelist ?? jidToBlacklist);
    if (!jid || jid.resource === "") return unreadable("the address of an occupant is wanted");
    const type = jidToWhitelist === undefined ? "disallow" : "allow";
    return { type, media, room: jid.bare, endpoint: jid.resource };
  });
}

/** Of what clients are told about it. */
export const moderationType = "av_moderation";

/** To everybody. */
export function moderationSwitched(room: string, media: Media, enabled: boolean, by: string): JsonObject {
  return { type: moderationType, enabled, mediaType: media, room, actor: by === "" ? undefined : `${room}/${by}` };
}

/** To moderators. COMPAT: without `removed` lib-jitsi-meet does not tell its app of who is no longer on the list. */
export function moderationLists(room: string, media: Media, moderation: Moderation, isRemoval: boolean): JsonObject {
  const listOf = (name: Media) => [...(moderation.get(name)?.allowed ?? [])].map((nick) => `${room}/${nick}`);
  const whitelists = Object.fromEntries(mediaNames.map((name) => [name, listOf(name)]));
  return { type: moderationType, room, whitelists, mediaType: media, ...(isRemoval ? { removed: true } : {}) };
}

/** To who may unmute now, or no longer. */
export function moderationDecided(room: string, media: Media, isAllowed: boolean): JsonObject {
  return { type: moderationType, room, mediaType: media, ...(isAllowed ? { approved: true } : { removed: true }) };
}
