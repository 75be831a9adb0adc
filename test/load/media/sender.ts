/** What a participant sends: Opus of a voice, and simulcast VP8 of a camera. */

import { type Film, Projector } from "./film.ts";
import { Pace, type Player } from "./metronome.ts";
import { type Sent, writeSenderReport } from "./rtcp.ts";
import { type Extension, writeRtp } from "./rtp.ts";
import { type Encoder, fill, stamp, Vp8Encoder } from "./vp8.ts";

/** Ids of header extensions as agreed on; absent where the other side did not offer one. */
export type ExtensionIds = {
  readonly audioLevel?: number | undefined;
  readonly absSendTime?: number | undefined;
  readonly transportSequence?: number | undefined;
};

/** Where packets go, and what all streams of a participant share. */
export type Outlet = {
  readonly ids: ExtensionIds;
  nextTransportSequence(): number;
  sendRtp(packet: Buffer): void;
  sendRtcp(packet: Buffer): void;
};

export type Layer = { readonly height: number; readonly bitsPerSecond: number };

/** As Chromium divides a camera of 720 lines. */
export const cameraLayers: readonly Layer[] = [
  { height: 180, bitsPerSecond: 150_000 },
  { height: 360, bitsPerSecond: 450_000 },
  { height: 720, bitsPerSecond: 1_600_000 },
];

const opus = { packetMs: 20, clockRate: 48_000, payloadBytes: 80 } as const;
const video = { framesPerSecond: 30, clockRate: 90_000 } as const;
const reportEveryMs = 1_000;
/** RFC 6464: in -dBov, with the flag of a voice. The loudness goes up and down, so that somebody is dominant. */
const quietestLevel = 50;
const voiceFlag = 0x80;

class OutgoingStream {
  readonly ssrc: number;
  readonly #payloadType: number;
  readonly #outlet: Outlet;
  readonly #isStamped: boolean;
  #sequence: number;
  #timestamp = 0;
  #packets = 0;
  #octets = 0;

  constructor(ssrc: number, payloadType: number, outlet: Outlet, isStamped = true) {
    this.#isStamped = isStamped;
    this.ssrc = ssrc;
    this.#payloadType = payloadType;
    this.#outlet = outlet;
    this.#sequence = ssrc & 0x7fff;
  }

