/** The media session of one call: what the focus offers, what is answered, and whose voices come over it. */
import { randomBytes, randomInt } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { toVecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import type { AcceptSessionRequestSchema } from "@veche/proto/gen/veche/focus/v1/focus_pb.ts";
import { type MediaDescription, MediaKind, type Source } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import type { InitiateSessionRequest, RoomRef } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { focus } from "@veche/proto/subjects.ts";
import { limits, rates } from "../limits.ts";
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
  /** Nothing comes from the bridge: told once of each session. */
  readonly silent: () => void;
};

type Accept = MessageInitShape<typeof AcceptSessionRequestSchema>;

type Session = {
  readonly jingle: string;
  readonly bridge: string;
  readonly room: RoomRef | undefined;
  readonly conference: string;
  readonly voices: Map<string, Voice>;
  /** What is told of the bridge is told of this one's. */
  isOpen: boolean;
  isSilent: boolean;
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
  /** When others were asked for because nothing came. */
  #asked: readonly number[] = [];
  #again: Timer | undefined;

  constructor(given: BridgeSessionGiven) {
    this.#given = given;
  }

  get conference(): string | undefined {
    return this.#current?.conference;
  }

  /** Nothing comes from the bridge. */
  get isSilent(): boolean {
    return this.#current?.isSilent ?? false;
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
      isOpen: false,
      isSilent: false,
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

  /** A bridge that died is the focus' to notice; one that lives and can't be heard here only the call knows of. */
  noteSilence(isSilent: boolean): void {
    const session = this.#current;
    if (!session?.isOpen || session.isSilent === isSilent) return;
    session.isSilent = isSilent;
    this.#again?.cancel();
    if (!isSilent) return;
    this.#given.silent();
    void this.#replace(session);
  }

  #sessionOf(jingleSession: string): Session | undefined {
    return this.#current?.jingle === jingleSession ? this.#current : undefined;
  }

  #drop(): void {
    if (this.#current === undefined) return;
    this.#current = undefined;
    this.#again?.cancel();
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
    session.isOpen = true;
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
    this.#drop();
    this.#given.ended();
    await this.#askForAnother(session, "the gateway could not take the session");
  }

  /** What there is is kept until the focus has agreed: its voices may come again. Asked again while they don't. */
  async #replace(session: Session): Promise<void> {
    if (this.#current !== session || !session.isSilent) return;
    const { clock, ended } = this.#given;
    const { most, withinMs } = rates.bridgeRestarts;
    this.#asked = this.#asked.filter((at) => clock.now() - at < withinMs);
    if (this.#asked.length < most) {
      this.#asked = [...this.#asked, clock.now()];
      const isTaken = await this.#askForAnother(session, "nothing comes from the bridge");
      if (this.#current !== session) return;
      if (isTaken) {
        this.#drop();
        ended();
        return;
      }
    }
    this.#again = clock.after(limits.bridgeAgainMs, () => void this.#replace(session));
  }

  /** False: the focus did not agree, or could not be reached. */
  async #askForAnother(session: Session, text: string): Promise<boolean> {
    const { bus, unit, endpoint, log } = this.#given;
    const { room, jingle: jingleSession, bridge: bridgeSession } = session;
    const of = { room, endpoint, jingleSession, bridgeSession };
    try {
      await bus.request(focus.terminateSession, { unit }, { ...of, reason: "general-error", text, restart: true });
      return true;
    } catch (error) {
      log.debug({ endpoint, err: error }, "a session's end was not taken");
      return false;
    }
  }
}

function levelId({ headerExtensions }: MediaDescription): number {
  return headerExtensions.find(({ uri }) => uri === audioLevel)?.id ?? 0;
}

/** What of the offer is done here: the level, which the bridge finds the speaker by. */
function answerOf({ kind, headerExtensions }: MediaDescription) {
  return { kind, headerExtensions: headerExtensions.filter(({ uri }) => uri === audioLevel) };
}
