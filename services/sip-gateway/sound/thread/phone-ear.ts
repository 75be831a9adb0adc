import { isDeepStrictEqual } from "node:util";
import { headerBytes, isRtcp, type RtpPacket, readPacket } from "@veche/kit/rtp/packet.ts";
import { receptionReports, senderReports } from "@veche/kit/rtp/rtcp.ts";
import { SrtpReader } from "@veche/kit/rtp/srtp.ts";
import type { Decoder, Samples } from "../codecs/codec.ts";
import { codecRates } from "../codecs/codecs.ts";
import { Arrivals } from "../jitter/arrivals.ts";
import { Playout, type PlayoutCounts } from "../jitter/playout.ts";
import { EventReader } from "../keys/event-reader.ts";
import { ToneDetector } from "../keys/tone-detector.ts";
import { soundLimits } from "../limits.ts";
import type { Place } from "../messages.ts";
import type { LegMedia, LegStats } from "../sound.ts";
import { Latch } from "./latch.ts";

export const comfortNoiseType = 13;

export type EarListener = {
  key(digit: string, via: "rtp" | "inband"): void;
  /** 0 to 1: of what we send, by the phone's reports. */
  loss(share: number): void;
};

/** What comes from one phone. */
export class PhoneEar {
  readonly counts: PlayoutCounts = { lost: 0, concealed: 0, late: 0, spoilt: 0 };
  received = 0;
  foreign = 0;
  /** ms; when something of the phone's came last. */
  heardAt = 0;
  readonly #media: LegMedia;
  readonly #decoder: Decoder;
  readonly #listener: EarListener;
  readonly #latch: Latch;
  readonly #reader: SrtpReader | undefined;
  readonly #events: EventReader;
  readonly #detector: ToneDetector | undefined;
  #arrivals: Arrivals | undefined;
  #playout: Playout | undefined;
  /** Another stream from the same place: it has to go on before it is believed (RFC 3550 A.1). */
  #candidate: { readonly ssrc: number; readonly sequence: number } | undefined;

