/** One person in a room, without a browser. */
import type { Element } from "@veche/xmpp/codec/xml/element.ts";
import { presencePayload } from "../bench/xmpp/clients/presence.ts";
import type { Target } from "../bench/xmpp/clients/wire.ts";
import { BridgeChannel, type Wishes } from "./bridge-channel.ts";
import { type Invitation, makeSources, readAnnounced, readInvitation, writeAccept } from "./jingle.ts";
import type { Identity } from "./media/dtls.ts";
import type { Film } from "./media/film.ts";
import type { Metronome } from "./media/metronome.ts";
import { Reception } from "./media/reception.ts";
import { Session } from "./session.ts";
import { Signalling, type Transport } from "./signalling.ts";

export type Place = Target & {
  /** Of the web role, which leads to the bridge channels. */
  readonly webOrigin: string;
};

export type ParticipantOptions = {
  readonly place: Place;
  readonly room: string;
  /** Its own in the room: SSRCs are made of it, and when it sends. */
  readonly number: number;
  readonly identity: Identity;
  readonly metronome: Metronome;
  readonly transport?: Transport;
  readonly microphone?: boolean;
  readonly camera?: boolean;
  readonly wishes?: Wishes;
  /** What the camera shows; without one, bytes that are no picture. */
  readonly film?: Film | undefined;
};

/** When it got how far, on the clock of `performance`. */
export type Moments = {
  readonly askedMs: number;
  joinedMs?: number;
  invitedMs?: number;
  connectedMs?: number;
  firstPacketMs?: number;
};

const ssrcsEach = 16;
const firstSsrc = 0x1000_0000;
const noWishes: Wishes = { lastN: -1, height: 180, onStage: [] };

export class Participant implements Disposable {
  readonly #options: ParticipantOptions;
  readonly #signalling: Signalling;
  readonly #connected = Promise.withResolvers<void>();
  #wishes: Wishes;
  #session: Session | undefined;
  /** Of its Jingle session. */
  #sid = "";
  #channel: BridgeChannel | undefined;
  readonly moments: Moments = { askedMs: performance.now() };
  readonly reception: Reception = new Reception();
  /** Who left the room while it was there. */
  readonly left: string[] = [];
  /** What went wrong, in the order it did. */
  readonly faults: string[] = [];
  /** Invitations so far; more than one where it was moved. */
  invitations = 0;
  /** By the last the bridge said. */
  forwarded: readonly string[] = [];
  dominantSpeaker = "";

  private constructor(options: ParticipantOptions) {
    this.#options = options;
    this.#wishes = options.wishes ?? noWishes;
    this.#signalling = new Signalling(options.place, {
      jingle: (jingle, from) => this.#hear(jingle, from),
      left: (nick) => {
        this.left.push(nick);
        this.reception.withdraw(nick);
      },
      lost: (why) => this.#fail(new Error(`the XMPP stream is gone: ${why}`)),
    });
    // Whoever waits for it sees the failure; here it is only kept from being nobody's.
    this.#connected.promise.catch(() => {});
  }

  /** Resolves when it is in the room; `connected` says when its media is up. */
  static async join(options: ParticipantOptions): Promise<Participant> {
    const participant = new Participant(options);
    try {
      await participant.#signalling.signIn(options.transport ?? "websocket");
      const { room, number, microphone = true } = options;
      await participant.#signalling.enter(room, presencePayload(number, !microphone, participant.nick));
    } catch (error) {
      participant[Symbol.dispose]();
      throw error;
    }
    participant.moments.joinedMs = performance.now();
    return participant;
  }

  /** Its endpoint id. */
  get nick(): string {
    return this.#signalling.nick;
  }

  get connected(): Promise<void> {
    return this.#connected.promise;
  }

  /** How many presences it was sent. */
  get presences(): number {
    return this.#signalling.presences;
  }

  wish(wishes: Wishes): void {
    this.#wishes = wishes;
    this.#channel?.wish(wishes);
  }

  leave(): void {
    this.#signalling.leave();
    this[Symbol.dispose]();
  }

  /** Without a goodbye, as a laptop that is shut. */
  [Symbol.dispose](): void {
    this.#endSession();
    this.#signalling.close();
    this.#connected.reject(new Error("it was closed"));
  }

  #hear(jingle: Element, from: string): void {
    const { action, sid } = jingle.attrs;
    if (action === "session-initiate") {
      this.#accept(jingle, from).catch((error: unknown) => {
        // Of an invitation that another has replaced, nothing matters any more.
        if (this.#sid === sid || this.#sid === "") this.#fail(error);
      });
    } else if (action === "source-add") this.#announce(jingle);
    else if (action === "session-terminate" && sid === this.#sid) this.#endSession();
  }

  #announce(jingle: Element): void {
    for (const [ssrc, announced] of readAnnounced(jingle)) this.reception.announce(ssrc, announced);
  }

  async #accept(jingle: Element, from: string): Promise<void> {
    this.moments.invitedMs ??= performance.now();
    this.invitations++;
    this.#endSession();
    const invitation = readInvitation(jingle);
    this.#announce(jingle);
    const { identity, metronome, number, film, microphone = true, camera = true } = this.#options;
    const session = await Session.open({
      identity,
      metronome,
      number,
      reception: this.reception,
      film,
      firstPacket: (atMs) => {
        this.moments.firstPacketMs ??= atMs;
      },
    });
    this.#session = session;
    this.#sid = invitation.sid;
    const sources = makeSources(this.nick, firstSsrc + number * ssrcsEach, { microphone, camera });
    await this.#signalling.jingle(
      "session-accept",
      invitation.sid,
      from,
      writeAccept(invitation, session.link, sources),
    );
    this.#openChannel(invitation, session).catch((error: unknown) => this.#fail(error));
    await session.connect(invitation, sources);
    this.moments.connectedMs ??= performance.now();
    this.#connected.resolve();
  }

  async #openChannel({ channelUrl }: Invitation, session: Session): Promise<void> {
    if (channelUrl === "") return;
    const channel = await BridgeChannel.open(this.#options.place.webOrigin, channelUrl, {
      senderConstraint: (source, maxHeight) => session.limit(source, maxHeight),
      forwarded: (sources) => {
        this.forwarded = sources;
      },
      dominantSpeaker: (endpoint) => {
        this.dominantSpeaker = endpoint;
      },
    });
    if (this.#session !== session) return channel[Symbol.dispose]();
    this.#channel = channel;
    channel.wish(this.#wishes);
  }

  #endSession(): void {
    this.#session?.[Symbol.dispose]();
    this.#channel?.[Symbol.dispose]();
    this.#session = undefined;
    this.#channel = undefined;
  }

  #fail(error: unknown): void {
    this.faults.push(error instanceof Error ? error.message : String(error));
    this.#connected.reject(error);
  }
}
