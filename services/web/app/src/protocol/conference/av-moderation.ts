/** AV moderation (muc.md 2.10): microphone, camera and screen only with a moderator's leave. */
import { isRecord, textIn } from "../json.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { resourceOf } from "../xmpp/stanza.ts";
import type { JsonMessage } from "./chat.ts";

export const MODERATED_MEDIA = ["audio", "video", "desktop"] as const;

export type ModeratedMedia = (typeof MODERATED_MEDIA)[number];

/** Endpoint ids of those who have leave, by medium. */
export type Allowed = Readonly<Record<ModeratedMedia, ReadonlySet<string>>>;

export type AvModerationNews =
  | { readonly type: "switched"; readonly media: ModeratedMedia; readonly isOn: boolean }
  /** Told to moderators: the lists in full. */
  | { readonly type: "lists"; readonly allowed: Allowed }
  /** Told to whom it is about. */
  | { readonly type: "decided"; readonly media: ModeratedMedia; readonly isAllowed: boolean };

export function switchModeration(component: string, id: string, media: ModeratedMedia, isOn: boolean): XmlElement {
  return command(component, id, { enable: String(isOn), mediaType: media });
}

/** Without moderation in force, leave is an invitation to switch the medium on. */
export function allowMedia(component: string, id: string, media: ModeratedMedia, occupant: string): XmlElement {
  return command(component, id, { jidToWhitelist: occupant, mediaType: media });
}

export function disallowMedia(component: string, id: string, media: ModeratedMedia, occupant: string): XmlElement {
  return command(component, id, { jidToBlacklist: occupant, mediaType: media });
}

/** Undefined for what is none of our business or malformed. */
export function readAvModeration(message: JsonMessage): AvModerationNews | undefined {
  if (message.type !== "av_moderation") return undefined;
  if (isRecord(message.whitelists)) return { type: "lists", allowed: readAllowed(message.whitelists) };
  const media = MODERATED_MEDIA.find((each) => each === message.mediaType);
  if (!media) return undefined;
  if (typeof message.enabled === "boolean") return { type: "switched", media, isOn: message.enabled };
  if (message.approved === true) return { type: "decided", media, isAllowed: true };
  return message.removed === true ? { type: "decided", media, isAllowed: false } : undefined;
}

function command(component: string, id: string, attributes: Readonly<Record<string, string>>): XmlElement {
  return xml("message", { xmlns: NS.client, to: component, id }, xml("av_moderation", attributes));
}

function readAllowed(lists: Readonly<Record<string, unknown>>): Allowed {
  const idsOf = (media: ModeratedMedia): ReadonlySet<string> => {
    const list = lists[media];
    return new Set(Array.isArray(list) ? list.map((jid) => resourceOf(textIn(jid))).filter((id) => id !== "") : []);
  };
  return { audio: idsOf("audio"), video: idsOf("video"), desktop: idsOf("desktop") };
}
