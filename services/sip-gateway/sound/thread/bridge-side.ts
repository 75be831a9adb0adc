import type { Socket } from "node:dgram";
import { headerBytes, isRtcp, type RtpPacket } from "@veche/kit/rtp/packet.ts";
import { type Report, receptionReports, senderReports } from "@veche/kit/rtp/rtcp.ts";
import { SrtpReader, SrtpWriter } from "@veche/kit/rtp/srtp.ts";
import { relaySuite } from "@veche/kit/rtp/srtp-keys.ts";
import type { Encoder, Samples } from "../codecs/codec.ts";
import { levelOf } from "../codecs/level.ts";
import { type OpusCodecs, type OpusRate, opusClockHz } from "../codecs/opus.ts";
import { soundLimits } from "../limits.ts";
import type { Place } from "../messages.ts";
import type { BridgeMedia } from "../sound.ts";
import { Reporter } from "./reporter.ts";
import { RtpStream } from "./rtp-stream.ts";
import { SilenceWatch } from "./silence-watch.ts";

/** What is quieter is no voice, in −dBov. */
const voiceLevel = 55;
/** Ticks that are sent on after a voice: what ends softly is part of it. */
const trailingTicks = 25;
/** In silence one frame in so many is sent (RFC 7587 3.1.3). */
const silentEvery = 20;

export type BridgeGiven = {
  readonly socket: Socket;
  readonly opus: OpusCodecs;
  readonly mediaTimeoutMs: number;
  /** Runs it, and answers for what it throws. */
  readonly guard: (action: () => void) => void;
  readonly now: () => number;
  readonly silent: (isSilent: boolean) => void;
  /** Whether a packet of this stream, so loud, is of use: it is not decrypted otherwise. */
  readonly wants: (ssrc: number, packet: Buffer, audioLevelId: number) => boolean;
  readonly take: (packet: RtpPacket) => void;
  readonly hearSenderReport: (ssrc: number, time: number) => void;
  readonly reports: (now: number) => readonly Report[];
};

/** The way of one call to its bridge and back. */
export class BridgeSide {
  readonly #given: BridgeGiven;
  readonly #reporter = new Reporter();
  readonly #watch: SilenceWatch;
  #media: BridgeMedia | undefined;
  #reader: SrtpReader | undefined;
  #writer: SrtpWriter | undefined;
  #stream: RtpStream | undefined;
  #encoder: Encoder | undefined;
  #encoderWanted: OpusRate | undefined;
  #heardAt = 0;
  #ticks = 0;
  #quietTicks = 0;
  #isFirst = true;
  /** The bridge has said what it got of the call's voice, and goes on saying so whoever speaks. */
  #isReportedOn = false;
  #isClosed = false;

