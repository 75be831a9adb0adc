/** The media session of one call: what the focus offers, what is answered, and whose voices come over it. */
import { randomBytes, randomInt } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { toVecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import type { AcceptSessionRequestSchema } from "@veche/proto/gen/veche/focus/v1/focus_pb.ts";
import { type MediaDescription, MediaKind, type Source } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import type { InitiateSessionRequest, RoomRef } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { focus } from "@veche/proto/subjects.ts";
import type { Leg, Voice } from "../sound/sound.ts";

export type BridgeSessionGiven = {
  readonly bus: Bus;
  readonly unit: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly endpoint: string;
  readonly leg: () => Leg | undefined;
  readonly accepted: (session: { readonly conference: string; readonly startMuted: boolean }) => void;
  readonly ended: () => void;
};

type Accept = MessageInitShape<typeof AcceptSessionRequestSchema>;

type Session = {
  readonly jingle: string;
  readonly bridge: string;
  readonly room: RoomRef | undefined;
  readonly conference: string;
  readonly voices: Map<string, Voice>;
};

const suite = "AEAD_AES_256_GCM";
/** Key of 32 bytes and salt of 12 (RFC 7714). */
const keyBytes = 44;
const audioLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

/** A focus that is just being replaced. */
const acceptAttempts = 6;
const acceptAgainMs = 500;

export class BridgeSession {
  readonly #given: BridgeSessionGiven;
  #current: Session | undefined;

  constructor(given: BridgeSessionGiven) {
    this.#given = given;
  }

  get conference(): string | undefined {
    return this.#current?.conference;
  }

  /** A later one takes the place of the one that is there; the same one again is nothing new. Never throws. */
  async initiate(offer: InitiateSessionRequest): Promise<void> {
    const leg = this.#given.leg();
    if (this.#current?.jingle === offer.jingleSession || leg === undefined) return;
    const session: Session = {
      jingle: offer.jingleSession,
      bridge: offer.bridgeSession,
      room: offer.room,
      conference: offer.conference,
      voices: new Map(),
    };
    try {
      this.#drop();
      this.#current = session;
      this.#note(session, offer.sources);
      const answer = await this.#open(leg, offer, session);
      if (answer === undefined || !(await this.#accept(session, answer))) return;
      leg.join(session.conference, this.#given.endpoint);
    } catch (error) {
      if (this.#current !== session) return;
      this.#given.log.warn({ endpoint: this.#given.endpoint, err: error }, "a session could not be had");
      await this.#giveUp(session);
      return;
    }
    this.#given.accepted({ conference: session.conference, startMuted: offer.startAudioMuted });
  }

  announce(jingleSession: string, sources: readonly Source[]): void {
    const session = this.#sessionOf(jingleSession);
    if (session) this.#note(session, sources);
  }

  withdraw(jingleSession: string, sources: readonly Source[]): void {
    const session = this.#sessionOf(jingleSession);
    for (const { name } of sources) session?.voices.delete(name);
    if (session) this.#hear(session);
  }

  end(jingleSession: string): void {
    if (this.#sessionOf(jingleSession) === undefined) return;
    this.#drop();
    this.#given.ended();
  }

  close(): void {
    this.#drop();
  }

  #sessionOf(jingleSession: string): Session | undefined {
    return this.#current?.jingle === jingleSession ? this.#current : undefined;
  }

  #drop(): void {
    if (this.#current === undefined) return;
    this.#current = undefined;
    const leg = this.#given.leg();
    leg?.join(undefined, this.#given.endpoint);
    leg?.closeBridge();
  }

  /** Feedback sources of the bridge carry nobody's voice. */
  #note(session: Session, sources: readonly Source[]): void {
    for (const { name, kind, owner, ssrcs } of sources) {
      const ssrc = ssrcs[0];
      const isVoice = kind === MediaKind.AUDIO && owner !== "jvb" && owner !== this.#given.endpoint;
      if (isVoice && ssrc !== undefined) session.voices.set(name, { ssrc, endpoint: owner });
    }
    this.#hear(session);
  }

  #hear({ voices }: Session): void {
    this.#given.leg()?.setVoices([...voices.values()]);
  }

  /** Undefined: another session has taken its place meanwhile. */
  async #open(leg: Leg, offer: InitiateSessionRequest, session: Session): Promise<Accept | undefined> {
    const plain = offer.transport?.plain;
    const description = offer.descriptions.find(({ kind }) => kind === MediaKind.AUDIO);
    const opus = description?.payloadTypes.find(({ name }) => name.toLowerCase() === "opus");
    if (plain === undefined || description === undefined || opus === undefined || plain.srtpSuite !== suite)
      throw new Error("expected an offer of Opus over plain RTP with AEAD_AES_256_GCM");
    const local = await leg.openBridge(plain.ip);
    if (this.#current !== session) return undefined;
    const localKey = randomBytes(keyBytes);
    const ssrc = randomInt(1, 2 ** 32);
    leg.setBridge({
      remote: { ip: plain.ip, port: plain.port },
      remoteKey: plain.srtpKey,
      localKey,
      ssrc,
      payloadType: opus.id,
      audioLevelId: levelId(description),
    });
    this.#hear(session);
    const { endpoint } = this.#given;
    return {
      room: offer.room,
      endpoint,
      jingleSession: session.jingle,
      descriptions: [{ ...answerOf(description), payloadTypes: [opus] }],
      transport: { plain: { ...local, srtpSuite: suite, srtpKey: localKey } },
      sources: [
        {
          name: `${endpoint}-a0`,
          owner: endpoint,
          kind: MediaKind.AUDIO,
          msid: `${endpoint}-audio ${endpoint}-a0`,
          ssrcs: [ssrc],
        },
      ],
    };
  }

  async #accept(session: Session, answer: Accept): Promise<boolean> {
    for (let attempt = 1; this.#current === session; attempt += 1) {
      try {
        await this.#given.bus.request(focus.acceptSession, { unit: this.#given.unit }, answer);
        return this.#current === session;
      } catch (error) {
        if (!toVecheError(error).mayRetry || attempt >= acceptAttempts) throw error;
        await new Promise<void>((resolve) => this.#given.clock.after(acceptAgainMs * attempt, resolve));
      }
    }
    return false;
  }

  /** The focus is to offer another one. */
  async #giveUp(session: Session): Promise<void> {
    const { bus, unit, endpoint, log } = this.#given;
    this.#drop();
    this.#given.ended();
    await bus
      .request(
        focus.terminateSession,
        { unit },
        {
          room: session.room,
          endpoint,
          jingleSession: session.jingle,
          bridgeSession: session.bridge,
          reason: "general-error",
          text: "the gateway could not take the session",
          restart: true,
        },
      )
      .catch((error: unknown) => log.debug({ endpoint, err: error }, "a session's end was not taken"));
  }
}

function levelId({ headerExtensions }: MediaDescription): number {
  return headerExtensions.find(({ uri }) => uri === audioLevel)?.id ?? 0;
}

/** What of the offer is done here: the level, which the bridge finds the speaker by. */
function answerOf({ kind, headerExtensions }: MediaDescription) {
  return { kind, headerExtensions: headerExtensions.filter(({ uri }) => uri === audioLevel) };
}
