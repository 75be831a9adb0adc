import type { EndpointStats } from "../../protocol/bridge-channel/endpoint-stats.ts";
import type { JsonMessage } from "../../protocol/conference/chat.ts";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import type { Room } from "../../protocol/conference/room.ts";
import type { XmlElement } from "../../protocol/xml/element.ts";
import type { XmppConnection } from "../../protocol/xmpp/connection.ts";
import type { AppConfig } from "../config.ts";
import type { LocalMedia } from "../media/local-media.ts";
import type { MediaLink } from "./media-link.ts";
import type { Moderation } from "./moderation.ts";
import type { ServerOffers } from "./server-offers.ts";
import type { CallState } from "./state.ts";

/**
 * A part of the meeting beside membership and media: polls, reactions, groups, recording. It keeps what pages show of
 * it in signals of its own, hears what concerns it, and is told when the place in the room is lost and found again.
 */
export interface Activity {
  /** We have a place in the room, for the first time or again under a new address. */
  entered?(room: Room): void;
  /** The place is gone, for a while or for good. */
  left?(): void;
  /** A JSON message of a component, the room or an occupant; `from` is the sender's address. Not history. */
  json?(message: JsonMessage, from: string): void;
  /** Every presence of the room in full. */
  presence?(stanza: XmlElement, occupant: Occupant): void;
  /** A stanza that is nobody else's; true when it was ours. */
  stanza?(stanza: XmlElement): boolean;
  /** A message over the bridge channel, from an endpoint id. */
  endpointMessage?(from: string, payload: Readonly<Record<string, unknown>>): void;
  /** What an endpoint tells of its line, over the bridge channel. */
  endpointStats?(from: string, stats: EndpointStats): void;
}

/** What an activity may use. */
export interface CallContext {
  readonly config: AppConfig;
  readonly state: CallState;
  readonly media: LocalMedia;
  readonly connection: XmppConnection;
  readonly offers: ServerOffers;
  readonly link: MediaLink;
  readonly moderation: Moderation;
  readonly room: () => Room | undefined;
  /** Of the room, as far as this page has come in by it or has set it. */
  readonly password: () => string | undefined;
  /** As people write it. */
  readonly roomName: string;
  /** Address of the meeting's own room, wherever we are. */
  readonly mainRoom: string;
  readonly moveTo: (room: string) => void;
}
