import { counterMode } from "./counter-mode.ts";
import { galoisCounterMode } from "./galois-counter-mode.ts";
import { headerBytes, type RtpPacket, readPacket } from "./packet.ts";
import type { Sealing } from "./sealing.ts";
import { deriveKeys, masterBytes, type SrtpSuite, srtpSuites } from "./srtp-keys.ts";

/** Numbers lately seen, without end (RFC 3711 3.3.1, 3.3.2). */
type Seen = { highest: number; window: bigint };

const windowBits = 512n;
const windowMask = (1n << windowBits) - 1n;
/** One in so many of a stream that is passed over is authenticated: its numbers wrap around after eight times as many. */
const followEvery = 0x2000;

function sealingOf(suite: SrtpSuite, master: Uint8Array): Sealing {
  if (master.length !== masterBytes(suite))
    throw new RangeError(`expected ${masterBytes(suite)} bytes of key and salt for ${suite}, found ${master.length}`);
  const { authBytes, keyBytes, tagBytes } = srtpSuites[suite];
  const [rtp, rtcp] = [deriveKeys(suite, master, "rtp"), deriveKeys(suite, master, "rtcp")];
  return authBytes === 0 ? galoisCounterMode(keyBytes, rtp, rtcp) : counterMode(tagBytes, rtp, rtcp);
}

/** Opens what one other end sends. Only packets with its key are let through, each once. */
export class SrtpReader {
  readonly #sealing: Sealing;
  readonly #seen = new Map<number, Seen>();
  readonly #seenRtcp = new Map<number, Seen>();

  /** `master`: key and salt. */
  constructor(suite: SrtpSuite, master: Uint8Array) {
    this.#sealing = sealingOf(suite, master);
  }

  /** Undefined: not of this sender, spoilt, or seen before. */
  readRtp(packet: Buffer): RtpPacket | undefined {
    const start = headerBytes(packet);
    if (start < 0) return undefined;
    const ssrc = packet.readUInt32BE(8);
    const seen = this.#seen.get(ssrc);
    const index = extendSequence(packet.readUInt16BE(2), seen?.highest);
    if (index < 0 || (seen && isOld(seen, index))) return undefined;
    const payload = this.#sealing.openRtp(packet, start, ssrc, index);
    if (!payload) return undefined;
    note(this.#seen, ssrc, index, seen);
    return readPacket(packet.subarray(0, start), payload);
  }

  /** A packet that nobody needs: all that is kept is how often its stream's numbers have wrapped around. */
  passOver(packet: Buffer): void {
    if (headerBytes(packet) < 0) return;
    const seen = this.#seen.get(packet.readUInt32BE(8));
    const index = extendSequence(packet.readUInt16BE(2), seen?.highest);
    if (!seen || index - seen.highest >= followEvery) this.readRtp(packet);
  }

  /** The compound packet in clear. */
  readRtcp(packet: Buffer): Buffer | undefined {
    if (packet.length < 8) return undefined;
    const opened = this.#sealing.openRtcp(packet);
    if (!opened) return undefined;
    const ssrc = packet.readUInt32BE(4);
    const seen = this.#seenRtcp.get(ssrc);
    if (seen && isOld(seen, opened.index)) return undefined;
    note(this.#seenRtcp, ssrc, opened.index, seen);
    return opened.packet;
  }
}

/** Seals what is sent. */
export class SrtpWriter {
  readonly #sealing: Sealing;
  readonly #highest = new Map<number, number>();
  #rtcpIndex = 0;

  /** `master`: key and salt. */
  constructor(suite: SrtpSuite, master: Uint8Array) {
    this.#sealing = sealingOf(suite, master);
  }

  /** `header`: what comes before the payload, as `headerBytes` counts it. */
  writeRtp(header: Buffer, payload: Buffer): Buffer {
    const ssrc = header.readUInt32BE(8);
    const index = extendSequence(header.readUInt16BE(2), this.#highest.get(ssrc));
    this.#highest.set(ssrc, Math.max(index, this.#highest.get(ssrc) ?? 0));
    return this.#sealing.sealRtp(header, payload, ssrc, index);
  }

  writeRtcp(packet: Buffer): Buffer {
    this.#rtcpIndex = (this.#rtcpIndex + 1) & 0x7fffffff;
    return this.#sealing.sealRtcp(packet, this.#rtcpIndex);
  }
}

/** As a sender's sequence number goes on without end. `highest`: of what was seen; the nearest to it is meant. */
export function extendSequence(sequence: number, highest: number | undefined): number {
  if (highest === undefined) return sequence;
  const behind = ((sequence - highest) << 16) >> 16;
  return highest + behind;
}

function note(all: Map<number, Seen>, ssrc: number, index: number, seen: Seen | undefined): void {
  if (!seen) {
    all.set(ssrc, { highest: index, window: 1n });
    return;
  }
  const ahead = index - seen.highest;
  if (ahead > 0) {
    seen.window = ahead >= Number(windowBits) ? 1n : ((seen.window << BigInt(ahead)) | 1n) & windowMask;
    seen.highest = index;
  } else seen.window |= 1n << BigInt(-ahead);
}

function isOld({ highest, window }: Seen, index: number): boolean {
  const behind = highest - index;
  if (behind < 0) return false;
  return behind >= Number(windowBits) || ((window >> BigInt(behind)) & 1n) === 1n;
}
