import { Bits } from "./bits.ts";
import type { Codec } from "./frames.ts";

type Size = { readonly width: number; readonly height: number };
type Descriptor = {
  readonly bytes: number;
  readonly isStart: boolean;
  readonly isInter: boolean;
  /** Of each layer, low to high, where it is said. */
  readonly sizes: readonly Size[];
};

/** Payload descriptor (RFC 9628 4.2). Undefined: cut off. */
function readDescriptor(payload: Buffer): Descriptor | undefined {
  const first = payload[0] ?? 0;
  const [hasPicture, isInter, hasLayers, isFlexible, isStart, hasStructure] = [0x80, 0x40, 0x20, 0x10, 0x08, 0x02].map(
    (bit) => (first & bit) !== 0,
  );
  let at = 1;
  if (hasPicture) at += (payload[at] ?? 0) & 0x80 ? 2 : 1;
  if (hasLayers) at += isFlexible ? 1 : 2;
  if (isFlexible && isInter) {
    for (let count = 0; count < 3; count += 1) {
      at += 1;
      if (((payload[at - 1] ?? 0) & 1) === 0) break;
    }
  }
  const sizes = hasStructure ? readSizes(payload, at) : [];
  if (hasStructure) at += structureBytes(payload, at);
  if (at >= payload.length) return undefined;
  return { bytes: at, isStart: isStart === true, isInter: isInter === true, sizes };
}

function structureBytes(payload: Buffer, start: number): number {
  const first = payload[start] ?? 0;
  let at = start + 1;
  if (first & 0x10) at += ((first >> 5) + 1) * 4;
  if (first & 0x08) {
    const pictures = payload[at] ?? 0;
    at += 1;
    for (let count = 0; count < pictures; count += 1) at += 1 + (((payload[at] ?? 0) >> 2) & 3);
  }
  return at - start;
}

function readSizes(payload: Buffer, start: number): Size[] {
  const first = payload[start] ?? 0;
  const count = (first >> 5) + 1;
  if ((first & 0x10) === 0 || start + 1 + count * 4 > payload.length) return [];
  return Array.from({ length: count }, (_, layer) => {
    const at = start + 1 + layer * 4;
    return { width: payload.readUInt16BE(at), height: payload.readUInt16BE(at + 2) };
  });
}

/**
 * A key frame that is only there for a larger one to be made of is not shown itself: the bit that says so is the seventh
 * (bitstream specification 6.2; of profile 0 to 2).
 */
function hide(frame: Buffer): Buffer {
  const hidden = Buffer.from(frame);
  hidden[0] = (frame[0] ?? 0) & 0xfd;
  return hidden;
}

/** Several layers of one picture with their sizes behind them (VP9 bitstream specification, annex B). */
function superframe(frames: readonly Buffer[]): Buffer {
  const [only] = frames;
  if (only && frames.length === 1) return only;
  const sizeBytes = 4;
  const marker = 0xc0 | ((sizeBytes - 1) << 3) | (frames.length - 1);
  const index = Buffer.alloc(2 + sizeBytes * frames.length, marker);
  for (const [at, frame] of frames.entries()) index.writeUInt32LE(frame.length, 1 + at * sizeBytes);
  return Buffer.concat([...frames, index]);
}

/** Of a key frame (bitstream specification 6.2); undefined where it is none. */
function readSize(frame: Buffer): Size | undefined {
  const bits = new Bits(frame);
  if (bits.read(2) !== 2) return undefined;
  const profile = bits.read(1) + bits.read(1) * 2;
  if (profile === 3) bits.read(1);
  const [showsExisting, isInter] = [bits.flag(), bits.flag()];
  if (showsExisting || isInter) return undefined;
  bits.read(2);
  if (bits.read(24) !== 0x498342) return undefined;
  if (profile >= 2) bits.read(1);
  const isRgb = bits.read(3) === 7;
  if (!isRgb) bits.read(1);
  if (profile === 1 || profile === 3) bits.read(isRgb ? 1 : 3);
  return { width: bits.read(16) + 1, height: bits.read(16) + 1 };
}

const maxLayers = 8;

export const vp9: Codec = {
  name: "VP9",
  codecId: "V_VP9",
  clockRateHz: 90_000,
  fileType: "webm",
  isOnePacket: false,
  isStart: (payload) => readDescriptor(payload)?.isStart ?? false,
  assemble: (payloads) => {
    const layers: Buffer[][] = [];
    let isKey = false;
    let sizes: readonly Size[] = [];
    for (const payload of payloads) {
      const descriptor = readDescriptor(payload);
      if (!descriptor) return undefined;
      if (descriptor.isStart) {
        if (layers.length === 0) isKey = !descriptor.isInter;
        if (descriptor.sizes.length > 0) sizes = descriptor.sizes;
        layers.push([]);
      }
      layers.at(-1)?.push(payload.subarray(descriptor.bytes));
    }
    const frames = layers.map((parts) => Buffer.concat(parts));
    const [lowest] = frames;
    if (!lowest || frames.length > maxLayers) return undefined;
    if (!isKey) return { data: superframe(frames), isKey };
    const own = readSize(lowest);
    if (!own) return undefined;
    const shown = frames.length > 1 ? [hide(lowest), ...frames.slice(1)] : frames;
    return { data: superframe(shown), isKey, size: sizes[frames.length - 1] ?? own };
  },
};
