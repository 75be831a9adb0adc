import type { StanzaError } from "../codec/rfc6120-stanza.ts";
import type { Element } from "../codec/xml/element.ts";
import type { OccupantOf, RoomOf } from "../stream/session.ts";

/** A message that passed the bounds of all messages. */
export type Said = {
  readonly room: RoomOf;
  readonly sender: OccupantOf;
  readonly message: Element;
  /** Its children as they are relayed. */
  readonly content: string;
};

/** What the server does with one kind of messages. What is returned goes to the sender, and nobody gets the message. */
export type MessageKind = {
  readonly is: (message: Element) => boolean;
  readonly toRoom: (said: Said) => StanzaError | undefined;
  readonly toOccupant: (said: Said, receiver: OccupantOf) => StanzaError | undefined;
};
