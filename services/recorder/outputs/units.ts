/** PES packets of a transport stream, put together: an encoded picture each, or a few frames of sound. */
import {
  isUnitStart,
  type Kind,
  PacketAligner,
  type PesHeader,
  type Programme,
  ProgrammeReader,
  packetBytes,
  payloadOffset,
  pesHeader,
} from "./transport-stream.ts";

export type Unit = {
  readonly kind: Kind;
  readonly isKey: boolean;
  /** In ticks of 90 kHz, as they stand in the stream. */
  readonly pts: number;
  readonly dts: number;
  readonly packets: readonly Buffer[];
};

type Open = { readonly header: PesHeader; readonly isKey: boolean; readonly packets: Buffer[]; dataBytes: number };

/** More than any picture of ours; what is longer is left out. */
const maxUnitBytes = 16 * 2 ** 20;

/** Hands over each unit when it is whole, in the order of their ends. What comes before the first key frame is left out. */
export class UnitReader {
  readonly #aligner = new PacketAligner();
  readonly #programmes = new ProgrammeReader();
  readonly #open = new Map<Kind, Open>();
  readonly #onUnit: (unit: Unit) => void;
  #hasBegun = false;

  constructor(onUnit: (unit: Unit) => void) {
    this.#onUnit = onUnit;
  }

  get programme(): Programme | undefined {
    return this.#programmes.programme;
  }

  push(chunk: Buffer): void {
    const packets = this.#aligner.push(chunk);
    for (let at = 0; at < packets.length; at += packetBytes) this.#read(packets.subarray(at, at + packetBytes));
  }

  /** Hands over what is open, where the stream ended in an orderly way: otherwise its end may be missing. */
  end(isWhole: boolean): void {
    for (const [kind, open] of this.#open) if (isWhole) this.#emit(kind, open);
    this.#open.clear();
  }

  #read(packet: Buffer): void {
    this.#programmes.see(packet);
    const kind = this.#programmes.kindOf(packet);
    if (kind === undefined) return;
    if (isUnitStart(packet)) this.#start(kind, packet);
    else this.#open.get(kind)?.packets.push(packet);
    this.#grow(kind, packet);
  }

  #start(kind: Kind, packet: Buffer): void {
    const before = this.#open.get(kind);
    this.#open.delete(kind);
    if (before) this.#emit(kind, before);
    const isKey = this.#programmes.isKeyFrameStart(packet);
    this.#hasBegun ||= isKey;
    const header = this.#hasBegun ? pesHeader(packet) : undefined;
    if (header) this.#open.set(kind, { header, isKey, packets: [packet], dataBytes: -header.headerBytes });
  }

  #grow(kind: Kind, packet: Buffer): void {
    const open = this.#open.get(kind);
    if (!open) return;
    open.dataBytes += packetBytes - payloadOffset(packet);
    const isWhole = open.header.dataBytes !== undefined && open.dataBytes >= open.header.dataBytes;
    if (isWhole || open.dataBytes > maxUnitBytes) this.#open.delete(kind);
    if (isWhole) this.#emit(kind, open);
  }

  #emit(kind: Kind, { header, isKey, packets }: Open): void {
    this.#onUnit({ kind, isKey, pts: header.pts, dts: header.dts, packets });
  }
}

/** The elementary stream in a unit: H.264 with start codes, or ADTS frames. */
export function dataOf(unit: Unit): Buffer {
  const [first] = unit.packets;
  const header = first && pesHeader(first);
  if (!header) return Buffer.alloc(0);
  const data = Buffer.concat(unit.packets.map((packet) => packet.subarray(payloadOffset(packet)))).subarray(
    header.headerBytes,
  );
  return header.dataBytes === undefined ? data : data.subarray(0, header.dataBytes);
}
