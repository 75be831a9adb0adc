import { join } from "node:path";
import { type RtpPacket, restore } from "@veche/kit/rtp/packet.ts";
import type { Report } from "@veche/kit/rtp/rtcp.ts";
import { Assembler, type Codec, type Frame } from "./codecs/frames.ts";
import { trackLimits } from "./limits.ts";
import type { TrackEntry } from "./manifest.ts";
import { type Arrived, Jitter, type JitterRules } from "./rtp/jitter.ts";
import { MediaClock } from "./rtp/media-clock.ts";
import { type FileRules, TrackFile } from "./track-file.ts";

/** A relay brings no retransmitted sound: it is put in order only. */
const jitterRules: Readonly<Record<"audio" | "video", JitterRules>> = {
  audio: { waitMs: 120, askAgainMs: 0, packets: 200 },
  video: { waitMs: 800, askAgainMs: 80, packets: 2_000 },
};

/** Longer than this without media is a gap. Sound that is silent is sent every 400 ms. */
const gapMs = 1_000;
/** A key frame that does not come is asked for again. */
const keyPeriodMs = 700;

export type TrackSource = {
  readonly name: string;
  readonly owner: string;
  readonly kind: "audio" | "video";
  readonly content: string;
  readonly codec: Codec;
  readonly payloadType: number;
  readonly rtxPayloadType: number | undefined;
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
  /** Number of the layer that is wanted. */
  readonly topLayer: number;
};

export type TrackSurroundings = {
  readonly directory: string;
  readonly attempt: number;
  /** ms of the recorder's own clock at which the manifest's time is 0. */
  readonly zero: number;
  /** ms since 1970 at that moment. */
  readonly startedMs: number;
  readonly file: FileRules;
  readonly nextNumber: () => number;
  readonly onFile: (entry: TrackEntry) => void;
  readonly askForKey: (ssrc: number) => void;
  readonly askForPackets: (ssrc: number, sequences: readonly number[]) => void;
};

/** One source as it comes by one relay: from packets to a file. */
export class Track {
  readonly source: TrackSource;
  /** When its last packet came. */
  heardAt = 0;
  readonly #around: TrackSurroundings;
  readonly #jitter: Jitter;
  readonly #assembler: Assembler;
  readonly #clock: MediaClock;
  #file: TrackFile | undefined;
  #entry: TrackEntry | undefined;
  #now = 0;
  #packets = 0;
  #lost = 0;
  /** Since the last frame. */
  #lostNow = 0;
  #keyAskedAt = 0;
  #reported = { packets: 0, lost: 0 };
  #lastReport = { time: 0, at: 0 };

  constructor(source: TrackSource, around: TrackSurroundings) {
    this.source = source;
    this.#around = around;
    this.#clock = new MediaClock(source.codec.clockRateHz);
    this.#assembler = new Assembler(
      source.codec,
      (frame) => this.#take(frame),
      () => this.#wantKey(),
    );
    this.#jitter = new Jitter(jitterRules[source.kind], {
      take: (arrived: Arrived) => this.#assembler.push(arrived),
      lose: (count) => {
        this.#lost += count;
        this.#lostNow += count;
        this.#assembler.lose();
      },
      ask: (sequences) => around.askForPackets(source.ssrc, sequences),
    });
  }

  push(packet: RtpPacket, now: number): void {
    this.#now = now;
    const { ssrc, rtxSsrc, payloadType, rtxPayloadType } = this.source;
    const isRetransmitted = packet.ssrc === rtxSsrc && packet.payloadType === rtxPayloadType;
    const original = isRetransmitted ? restore(packet, ssrc, payloadType) : packet;
    if (!original || original.payloadType !== payloadType) return;
    this.heardAt = now;
    this.#packets += 1;
    this.#jitter.push({ packet: original, at: now });
  }

  tick(now: number): void {
    this.#now = now;
    if (this.#jitter.isWaiting) this.#jitter.tick(now);
    this.#file?.tick(now);
    const isFlowing = now - this.heardAt < keyPeriodMs;
    if (isFlowing && this.#assembler.waitsForKey && now - this.#keyAskedAt >= keyPeriodMs) this.#wantKey();
  }

  hearReport(time: number, now: number): void {
    this.#lastReport = { time, at: now };
  }

  /** What the bridge is told of how it arrives; undefined: nothing came since. */
  report(now: number): Report | undefined {
    const [packets, lost] = [this.#packets - this.#reported.packets, this.#lost - this.#reported.lost];
    if (packets === 0) return undefined;
    this.#reported = { packets: this.#packets, lost: this.#lost };
    const { time, at } = this.#lastReport;
    return {
      ssrc: this.source.ssrc,
      fractionLost: Math.min(255, Math.floor((lost * 256) / (packets + lost))),
      lost: Math.min(0x7fffff, this.#lost),
      highest: this.#jitter.highest,
      lastReport: time,
      delay: time === 0 ? 0 : Math.round((now - at) * 65.536),
    };
  }

  sync(): Promise<void> | undefined {
    return this.#file?.sync();
  }

  async close(): Promise<void> {
    this.#jitter.flush();
    this.#noteFigures();
    await this.#file?.close();
  }

  #wantKey(): void {
    this.#keyAskedAt = this.#now;
    if (this.source.kind === "video") this.#around.askForKey(this.source.ssrc);
  }

  #take(frame: Frame): void {
    const time = this.#clock.map(frame.timestamp, frame.at);
    const atMs = Math.round(time - this.#around.zero);
    const entry = this.#entry;
    this.#file ??= this.#begin(frame, atMs);
    if (entry) this.#noteGap(entry, atMs);
    this.#lostNow = 0;
    if (this.#entry) this.#entry.endMs = atMs;
    this.#file.push(time, frame.data, frame.isKey, this.#now);
    this.#noteFigures();
  }

  #begin(frame: Frame, atMs: number): TrackFile {
    const { directory, attempt, startedMs, file, nextNumber, onFile } = this.#around;
    const { codec, owner, name: source, kind, content } = this.source;
    const { size, setup } = frame;
    const name = `${safe(owner)}-${content}-${attempt}-${nextNumber()}.${codec.fileType}`;
    this.#entry = {
      name,
      attempt,
      endpoint: owner,
      source,
      kind,
      content,
      codec: codec.name,
      startMs: atMs,
      endMs: atMs,
      ...size,
      packets: 0,
      lostPackets: 0,
      droppedFrames: 0,
      gaps: [],
      moreGaps: 0,
    };
    onFile(this.#entry);
    const { fileType, codecId } = codec;
    const description = { fileType, codecId, setup, size, startedMs: startedMs + atMs };
    return new TrackFile(join(directory, name), description, file);
  }

  #noteGap(entry: TrackEntry, atMs: number): void {
    if (this.#lostNow === 0 && atMs - entry.endMs <= gapMs) return;
    if (entry.gaps.length < trackLimits.gaps)
      entry.gaps.push({ startMs: entry.endMs, endMs: atMs, lost: this.#lostNow });
    else entry.moreGaps += 1;
  }

  #noteFigures(): void {
    if (!this.#entry) return;
    this.#entry.packets = this.#packets;
    this.#entry.lostPackets = this.#lost;
    this.#entry.droppedFrames = this.#assembler.dropped;
  }
}

/** Endpoints choose their ids; a file's name has nothing of it that could mean something. */
function safe(text: string): string {
  return text.replaceAll(/[^0-9A-Za-z]/g, "").slice(0, 32) || "endpoint";
}
