import { childNamed, childrenNamed, elementsOf, textOf, textOfChild, type XmlElement } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { domainOf, resourceOf } from "../xmpp/stanza.ts";
import { readSourceInfo, type SourceState } from "./source-info.ts";
import { readCallStatus } from "./telephone.ts";

/** Somebody in the room, as their last presence described them. */
export interface Occupant {
  readonly id: string;
  readonly realJid: string;
  readonly name: string;
  readonly isModerator: boolean;
  readonly isFocus: boolean;
  readonly isHidden: boolean;
  /** Of those who are in the meeting, but not to be in its recording: `hidden-from-recorder` of their token. */
  readonly isHiddenFromRecorder: boolean;
  /** When the hand went up, in ms since 1970; 0 while it is down. */
  readonly handRaisedAt: number;
  readonly sources: ReadonlyMap<string, SourceState>;
  /** `jitsi_participant_<name>` of their presence, such as `region`. */
  readonly properties: ReadonlyMap<string, string>;
  /** What they say they can do beyond the caps: addresses such as `https://jitsi.org/meet/e2ee`. */
  readonly features: ReadonlySet<string>;
  readonly avatarUrl: string;
  readonly email: string;
  /** No loudspeaker and no microphone: they only watch. */
  readonly isSilent: boolean;
  /** Somebody at a telephone, brought in by a gateway. */
  readonly isPhone: boolean;
  /** How a telephone's call stands, as the gateway words it: "Ringing...". "" of everybody else. */
  readonly callStatus: string;
}

export interface RoomPresence {
  readonly occupant: Occupant;
  readonly statusCodes: ReadonlySet<number>;
  readonly left: boolean;
  readonly reason: string;
  /** Where a room that has ended sends its people. */
  readonly otherRoom: string | undefined;
}

export interface Recognition {
  readonly focusJid: string | undefined;
  readonly hiddenDomain: string | undefined;
}

export function readPresence(stanza: XmlElement, { focusJid, hiddenDomain }: Recognition): RoomPresence {
  const id = resourceOf(stanza.attrs.from);
  const user = childNamed(stanza, "x", NS.mucUser);
  const item = childNamed(user, "item");
  const destroy = childNamed(user, "destroy");
  const realJid = item?.attrs.jid ?? "";
  const features = featuresOf(stanza);
  const isPhone = features.has(NS.jigasi) && !features.has(NS.transcriber);
  return {
    occupant: {
      id,
      realJid,
      name: (textOfChild(stanza, "nick") ?? "").trim(),
      isModerator: item?.attrs.role === "moderator",
      isFocus: id === "focus" || (focusJid !== undefined && realJid.startsWith(`${focusJid}/`)),
      isHidden: hiddenDomain !== undefined && domainOf(realJid) === hiddenDomain,
      isHiddenFromRecorder: isHiddenFromRecorder(stanza),
      handRaisedAt: raisedAt(textOfChild(stanza, "jitsi_participant_raisedHand")),
      sources: sourcesOf(stanza, id),
      properties: propertiesOf(stanza),
      features,
      avatarUrl: textOfChild(stanza, "avatar-url") ?? "",
      email: textOfChild(stanza, "email") ?? "",
      isSilent: childNamed(stanza, "silent") !== undefined,
      isPhone,
      callStatus: isPhone ? readCallStatus(stanza) : "",
    },
    statusCodes: new Set(childrenNamed(user, "status").map((status) => Number(status.attrs.code))),
    left: stanza.attrs.type === "unavailable",
    reason: textOf(childNamed(item, "reason")) || textOf(childNamed(destroy, "reason")),
    otherRoom: destroy?.attrs.jid,
  };
}

function isHiddenFromRecorder(stanza: XmlElement): boolean {
  const user = childNamed(childNamed(stanza, "identity"), "user");
  return textOfChild(user, "hidden-from-recorder")?.trim() === "true";
}

const PROPERTY = "jitsi_participant_";

function propertiesOf(stanza: XmlElement): ReadonlyMap<string, string> {
  const named = elementsOf(stanza).filter(({ name }) => name.startsWith(PROPERTY));
  return new Map(named.map((each) => [each.name.slice(PROPERTY.length), textOf(each)]));
}

function featuresOf(stanza: XmlElement): ReadonlySet<string> {
  const listed = childrenNamed(childNamed(stanza, "features"), "feature");
  return new Set(listed.map(({ attrs }) => attrs.var ?? ""));
}

function raisedAt(text: string | undefined): number {
  if (!text) return 0;
  const time = Number(text);
  // Some clients write "true" instead of a time.
  return Number.isFinite(time) ? time : text === "true" ? 1 : 0;
}

function sourcesOf(stanza: XmlElement, id: string): ReadonlyMap<string, SourceState> {
  const info = textOfChild(stanza, "SourceInfo");
  if (info !== undefined) return readSourceInfo(info, id);
  // Gateways and old clients know nothing of sources.
  const states = new Map<string, SourceState>();
  const audio = textOfChild(stanza, "audiomuted");
  const video = textOfChild(stanza, "videomuted");
  if (audio !== undefined) states.set(`${id}-a0`, { muted: audio === "true", videoType: "camera" });
  if (video !== undefined) states.set(`${id}-v0`, { muted: video === "true", videoType: "camera" });
  return states;
}
