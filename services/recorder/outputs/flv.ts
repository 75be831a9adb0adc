/** Pictures and sound as FLV and RTMP have them (Adobe Flash Video File Format 10.1, E.4.2 and E.4.3; ISO/IEC 14496-15, 5.2.4). */
import { adtsFrames, audioConfig, frameSamples } from "./adts.ts";
import { ticksBetween, ticksPerSecond } from "./transport-stream.ts";
import { dataOf, type Unit } from "./units.ts";

export type FlvTag = {
  readonly kind: "video" | "audio";
  /** Decoding time, in ticks of the transport stream. */
  readonly dts: number;
  readonly isKey: boolean;
  /** Parameters of what follows. */
  readonly isConfig: boolean;
  readonly body: Buffer;
};

const startCode = Buffer.from([0, 0, 1]);
const nal = { sps: 7, pps: 8, delimiter: 9, filler: 12 } as const;
const avc = { key: 0x17, inter: 0x27 } as const;
const aac = 0xaf;

/** Turns units into tags, with the parameters before the first and wherever they change. */
export class FlvPackager {
  #videoConfig: Buffer | undefined;
  #audioConfig: Buffer | undefined;

  /** Parameters are said again with the next key frame. */
  restart(): void {
    this.#videoConfig = undefined;
    this.#audioConfig = undefined;
  }

  take(unit: Unit): FlvTag[] {
    return unit.kind === "video" ? this.#picture(unit) : this.#sound(unit);
  }

  #picture(unit: Unit): FlvTag[] {
    const nals = nalUnits(dataOf(unit));
    const tags: FlvTag[] = [];
    const config = unit.isKey ? decoderConfig(nals) : undefined;
    if (config && !this.#videoConfig?.equals(config)) {
      this.#videoConfig = config;
      tags.push(this.#video(unit, Buffer.concat([Buffer.from([avc.key, 0, 0, 0, 0]), config]), true));
    }
    const head = Buffer.from([unit.isKey ? avc.key : avc.inter, 1, 0, 0, 0]);
    const ahead = Math.round((ticksBetween(unit.dts, unit.pts) * 1_000) / ticksPerSecond);
    head.writeIntBE(Math.max(-0x800000, Math.min(0x7fffff, ahead)), 2, 3);
    const slices = nals.filter((each) => !isParameter(each)).flatMap((each) => [lengthOf(each), each]);
    if (slices.length > 0) tags.push(this.#video(unit, Buffer.concat([head, ...slices]), false));
    return tags;
  }

  #video({ dts, isKey }: Unit, body: Buffer, isConfig: boolean): FlvTag {
    return { kind: "video", dts, isKey, isConfig, body };
  }

  #sound(unit: Unit): FlvTag[] {
    const tags: FlvTag[] = [];
    for (const [n, frame] of adtsFrames(dataOf(unit)).entries()) {
      const dts = unit.pts + (n * frameSamples * ticksPerSecond) / frame.sampleRate;
      const config = audioConfig(frame);
      const tag = (kind: number, data: Buffer): FlvTag => {
        return {
          kind: "audio",
          dts,
          isKey: false,
          isConfig: kind === 0,
          body: Buffer.concat([Buffer.from([aac, kind]), data]),
        };
      };
      if (!this.#audioConfig?.equals(config)) tags.push(tag(0, config));
      this.#audioConfig = config;
      tags.push(tag(1, frame.payload));
    }
    return tags;
  }
}

/** What is between start codes. */
export function nalUnits(data: Buffer): Buffer[] {
  const units: Buffer[] = [];
  let start = data.indexOf(startCode);
  while (start !== -1) {
    const next = data.indexOf(startCode, start + 3);
    let end = next === -1 ? data.length : next;
    while (end > start + 3 && data[end - 1] === 0) end--;
    if (end > start + 3) units.push(data.subarray(start + 3, end));
    start = next;
  }
  return units;
}

function nalType(unit: Buffer): number {
  return (unit[0] ?? 0) & 0x1f;
}

function isParameter(unit: Buffer): boolean {
  const type = nalType(unit);
  return type === nal.sps || type === nal.pps || type === nal.delimiter || type === nal.filler;
}

function lengthOf(unit: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(unit.length);
  return length;
}

/** AVCDecoderConfigurationRecord; undefined where the parameters are not all there. */
function decoderConfig(nals: readonly Buffer[]): Buffer | undefined {
  const sets = (type: number) => nals.filter((each) => nalType(each) === type && each.length <= 0xffff);
  const [sps, pps] = [sets(nal.sps), sets(nal.pps)];
  const [first] = sps;
  if (!first || first.length < 4 || pps.length === 0 || sps.length > 31) return undefined;
  const withLength = (each: Buffer) => [lengthOf(each).subarray(2), each];
  return Buffer.concat([
    Buffer.from([1, first[1] ?? 0, first[2] ?? 0, first[3] ?? 0, 0xff, 0xe0 | sps.length]),
    ...sps.flatMap(withLength),
    Buffer.from([pps.length]),
    ...pps.flatMap(withLength),
  ]);
}
