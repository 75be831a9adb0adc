import { BridgeChannel } from "../../protocol/bridge-channel/channel.ts";
import { constraintsMessage } from "../../protocol/bridge-channel/messages.ts";
import type { ConferenceAnswer } from "../../protocol/conference/focus-request.ts";
import { Room, type RoomEvents } from "../../protocol/conference/room.ts";
import { readIceServers } from "../../protocol/conference/server-offers.ts";
import { browserTraits } from "../../protocol/jingle/browser.ts";
import { readJsonSources } from "../../protocol/jingle/json-sources.ts";
import { type CandidateRules, type Offer, readOffer } from "../../protocol/jingle/offer.ts";
import { MediaSession, type Tracks } from "../../protocol/jingle/session.ts";
import { readSources } from "../../protocol/jingle/source.ts";
import { randomHex } from "../../protocol/random.ts";
import { childNamed, type XmlElement, xml } from "../../protocol/xml/element.ts";
import { XmppConnection } from "../../protocol/xmpp/connection.ts";
import { NS } from "../../protocol/xmpp/namespaces.ts";
import { resultOf } from "../../protocol/xmpp/stanza.ts";
import { FocusDesk } from "../call/focus-desk.ts";
import { ownSources } from "../call/own-sources.ts";
import type { CallState } from "../call/state.ts";
import { openTransport } from "../call/transports.ts";
import type { AppConfig } from "../config.ts";

/** How the bridge is to be reached. */
export interface Path {
  readonly rules: CandidateRules;
  /** Only by these relays; empty for straight to the bridge. */
  readonly relays: readonly RTCIceServer[];
}

/** What became of one place in the room; each is settled at most once, and nothing rejects. */
export interface Place {
  readonly offer: Promise<Offer>;
  readonly session: Promise<MediaSession>;
  readonly media: Promise<"connected" | "failed">;
  readonly channel: Promise<void>;
  readonly bridgeMissing: Promise<void>;
}

const CONNECT_MS = 10_000;
const HEIGHT = 360;

/** One of the two who call each other from this page. Takes one place in the room after another. */
export class TestParticipant {
  readonly #config: AppConfig;
  readonly #connection: XmppConnection;
  readonly #desk: FocusDesk;
  readonly #tracks: Tracks;
  #room: Room | undefined;
  #session: MediaSession | undefined;
  #channel: BridgeChannel | undefined;

