import { Bits } from "./bits.ts";
import type { Codec } from "./frames.ts";

/** NAL unit types (ITU-T H.264 table 7-1) and packets of them (RFC 6184 5.4). */
const nal = { idr: 5, sps: 7, pps: 8, aggregate: 24, fragment: 28 } as const;

const typeOf = (unit: Buffer): number => (unit[0] ?? 0) & 0x1f;

/** NAL units of the packets of one picture. Undefined: a part is missing. */
function readUnits(payloads: readonly Buffer[]): Buffer[] | undefined {
  const units: Buffer[] = [];
  let fragments: Buffer[] = [];
  for (const payload of payloads) {
    const type = typeOf(payload);
    if (type === nal.fragment) {
      const head = payload[1] ?? 0;
      const isFirst = (head & 0x80) !== 0;
      if (isFirst !== (fragments.length === 0) || payload.length < 3) return undefined;
      if (isFirst) fragments.push(Buffer.from([((payload[0] ?? 0) & 0xe0) | (head & 0x1f)]));
      fragments.push(payload.subarray(2));
      if ((head & 0x40) === 0) continue;
      units.push(Buffer.concat(fragments));
      fragments = [];
      continue;
    }
    if (fragments.length > 0) return undefined;
    if (type === nal.aggregate) {
      for (let at = 1; at + 2 < payload.length; ) {
        const size = payload.readUInt16BE(at);
        if (size === 0 || at + 2 + size > payload.length) return undefined;
        units.push(payload.subarray(at + 2, at + 2 + size));
        at += 2 + size;
      }
    } else if (type > 0 && type < nal.aggregate) units.push(payload);
    else return undefined;
  }
  return fragments.length === 0 ? units : undefined;
}

/** AVCDecoderConfigurationRecord (ISO/IEC 14496-15 5.3.3.1). */
function configuration(sps: Buffer, pps: Buffer): Buffer {
  const head = Buffer.from([1, sps[1] ?? 0, sps[2] ?? 0, sps[3] ?? 0, 0xff, 0xe1]);
  return Buffer.concat([head, withLength(sps, 2), Buffer.from([1]), withLength(pps, 2)]);
}

function withLength(unit: Buffer, bytes: 2 | 4): Buffer {
  const length = Buffer.alloc(bytes);
  length.writeUIntBE(unit.length, 0, bytes);
  return Buffer.concat([length, unit]);
}

/** Profiles whose parameter sets say more of the picture's format. */
const high = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128]);

/** Size in a sequence parameter set (7.3.2.1.1). */
function readSize(sps: Buffer): { readonly width: number; readonly height: number } {
  const bits = new Bits(withoutEmulation(sps), 8);
  const profile = bits.read(8);
  bits.read(16);
  bits.unsigned();
  let chroma = 1;
  if (high.has(profile)) {
    chroma = bits.unsigned();
    if (chroma === 3) bits.read(1);
    bits.unsigned();
    bits.unsigned();
    bits.read(1);
    if (bits.flag()) skipScaling(bits, chroma === 3 ? 12 : 8);
  }
  bits.unsigned();
  const order = bits.unsigned();
  if (order === 0) bits.unsigned();
  else if (order === 1) {
    bits.read(1);
    bits.signed();
    bits.signed();
    for (let left = Math.min(255, bits.unsigned()); left > 0; left -= 1) bits.signed();
  }
  bits.unsigned();
  bits.read(1);
  const width = (bits.unsigned() + 1) * 16;
  const mapHeight = bits.unsigned() + 1;
  const isFrames = bits.flag();
  if (!isFrames) bits.read(1);
  bits.read(1);
  const height = mapHeight * 16 * (isFrames ? 1 : 2);
  if (!bits.flag()) return { width, height };
  const [left, right, top, bottom] = [bits.unsigned(), bits.unsigned(), bits.unsigned(), bits.unsigned()];
  const unitX = chroma === 1 || chroma === 2 ? 2 : 1;
  const unitY = (chroma === 1 ? 2 : 1) * (isFrames ? 1 : 2);
  return { width: width - (left + right) * unitX, height: height - (top + bottom) * unitY };
}

function skipScaling(bits: Bits, lists: number): void {
  for (let list = 0; list < lists; list += 1) {
    if (!bits.flag()) continue;
    let next = 8;
    for (let left = list < 6 ? 16 : 64, last = 8; left > 0; left -= 1) {
      if (next !== 0) next = (last + bits.signed() + 256) % 256;
      if (next !== 0) last = next;
    }
  }
}

/** Without the bytes that keep start codes out (7.4.1). */
function withoutEmulation(unit: Buffer): Buffer {
  const kept: number[] = [];
  for (let at = 0, zeros = 0; at < unit.length; at += 1) {
    const byte = unit[at] ?? 0;
    if (zeros >= 2 && byte === 3) zeros = 0;
    else {
      kept.push(byte);
      zeros = byte === 0 ? zeros + 1 : 0;
    }
  }
  return Buffer.from(kept);
}

const maxDimension = 16_384;

export const h264: Codec = {
  name: "H264",
  codecId: "V_MPEG4/ISO/AVC",
  clockRateHz: 90_000,
  fileType: "mkv",
  isOnePacket: false,
  /** Only a fragment can be in the middle of something. */
  isStart: (payload) => typeOf(payload) !== nal.fragment || ((payload[1] ?? 0) & 0x80) !== 0,
  assemble: (payloads) => {
    const units = readUnits(payloads);
    if (!units || units.length === 0) return undefined;
    const data = Buffer.concat(units.map((unit) => withLength(unit, 4)));
    const isKey = units.some((unit) => typeOf(unit) === nal.idr);
    const [sps, pps] = [nal.sps, nal.pps].map((type) => units.find((unit) => typeOf(unit) === type));
    // Without its parameter sets a decoder could not begin here.
    if (!isKey || !sps || !pps) return { data, isKey: false };
    const size = readSize(sps);
    if (!(size.width > 0 && size.height > 0 && Math.max(size.width, size.height) <= maxDimension)) return undefined;
    return { data, isKey, size, setup: configuration(sps, pps) };
  },
};
