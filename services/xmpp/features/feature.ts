import type { Jid } from "../codec/jid.ts";
import type { Answer, StanzaError } from "../codec/rfc6120-stanza.ts";
import type { Identity } from "../codec/xep0030-disco.ts";
import type { Element } from "../codec/xml/element.ts";
import type { RoomHooks } from "../rooms/room-hooks.ts";
import type { RestoredFeatures } from "../state/restore.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";
import type { EndReason } from "../stream/sessions.ts";
import type { MessageKind } from "./message-kind.ts";

export type MaybeLater<T> = T | Promise<T>;

/** An IQ of type get or set, with its child. */
export type Iq = { readonly iq: Element; readonly type: "get" | "set"; readonly payload: Element };

export type ServerIqHandler = (session: Session, iq: Iq) => MaybeLater<Answer>;
export type RoomIqHandler = (room: RoomOf, session: Session, iq: Iq) => MaybeLater<Answer>;
export type FocusIqHandler = (room: RoomOf, occupant: OccupantOf, iq: Iq) => MaybeLater<Answer>;

/**
 * What happens to stanzas to a host. What a handler of presences or messages returns, or throws as a VecheError, is the
 * error that goes back to the sender; stanzas that are errors themselves don't come here.
 */
export type HostHandler = {
  /** Rooms live there: stanzas to an address with a node go the way of all rooms. */
  readonly hasRooms?: boolean;
  /** To the host itself, and where it has no rooms to all its addresses. */
  readonly presence?: (session: Session, to: Jid, presence: Element) => StanzaError | undefined;
  readonly message?: (session: Session, to: Jid, message: Element) => StanzaError | undefined;
  readonly iqs?: Readonly<Record<IqKey, HostIqHandler>>;
};

export type HostIqHandler = (session: Session, iq: Iq, to: Jid) => MaybeLater<Answer>;

/** "name namespace" of the child an IQ is about. */
export type IqKey = `${string} ${string}`;

export function iqAbout(name: string, namespace: string): IqKey {
  return `${name} ${namespace}`;
}

export function iqKey(payload: Element): IqKey {
  return iqAbout(payload.name, payload.getNS() ?? "");
}

/**
 * One thing the server can do. Its tables say which stanzas are its own; removing the file and its line in the list
 * (service.ts) removes the feature.
 */
export type Feature = {
  /** Features of the domain's disco#info. */
  readonly domainFeatures?: readonly string[];
  readonly domainIdentities?: readonly Identity[];
  /** IQs to the domain, or to nobody. */
  readonly serverIqs?: Readonly<Record<IqKey, ServerIqHandler>>;
  /** IQs to the component `focus.<domain>`. */
  readonly focusComponentIqs?: Readonly<Record<IqKey, ServerIqHandler>>;
  /** IQs to the host of the rooms. */
  readonly mucHostIqs?: Readonly<Record<IqKey, ServerIqHandler>>;
  /** IQs to a room. */
  readonly roomIqs?: Readonly<Record<IqKey, RoomIqHandler>>;
  /** IQs of an occupant to the occupant `focus`. */
  readonly focusOccupantIqs?: Readonly<Record<IqKey, FocusIqHandler>>;
  /** IQs that one occupant has no business to send to another: clients believe the server in them. */
  readonly neverBetweenOccupants?: readonly IqKey[];
  /** A message to a room that is no chat, from anybody; true where it was the feature's. */
  readonly roomMessage?: (room: RoomOf, session: Session, message: Element) => boolean;
  /** Stanzas to hosts of its own: `lobby.<domain>`. */
  readonly hosts?: Readonly<Record<string, HostHandler>>;
  /** What it has to do with rooms. */
  readonly rooms?: RoomHooks;
  /** Messages of a kind of its own in rooms; the first of the list of features that claims one has it. */
  readonly messages?: readonly MessageKind[];
  /** What a process before this one had kept of places that are no rooms of people; see Keeper. */
  readonly restored?: (kept: RestoredFeatures) => void;
  /** What a process before this one had is restored, and the others know that this one is up. */
  readonly started?: () => void;
  /** A client is gone for good; it has left its rooms. */
  readonly sessionEnded?: (session: Session, reason: EndReason) => void;
  readonly close?: () => void;
};