  constructor(config: AppConfig, roomName: string, state: CallState, tracks: Tracks) {
    this.#config = config;
    this.#tracks = tracks;
    const details = { roomName, token: undefined };
    const { guestDomain } = config;
    this.#connection = new XmppConnection(
      guestDomain,
      (previousId) => openTransport(config, details, guestDomain, previousId),
      {
        stateChanged: () => {},
        rebound: () => {},
        stanza: (stanza) => this.#room?.receive(stanza) ?? stanza.name !== "iq",
        refused: () => {},
      },
    );
    this.#desk = new FocusDesk(config, details, this.#connection, state);
  }

  /** False without an answer in time. Throws SignInRefused. */
  async connect(): Promise<boolean> {
    const timer = setTimeout(() => this.#connection.close(), CONNECT_MS);
    await this.#connection.connect().finally(() => clearTimeout(timer));
    return this.#connection.state === "connected";
  }

  ask(): Promise<ConferenceAnswer> {
    return this.#desk.ask();
  }

  async relays(): Promise<readonly RTCIceServer[]> {
    const { domain, useTurnUdp } = this.#config;
    const services = xml("services", { xmlns: NS.extdisco });
    return this.#connection.request("get", domain, services).then(
      (answer) => readIceServers(answer, useTurnUdp),
      () => [],
    );
  }

  /** Under a new name, so that nothing of the place before is taken for this one's. */
  async enter(path: Path, focusJid: string | undefined): Promise<Place> {
    this.leave();
    const nick = randomHex(4);
    const offer = Promise.withResolvers<Offer>();
    const session = Promise.withResolvers<MediaSession>();
    const media = Promise.withResolvers<"connected" | "failed">();
    const channel = Promise.withResolvers<void>();
    const bridgeMissing = Promise.withResolvers<void>();
    const { hiddenDomain, focusUserJid } = this.#config;
    const initiate = (stanza: XmlElement, jingle: XmlElement) => {
      const read = readOffer(jingle, path.rules);
      if (!read) return;
      const made = new MediaSession(
        read,
        {
          endpoint: nick,
          iceServers: path.relays,
          relayOnly: path.relays.length > 0,
          layers: 1,
          browser: browserTraits(navigator.userAgent),
          transforms: undefined,
        },
        {
          remoteTracksChanged: () => {},
          iceStateChanged: (state) => {
            if (state === "connected" || state === "completed") media.resolve("connected");
            if (state === "failed") media.resolve("failed");
          },
        },
      );
      this.#drop();
      this.#session = made;
      this.#openChannel(read, channel.resolve);
      offer.resolve(read);
      void this.#accept(made, stanza).then(
        () => session.resolve(made),
        () => media.resolve("failed"),
      );
    };
    const room: Room = new Room(
      this.#desk.room,
      nick,
      this.#connection,
      { focusJid: focusJid ?? focusUserJid, hiddenDomain },
      {
        ...deaf,
        bridgeMissing: () => bridgeMissing.resolve(),
        jingle: (stanza) => this.#jingle(stanza, initiate),
      },
    );
    this.#room = room;
    const sending = { audio: true, camera: true, desktop: false, desktopKnown: false };
    const muted = { ...sending, audio: false, camera: false };
    const sources = ownSources(nick, this.#tracks.camera ? sending : muted);
    await room.join({ name: "", sources, handRaisedAt: 0, more: [] }, undefined);
    return {
      offer: offer.promise,
      session: session.promise,
      media: media.promise,
      channel: channel.promise,
      bridgeMissing: bridgeMissing.promise,
    };
  }

  leave(): void {
    this.#drop();
    const room = this.#room;
    this.#room = undefined;
    if (room) this.#connection.send(room.leaving());
  }

  close(): void {
    this.#drop();
    const farewell = this.#room?.leaving();
    this.#room = undefined;
    this.#connection.close(farewell ? [farewell] : []);
  }

  #drop(): void {
    this.#channel?.close();
    this.#session?.close();
    this.#channel = undefined;
    this.#session = undefined;
  }

  #openChannel({ webSocketUrls }: Offer, opened: () => void): void {
    const url = webSocketUrls.find(
      (each) => !URL.canParse(each) || new URL(each).hostname !== this.#config.ignoreBridgeDomain,
    );
    if (!url) return;
    const wanted = { lastN: -1, onStageSources: [], selectedSources: [], defaultMaxHeight: HEIGHT, maxHeights: {} };
    const channel: BridgeChannel = new BridgeChannel(url, {
      opened: () => {
        channel.send(constraintsMessage(wanted));
        opened();
      },
      closed: () => {},
      message: () => {},
    });
    this.#channel = channel;
  }

  #jingle(stanza: XmlElement, initiate: (stanza: XmlElement, jingle: XmlElement) => void): void {
    const jingle = childNamed(stanza, "jingle", NS.jingle);
    this.#connection.send(resultOf(stanza));
    if (!jingle) return;
    const sources = [...readSources(jingle), ...readJsonSources(jingle)];
    const { action } = jingle.attrs;
    if (action === "session-initiate") initiate(stanza, jingle);
    else if (action === "source-add") this.#session?.addSources(sources).catch(() => {});
    else if (action === "source-remove") this.#session?.removeSources(sources.map(({ name }) => name)).catch(() => {});
  }

  async #accept(session: MediaSession, stanza: XmlElement): Promise<void> {
    const contents = await session.accept(this.#tracks);
    const { sid, initiator } = session.offer;
    const accept = { xmlns: NS.jingle, action: "session-accept", sid, initiator, responder: stanza.attrs.to };
    await this.#connection.request("set", stanza.attrs.from ?? "", xml("jingle", accept, ...contents));
  }
}

/** Of a room of one's own there is nothing else to hear. */
const deaf: Omit<RoomEvents, "bridgeMissing" | "jingle"> = {
  self: () => {},
  occupantChanged: () => {},
  occupantLeft: () => {},
  presence: () => {},
  ended: () => {},
  subject: () => {},
  configured: () => {},
  invited: () => {},
  muteAsked: () => {},
};
