/** Speaker statistics (muc.md 2.11): who becomes the dominant speaker says so, and newcomers are told the sums. */
import { type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { JsonMessage } from "./chat.ts";

export interface Spoken {
  /** Endpoint id. */
  readonly id: string;
  readonly name: string;
  readonly ms: number;
}

export function weSpeak(component: string, id: string, room: string): XmlElement {
  const report = xml("speakerstats", { xmlns: NS.jitmeet, room, silence: "false" });
  return xml("message", { xmlns: NS.client, to: component, id }, report);
}

/** Undefined for what is none of our business; entries that make no sense are left out. */
export function readSpeakerStats(message: JsonMessage): readonly Spoken[] | undefined {
  const { type, users } = message;
  if (type !== "speakerstats" || typeof users !== "object" || users === null) return undefined;
  return Object.entries(users).flatMap(([id, user]) => {
    if (typeof user !== "object" || user === null) return [];
    const { displayName, totalDominantSpeakerTime: ms } = user as Record<string, unknown>;
    if (typeof ms !== "number" || !Number.isFinite(ms) || ms < 0) return [];
    return [{ id, name: typeof displayName === "string" ? displayName.trim() : "", ms }];
  });
}
