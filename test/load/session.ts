/** What one sends and receives through one bridge. */
import { MediaKind, type Source } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import type { Identity } from "./media/dtls.ts";
import { MediaLink, type RemoteTransport } from "./media/media-link.ts";
import { type Metronome, Pace, type Player } from "./media/metronome.ts";
import type { Reception } from "./media/reception.ts";
import { keyFrameRequestsIn, writeReceiverReport } from "./media/rtcp.ts";
import { extensionOf, ssrcOf } from "./media/rtp.ts";
import { Camera, type CameraFilm, type ExtensionIds, Microphone, type Outlet } from "./media/sender.ts";
import type { SrtpContext } from "./media/srtp.ts";
import { Arrivals } from "./media/transport-feedback.ts";

/** What both sides agreed on. */
export type Agreement = {
  readonly remote: RemoteTransport;
  readonly payloadTypes: { readonly audio: number; readonly video: number };
  readonly extensions: { readonly audio: ExtensionIds; readonly video: ExtensionIds };
};

type Given = CameraFilm & {
  readonly identity: Identity;
  readonly metronome: Metronome;
  readonly number: number;
  readonly reception: Reception;
  readonly firstPacket?: (atMs: number) => void;
};

const reportEveryMs = 1_000;
const feedbackEveryMs = 100;
/** Spreads senders over a frame: a number without a divisor in common with the intervals. */
const phaseStepMs = 7;
/** Under which one reports who sends nothing (mediasoup, as libwebrtc, takes any). */
const reporterSsrc = 1;

export class Session implements Disposable, Player {
  readonly #given: Given;
  readonly #arrivals = new Arrivals();
  readonly #feedback: Pace;
  readonly #reports: Pace;
  readonly #players: Player[] = [];
  readonly #cameras = new Map<string, Camera>();
  #link: MediaLink | undefined;
  #agreement: Agreement | undefined;
  #reporter = reporterSsrc;
  #lastMedia = 0;
  #transportSequence = 0;
  #isClosed = false;
  #limits = new Map<string, number>();

  private constructor(given: Given) {
    this.#given = given;
    const now = performance.now();
    this.#feedback = new Pace(feedbackEveryMs, given.number * phaseStepMs, now);
    this.#reports = new Pace(reportEveryMs, given.number * phaseStepMs, now);
  }

  static async open(given: Given): Promise<Session> {
    const session = new Session(given);
    session.#link = await MediaLink.open(given.identity, {
      rtp: (packet, crypto) => session.#receive(packet, crypto),
      rtcp: (report) => {
        for (const ssrc of keyFrameRequestsIn(report))
          for (const camera of session.#cameras.values()) camera.refresh(ssrc);
      },
    });
    return session;
  }

  get link(): MediaLink {
    if (!this.#link) throw new Error("the session is not open");
    return this.#link;
  }

  /** Resolves when ICE and DTLS are up; then it sends. */
  async connect(agreement: Agreement, sources: readonly Source[]): Promise<void> {
    this.#agreement = agreement;
    await this.link.connect(agreement.remote);
    if (this.#isClosed) return;
    for (const source of sources) this.#send(source, agreement);
    this.#players.push(this);
    for (const player of this.#players) this.#given.metronome.add(player);
  }

  limit(source: string, maxHeight: number): void {
    this.#limits.set(source, maxHeight);
    this.#cameras.get(source)?.limit(maxHeight);
  }

  play(nowMs: number): void {
    if (this.#feedback.due(nowMs) > 0) {
      const feedback = this.#arrivals.report(this.#reporter, this.#lastMedia);
      if (feedback) this.link.sendRtcp(feedback);
    }
    if (this.#reports.due(nowMs) === 0) return;
    const blocks = this.#given.reception.streams.map(({ reportBlock }) => reportBlock);
    if (blocks.length > 0) this.link.sendRtcp(writeReceiverReport(this.#reporter, blocks));
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const player of this.#players) this.#given.metronome.remove(player);
    this.#link?.[Symbol.dispose]();
  }

  #send({ kind, name, ssrcs, groups }: Source, { payloadTypes, extensions }: Agreement): void {
    const phaseMs = this.#given.number * phaseStepMs;
    const first = ssrcs[0] ?? 0;
    if (kind === MediaKind.AUDIO) {
      const given = { outlet: this.#outlet(extensions.audio), payloadType: payloadTypes.audio, phaseMs };
      this.#players.push(new Microphone(first, given));
      this.#reporter = first;
      return;
    }
    const layers = groups.find(({ semantics }) => semantics === "SIM")?.ssrcs ?? [first];
    const given = { outlet: this.#outlet(extensions.video), payloadType: payloadTypes.video, phaseMs };
    const camera = new Camera(layers, given, this.#given);
    const limit = this.#limits.get(name);
    if (limit !== undefined) camera.limit(limit);
    this.#cameras.set(name, camera);
    this.#players.push(camera);
  }

  #outlet(ids: ExtensionIds): Outlet {
    return {
      ids,
      nextTransportSequence: () => {
        this.#transportSequence = (this.#transportSequence + 1) & 0xffff;
        return this.#transportSequence;
      },
      sendRtp: (packet) => this.link.sendRtp(packet),
      sendRtcp: (packet) => this.link.sendRtcp(packet),
    };
  }

  #receive(packet: Buffer, crypto: SrtpContext): void {
    const now = performance.now();
    this.#given.reception.take(packet, crypto, now);
    this.#given.firstPacket?.(now);
    this.#lastMedia = ssrcOf(packet);
    const id = this.#agreement?.extensions.video.transportSequence;
    const sequence = id === undefined ? undefined : extensionOf(packet, id);
    if (sequence?.length === 2) this.#arrivals.add(sequence.readUInt16BE(0), now);
  }
}