  /** `before`: what was in its place until now. */
  constructor(media: LegMedia, decoder: Decoder, listener: EarListener, before: PhoneEar | undefined) {
    this.#media = media;
    this.#decoder = decoder;
    this.#listener = listener;
    // The same key's numbers go on.
    const isSameKey = before && isDeepStrictEqual(media.srtp?.remote, before.#media.srtp?.remote);
    const { remote } = media.srtp ?? {};
    this.#reader = isSameKey ? before.#reader : remote && new SrtpReader(remote.suite, remote.key);
    this.#events = before ? before.#events : new EventReader();
    this.#detector = media.telephoneEvent ? undefined : new ToneDetector(decoder.rateHz);
    this.#latch = new Latch(media.remote);
    if (!before) return;
    this.counts = before.counts;
    this.received = before.received;
    this.foreign = before.foreign;
    const { ip, port } = before.#latch.agreed;
    if (ip === media.remote.ip && port === media.remote.port) this.#latch = before.#latch;
  }

  get target(): Place {
    return this.#latch.target;
  }

  get isExpected(): boolean {
    return this.#media.direction === "sendrecv" || this.#media.direction === "recvonly";
  }

  get arrivals(): Arrivals | undefined {
    return this.#arrivals;
  }

  /** `isLate`: it may have come long ago. */
  hear(packet: Buffer, from: Place, now: number, isLate: boolean): void {
    if (isRtcp(packet)) {
      if (this.#media.rtcpMux) this.hearReport(packet, from, now);
      return;
    }
    const start = headerBytes(packet);
    if (start < 0 || packet.length > soundLimits.packetBytes || !this.#knows(packet.readUInt8(1) & 0x7f)) {
      this.counts.spoilt += 1;
      return;
    }
    const seen = { ip: from.ip, port: from.port, ssrc: packet.readUInt32BE(8), sequence: packet.readUInt16BE(2) };
    const clear = this.#open(packet, start, seen, now);
    if (clear) this.#take(clear, now, isLate);
  }

  /** RTCP. */
  hearReport(packet: Buffer, from: Place, now: number): void {
    const clear = this.#reader ? this.#reader.readRtcp(packet) : packet;
    if (!this.#reader && from.ip !== this.target.ip) {
      this.foreign += 1;
      return;
    }
    if (!clear || clear.length < 8 || !isRtcp(clear)) {
      this.counts.spoilt += 1;
      return;
    }
    this.heardAt = now;
    for (const { ssrc, time } of senderReports(clear))
      if (ssrc === this.#arrivals?.ssrc) this.#arrivals.hearSenderReport(time, now);
    for (const { fractionLost } of receptionReports(clear)) this.#listener.loss(fractionLost / 256);
  }

  /** 20 ms; undefined: it is silent. `skipped`: ticks that never were. */
  pull(skipped: number): Samples | undefined {
    const sound = this.#playout?.pull(this.#arrivals?.lateMs ?? 0, skipped > 0);
    if (!this.#detector) return sound;
    if (!sound || this.#playout?.isMadeUp) this.#detector.miss();
    else for (const digit of this.#detector.hear(sound)) this.#listener.key(digit, "inband");
    return sound;
  }

  get stats(): LegStats {
    const { lost, concealed, late, spoilt } = this.counts;
    return {
      received: this.received,
      lost,
      concealed: Math.round(concealed),
      late,
      jitterMs: this.#arrivals?.jitterMs ?? 0,
      bufferMs: this.#playout?.waitingMs ?? 0,
      spoilt,
      foreign: this.foreign,
    };
  }

  close(): void {
    this.#decoder.close();
  }

  #knows(type: number): boolean {
    const { payloadType, telephoneEvent } = this.#media;
    return type === payloadType || type === telephoneEvent?.payloadType || type === comfortNoiseType;
  }

  #open(packet: Buffer, start: number, seen: Place & { ssrc: number; sequence: number }, now: number) {
    if (!this.#reader) {
      if (!this.#latch.admits(seen, now)) {
        this.foreign += 1;
        return undefined;
      }
      const clear = readPacket(packet.subarray(0, start), packet.subarray(start));
      if (!clear) this.counts.spoilt += 1;
      return clear;
    }
    const clear = this.#reader.readRtp(packet);
    if (clear) this.#latch.take(seen, now);
    else this.counts.spoilt += 1;
    return clear;
  }

  #take(packet: RtpPacket, now: number, isLate: boolean): void {
    if (packet.ssrc !== this.#arrivals?.ssrc && !this.#isBegun(packet)) return;
    this.heardAt = now;
    this.received += 1;
    const { payloadType, telephoneEvent } = this.#media;
    const isSound = packet.payloadType === payloadType;
    if (packet.payloadType === telephoneEvent?.payloadType) {
      const { isReadable, digit } = this.#events.read(packet.timestamp, packet.payload);
      if (!isReadable) this.counts.spoilt += 1;
      if (digit !== undefined) this.#listener.key(digit, "rtp");
    } else if (isSound) this.#arrivals?.hear(packet.sequence, packet.timestamp, isLate ? undefined : now);
    this.#playout?.push(packet.sequence, isSound ? packet.payload : nothing);
  }

  /** A first stream at once, another one with its second packet. */
  #isBegun({ ssrc, sequence }: RtpPacket): boolean {
    const candidate = this.#candidate;
    const goesOn = candidate?.ssrc === ssrc && sequence === ((candidate.sequence + 1) & 0xffff);
    this.#candidate = { ssrc, sequence };
    if (this.#arrivals && !goesOn) return false;
    this.#arrivals = new Arrivals(ssrc, codecRates[this.#media.codec].clockHz);
    this.#playout = new Playout(this.#decoder, this.counts);
    return true;
  }
}

const nothing = new Uint8Array(0);