  send(payload: Buffer, timestamp: number, isMarked: boolean, extensions: readonly Extension[]): void {
    const { ids } = this.#outlet;
    const all = [...extensions];
    if (ids.transportSequence !== undefined) {
      const value = Buffer.alloc(2);
      value.writeUInt16BE(this.#outlet.nextTransportSequence());
      all.push({ id: ids.transportSequence, value });
    }
    if (this.#isStamped) stamp(payload, performance.timeOrigin + performance.now());
    const header = { payloadType: this.#payloadType, ssrc: this.ssrc, sequence: this.#sequence, timestamp, isMarked };
    this.#outlet.sendRtp(writeRtp(header, all, payload));
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#timestamp = timestamp;
    this.#packets++;
    this.#octets += payload.length;
  }

  report(): void {
    if (this.#packets === 0) return;
    const sent: Sent = { ssrc: this.ssrc, timestamp: this.#timestamp, packets: this.#packets, octets: this.#octets };
    this.#outlet.sendRtcp(writeSenderReport(sent, performance.timeOrigin + performance.now()));
  }
}

type Given = {
  readonly outlet: Outlet;
  readonly payloadType: number;
  /** So that not everybody sends in the same moment. */
  readonly phaseMs: number;
};

export class Microphone implements Player {
  readonly #stream: OutgoingStream;
  readonly #outlet: Outlet;
  readonly #pace: Pace;
  readonly #reports: Pace;
  #played = 0;

  constructor(ssrc: number, { outlet, payloadType, phaseMs }: Given) {
    this.#outlet = outlet;
    this.#stream = new OutgoingStream(ssrc, payloadType, outlet);
    this.#pace = new Pace(opus.packetMs, phaseMs, performance.now());
    this.#reports = new Pace(reportEveryMs, phaseMs, performance.now());
  }

  play(nowMs: number): void {
    const id = this.#outlet.ids.audioLevel;
    for (let due = this.#pace.due(nowMs); due > 0; due--) {
      const level = Math.round(quietestLevel * Math.abs(Math.sin(this.#played / 50)));
      const extensions = id === undefined ? [] : [{ id, value: Buffer.from([voiceFlag | level]) }];
      const timestamp = this.#played * ((opus.packetMs * opus.clockRate) / 1000);
      const payload = fill(opus.payloadBytes, this.#played * 83);
      // RFC 6716 3.1: one frame of CELT, 20 ms, full band.
      payload[0] = 0xf8;
      this.#stream.send(payload, timestamp, this.#played === 0, extensions);
      this.#played++;
    }
    if (this.#reports.due(nowMs) > 0) this.#stream.report();
  }
}

/** What it sends instead of pictures made up as large as Chromium's. */
export type CameraFilm = {
  /** Low to high. */
  readonly layers?: readonly Layer[] | undefined;
  readonly framesPerSecond?: number | undefined;
  readonly film?: Film | undefined;
};

export class Camera implements Player {
  readonly #outlet: Outlet;
  readonly #layers: readonly {
    readonly stream: OutgoingStream;
    readonly encoder: Encoder;
    readonly height: number;
  }[];
  readonly #wantsKeyFrame = new Set<number>();
  readonly #framesPerSecond: number;
  readonly #pace: Pace;
  readonly #reports: Pace;
  #frames = 0;
  #maxHeight = Number.POSITIVE_INFINITY;

  /** One SSRC for each layer, low to high. */
  constructor(ssrcs: readonly number[], { outlet, payloadType, phaseMs }: Given, { film, ...given }: CameraFilm = {}) {
    const { layers = film?.reels ?? cameraLayers } = given;
    const { framesPerSecond = film?.framesPerSecond ?? video.framesPerSecond } = given;
    this.#outlet = outlet;
    this.#framesPerSecond = framesPerSecond;
    this.#layers = ssrcs.flatMap((ssrc, index) => {
      const layer = layers[index];
      if (!layer) return [];
      const reel = film?.reels[index];
      const encoder = reel ? new Projector(reel) : new Vp8Encoder(layer.height, layer.bitsPerSecond, framesPerSecond);
      const stream = new OutgoingStream(ssrc, payloadType, outlet, encoder.isStamped);
      return [{ stream, encoder, height: layer.height }];
    });
    for (const ssrc of ssrcs) this.#wantsKeyFrame.add(ssrc);
    this.#pace = new Pace(1000 / framesPerSecond, phaseMs, performance.now());
    this.#reports = new Pace(reportEveryMs, phaseMs, performance.now());
  }

  /** Layers above are not sent; 0 stops all. One that begins again does so with a key frame. */
  limit(maxHeight: number): void {
    for (const { stream, height } of this.#layers) {
      if (height > this.#maxHeight && height <= maxHeight) this.#wantsKeyFrame.add(stream.ssrc);
    }
    this.#maxHeight = maxHeight;
  }

  /** A key frame was asked for. */
  refresh(ssrc: number): void {
    this.#wantsKeyFrame.add(ssrc);
  }

  play(nowMs: number): void {
    for (let due = this.#pace.due(nowMs); due > 0; due--) this.#sendFrame(nowMs);
    if (this.#reports.due(nowMs) === 0) return;
    for (const { stream, height } of this.#layers) if (height <= this.#maxHeight) stream.report();
  }

  #sendFrame(nowMs: number): void {
    const timestamp = (this.#frames++ * video.clockRate) / this.#framesPerSecond;
    const extensions = this.#sendTime(nowMs);
    for (const { stream, encoder, height } of this.#layers) {
      if (height > this.#maxHeight) continue;
      const payloads = encoder.encode(this.#wantsKeyFrame.delete(stream.ssrc));
      for (const [index, payload] of payloads.entries()) {
        stream.send(payload, timestamp, index === payloads.length - 1, extensions);
      }
    }
  }

  /** http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time: seconds with 18 bits behind the point, in 24 bits. */
  #sendTime(nowMs: number): Extension[] {
    const id = this.#outlet.ids.absSendTime;
    if (id === undefined) return [];
    const value = Buffer.alloc(3);
    value.writeUIntBE(Math.floor((nowMs / 1000) * 2 ** 18) & 0xff_ffff, 0, 3);
    return [{ id, value }];
  }
}
