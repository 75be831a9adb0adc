import { Bits } from "./bits.ts";
import type { Codec } from "./frames.ts";

/** OBU types (AV1 bitstream specification 6.2.2). */
const obu = { sequence: 1, delimiter: 2, tileList: 8, padding: 15 } as const;

const typeOf = (unit: Buffer): number => ((unit[0] ?? 0) >> 3) & 0x0f;

type Length = { readonly value: number; readonly bytes: number };

/** leb128 (4.10.5). Undefined: cut off, or far too large. */
function readLength(data: Buffer, start: number): Length | undefined {
  let value = 0;
  for (let count = 0; count < 4; count += 1) {
    const byte = data[start + count];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * count);
    if ((byte & 0x80) === 0) return { value, bytes: count + 1 };
  }
  return undefined;
}

function writeLength(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left >>>= 7) {
    bytes.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    if (left <= 0x7f) return Buffer.from(bytes);
  }
}

/** OBU elements of one packet (RTP payload format for AV1 4.3, 4.4). */
function readElements(payload: Buffer): Buffer[] | undefined {
  const count = ((payload[0] ?? 0) >> 4) & 3;
  const elements: Buffer[] = [];
  for (let at = 1; at < payload.length; ) {
    const isLast = count !== 0 && elements.length === count - 1;
    const length = isLast ? { value: payload.length - at, bytes: 0 } : readLength(payload, at);
    if (!length || at + length.bytes + length.value > payload.length) return undefined;
    elements.push(payload.subarray(at + length.bytes, at + length.bytes + length.value));
    at += length.bytes + length.value;
  }
  return elements;
}

function readUnits(payloads: readonly Buffer[]): Buffer[] | undefined {
  const units: Buffer[][] = [];
  let isOpen = false;
  for (const payload of payloads) {
    const head = payload[0] ?? 0;
    const elements = readElements(payload);
    if (!elements || elements.length === 0 || ((head & 0x80) !== 0) !== isOpen) return undefined;
    elements.forEach((element, index) => {
      if (index === 0 && isOpen) units.at(-1)?.push(element);
      else units.push([element]);
    });
    isOpen = (head & 0x40) !== 0;
  }
  return isOpen ? undefined : units.map((parts) => Buffer.concat(parts)).filter((unit) => unit.length > 0);
}

/** With its length in it, as files have them. */
function withLength(unit: Buffer): Buffer {
  const head = unit[0] ?? 0;
  if (head & 0x02) return unit;
  const bytes = head & 0x04 ? 2 : 1;
  const start = Buffer.from(unit.subarray(0, bytes));
  start[0] = head | 0x02;
  return Buffer.concat([start, writeLength(unit.length - bytes), unit.subarray(bytes)]);
}

/** What is read of a sequence header (5.5). */
type Sequence = {
  readonly profile: number;
  readonly level: number;
  readonly tier: number;
  readonly width: number;
  readonly height: number;
};

function readSequence(unit: Buffer): Sequence {
  const head = unit[0] ?? 0;
  const start = head & 0x04 ? 2 : 1;
  const length = head & 0x02 ? (readLength(unit, start)?.bytes ?? 0) : 0;
  const bits = new Bits(unit, (start + length) * 8);
  const profile = bits.read(3);
  bits.read(1);
  let [level, tier] = [0, 0];
  if (bits.flag()) level = bits.read(5);
  else [level, tier] = readOperatingPoints(bits);
  const [widthBits, heightBits] = [bits.read(4) + 1, bits.read(4) + 1];
  return { profile, level, tier, width: bits.read(widthBits) + 1, height: bits.read(heightBits) + 1 };
}

/** Level and tier of the first, which is the whole of it. */
function readOperatingPoints(bits: Bits): [number, number] {
  let hasModel = false;
  let delayBits = 0;
  if (bits.flag()) {
    bits.read(64);
    if (bits.flag()) bits.unsigned();
    hasModel = bits.flag();
    if (hasModel) {
      delayBits = bits.read(5) + 1;
      bits.read(42);
    }
  }
  const hasDelay = bits.flag();
  let first: [number, number] = [0, 0];
  const count = bits.read(5) + 1;
  for (let point = 0; point < count; point += 1) {
    bits.read(12);
    const level = bits.read(5);
    const tier = level > 7 ? bits.read(1) : 0;
    if (hasModel && bits.flag()) bits.read(2 * delayBits + 1);
    if (hasDelay && bits.flag()) bits.read(4);
    if (point === 0) first = [level, tier];
  }
  return first;
}

/** AV1CodecConfigurationRecord (AV1 in ISOBMFF 2.3): 4:2:0 of eight bits, which is all that browsers send. */
function configuration(unit: Buffer, { profile, level, tier }: Sequence): Buffer {
  return Buffer.concat([Buffer.from([0x81, (profile << 5) | level, (tier << 7) | 0x0c, 0]), unit]);
}

export const av1: Codec = {
  name: "AV1",
  codecId: "V_AV1",
  clockRateHz: 90_000,
  fileType: "webm",
  isOnePacket: false,
  isStart: (payload) => ((payload[0] ?? 0) & 0x80) === 0,
  assemble: (payloads) => {
    const read = readUnits(payloads);
    const units = read
      ?.filter((unit) => ![obu.delimiter, obu.tileList, obu.padding].some((type) => type === typeOf(unit)))
      .map(withLength);
    if (!units || units.length === 0) return undefined;
    const data = Buffer.concat(units);
    const sequenceUnit = units.find((unit) => typeOf(unit) === obu.sequence);
    if (!sequenceUnit) return { data, isKey: false };
    const sequence = readSequence(sequenceUnit);
    const { width, height } = sequence;
    return { data, isKey: true, size: { width, height }, setup: configuration(sequenceUnit, sequence) };
  },
};