  constructor(given: BridgeGiven) {
    this.#given = given;
    this.#watch = new SilenceWatch(given.mediaTimeoutMs, given.silent);
    given.socket.on("message", (packet) => given.guard(() => this.#hear(packet)));
  }

  get local(): Place {
    const { address, port } = this.#given.socket.address();
    return { ip: address, port };
  }

  get isOpen(): boolean {
    return this.#media !== undefined;
  }

  /** ms; 0: never. */
  get heardAt(): number {
    return this.#heardAt;
  }

  setMedia(media: BridgeMedia): void {
    this.#media = media;
    this.#reader = new SrtpReader(relaySuite, media.remoteKey);
    this.#writer = new SrtpWriter(relaySuite, media.localKey);
    this.#stream = new RtpStream(media.ssrc, opusClockHz);
    this.#isFirst = true;
    this.#isReportedOn = false;
    this.#watch.begin(this.#given.now());
  }

  /** 20 ms of the caller's voice; undefined: silence. `isMuted`: nothing at all is sent. */
  say(sound: Samples | undefined, rateHz: OpusRate, isMuted: boolean, skipped: number, now: number): void {
    this.#ticks += 1 + skipped;
    // Where nobody speaks a bridge still reports on what it is sent; of one that was never sent anything nothing is known.
    this.#watch.look(this.#heardAt, this.isOpen && (this.#isReportedOn || !isMuted), now);
    if (this.isOpen && this.#reporter.isDue(now)) this.#report(now);
    const encoder = this.#encoderFor(rateHz);
    if (!encoder || !this.isOpen || isMuted) {
      this.#isFirst = true;
      return;
    }
    const level = sound ? levelOf(sound) : 127;
    this.#quietTicks = level > voiceLevel ? this.#quietTicks + 1 : 0;
    const trailed = this.#quietTicks - trailingTicks;
    if (trailed > 0) {
      this.#isFirst = true;
      if (trailed % silentEvery !== 1) return;
    }
    const payload = encoder.encode(sound ?? new Float32Array(rateHz / 50));
    this.#send(payload, level);
  }

  close(): void {
    if (this.#isClosed) return;
    if (this.#stream) this.#sendSealed(this.#writer?.writeRtcp(this.#reporter.writeGoodbye(this.#stream.ssrc)));
    this.#isClosed = true;
    this.#given.socket.close();
    this.#encoder?.close();
    this.#encoder = undefined;
  }

  /** Undefined: it is being made. */
  #encoderFor(rateHz: OpusRate): Encoder | undefined {
    if (this.#encoderWanted === rateHz) return this.#encoder;
    this.#encoderWanted = rateHz;
    this.#encoder?.close();
    this.#encoder = undefined;
    this.#given.opus.encoder(rateHz).then(
      (encoder) => {
        if (this.#isClosed || this.#encoderWanted !== rateHz) encoder.close();
        else this.#encoder = encoder;
      },
      (error: unknown) =>
        this.#given.guard(() => {
          throw error;
        }),
    );
    return undefined;
  }

  #send(payload: Uint8Array, level: number): void {
    const media = this.#media;
    if (!media || !this.#stream) return;
    const timestamp = this.#ticks * (opusClockHz / 50);
    const isVoice = level <= voiceLevel;
    const audioLevel = media.audioLevelId > 0 ? { id: media.audioLevelId, level, isVoice } : undefined;
    const out = { payloadType: media.payloadType, marker: this.#isFirst, timestamp, payload, audioLevel };
    this.#isFirst = false;
    this.#sendSealed(this.#stream.write(out, this.#writer, Date.now()));
  }

  #sendSealed(packet: Buffer | undefined): void {
    if (!packet || !this.#media) return;
    const { ip, port } = this.#media.remote;
    this.#given.socket.send(packet, port, ip, () => {});
  }

  #report(now: number): void {
    if (!this.#stream) return;
    const sent = this.#stream.sent(Date.now());
    const packet = this.#reporter.write(this.#stream.ssrc, sent, this.#given.reports(now));
    this.#sendSealed(this.#writer?.writeRtcp(packet));
  }

  /** Not by where it comes from: the key tells whose it is. */
  #hear(packet: Buffer): void {
    const reader = this.#reader;
    if (!reader || packet.length > soundLimits.packetBytes) return;
    if (isRtcp(packet)) {
      const clear = reader.readRtcp(packet);
      if (clear) this.#hearReport(clear);
      return;
    }
    if (headerBytes(packet) < 0) return;
    if (!this.#given.wants(packet.readUInt32BE(8), packet, this.#media?.audioLevelId ?? 0)) {
      reader.passOver(packet);
      this.#heardAt = this.#given.now();
      return;
    }
    const clear = reader.readRtp(packet);
    if (!clear) return;
    this.#heardAt = this.#given.now();
    this.#given.take(clear);
  }

  #hearReport(clear: Buffer): void {
    this.#heardAt = this.#given.now();
    for (const { ssrc, time } of senderReports(clear)) this.#given.hearSenderReport(ssrc, time);
    for (const { ssrc, fractionLost } of receptionReports(clear)) {
      if (ssrc !== this.#stream?.ssrc) continue;
      this.#isReportedOn = true;
      this.#encoder?.hearLoss(fractionLost / 256);
    }
  }
}
