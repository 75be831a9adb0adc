import { type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { capsElement } from "./caps.ts";
import { type SourceState, writeSourceInfo } from "./source-info.ts";

/** What we tell the room about ourselves; the whole of it goes out with every change. */
export interface OwnState {
  readonly name: string;
  readonly sources: ReadonlyMap<string, SourceState>;
  readonly handRaisedAt: number;
  /** Of the activities: whatever else the room should know. */
  readonly more: readonly XmlElement[];
}

export function ownPresenceChildren({ name, sources, handRaisedAt, more }: OwnState): XmlElement[] {
  const children = [
    capsElement(),
    xml("SourceInfo", {}, writeSourceInfo(sources)),
    xml("jitsi_participant_codecList", {}, "vp8"),
    xml("jitsi_participant_raisedHand", {}, handRaisedAt ? String(handRaisedAt) : ""),
    ...more,
  ];
  if (name) children.push(xml("nick", { xmlns: NS.nick }, name));
  return children;
}

export function joinElement(password: string | undefined): XmlElement {
  return xml("x", { xmlns: NS.muc }, password !== undefined && xml("password", { xmlns: NS.muc }, password));
}
