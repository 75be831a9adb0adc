/**
 * MPEG transport streams (ISO/IEC 13818-1) as ffmpeg writes them: one programme with H.264 and AAC, its tables in a packet
 * each, PTS and DTS at the start of each PES packet, the random access indicator at key frames.
 */

export const packetBytes = 188;
/** Of PTS, DTS and the base of PCR. */
export const ticksPerSecond = 90_000;
const tickWrap = 2 ** 33;
const syncByte = 0x47;

export type Kind = "video" | "audio";

/** Cuts what comes in pieces of any size into whole packets. Bytes that belong to none are left out. */
export class PacketAligner {
  #rest: Buffer = Buffer.alloc(0);
  #skippedBytes = 0;

  get skippedBytes(): number {
    return this.#skippedBytes;
  }

  /** A whole number of packets, each with its sync byte. */
  push(chunk: Buffer): Buffer {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const runs: Buffer[] = [];
    let start = 0;
    let at = 0;
    while (at + packetBytes <= data.length) {
      if (data[at] === syncByte) {
        at += packetBytes;
        continue;
      }
      if (at > start) runs.push(data.subarray(start, at));
      const next = nextSync(data, at);
      this.#skippedBytes += next - at;
      start = at = next;
    }
    if (at > start) runs.push(data.subarray(start, at));
    this.#rest = data.subarray(at);
    return runs.length === 1 ? (runs[0] as Buffer) : Buffer.concat(runs);
  }
}

/** Where the next packet begins: at a sync byte that is followed by another, or by nothing yet. */
function nextSync(data: Buffer, from: number): number {
  for (let at = data.indexOf(syncByte, from); at !== -1; at = data.indexOf(syncByte, at + 1)) {
    const following = data[at + packetBytes];
    if (following === undefined || following === syncByte) return at;
  }
  return data.length;
}

export function pidOf(packet: Buffer): number {
  return packet.readUInt16BE(1) & 0x1fff;
}

export function isUnitStart(packet: Buffer): boolean {
  return ((packet[1] ?? 0) & 0x40) !== 0;
}

/** Offset of the payload; 188 where there is none. */
export function payloadOffset(packet: Buffer): number {
  const control = (packet[3] ?? 0) & 0x30;
  if ((control & 0x10) === 0) return packetBytes;
  return control === 0x30 ? Math.min(packetBytes, 5 + (packet[4] ?? 0)) : 4;
}

function hasRandomAccess(packet: Buffer): boolean {
  return ((packet[3] ?? 0) & 0x20) !== 0 && (packet[4] ?? 0) > 0 && ((packet[5] ?? 0) & 0x40) !== 0;
}

/** The tables of a stream, and which PID is what. */
export type Programme = {
  readonly tables: Buffer;
  readonly pmtPid: number;
  readonly videoPid: number;
  /** Absent: there is no sound in it. */
  readonly audioPid?: number;
};

/** Looks at packets one after the other and knows the programme once both tables went by. */
export class ProgrammeReader {
  #pat: Buffer | undefined;
  #pmtPid: number | undefined;
  #programme: Programme | undefined;

  get programme(): Programme | undefined {
    return this.#programme;
  }

  see(packet: Buffer): void {
    const pid = pidOf(packet);
    if (pid === 0) this.#seePat(packet);
    else if (pid === this.#pmtPid) this.#seePmt(packet);
  }

  isKeyFrameStart(packet: Buffer): boolean {
    return this.kindOf(packet) === "video" && isUnitStart(packet) && hasRandomAccess(packet);
  }

  kindOf(packet: Buffer): Kind | undefined {
    if (!this.#programme) return undefined;
    const pid = pidOf(packet);
    if (pid === this.#programme.videoPid) return "video";
    return pid === this.#programme.audioPid ? "audio" : undefined;
  }

  #seePat(packet: Buffer): void {
    const section = sectionOf(packet, 0x00);
    if (!section) return;
    for (let at = 8; at + 4 <= section.length - 4; at += 4) {
      if (section.readUInt16BE(at) === 0) continue;
      this.#pmtPid = section.readUInt16BE(at + 2) & 0x1fff;
      this.#pat = packet;
      return;
    }
  }

  #seePmt(packet: Buffer): void {
    const section = sectionOf(packet, 0x02);
    if (!section || !this.#pat || this.#pmtPid === undefined) return;
    const known = this.#programme;
    if (known && known.pmtPid === this.#pmtPid && known.tables.subarray(packetBytes + 4).equals(packet.subarray(4)))
      return;
    const pids = pidsOf(section);
    if (pids.videoPid === undefined) return;
    this.#programme = {
      tables: Buffer.concat([this.#pat, packet]),
      pmtPid: this.#pmtPid,
      videoPid: pids.videoPid,
      ...(pids.audioPid === undefined ? {} : { audioPid: pids.audioPid }),
    };
  }
}

/** A section that is whole within its packet, checksum included; longer ones are not read. */
function sectionOf(packet: Buffer, tableId: number): Buffer | undefined {
  if (!isUnitStart(packet)) return undefined;
  const payload = packet.subarray(payloadOffset(packet));
  const start = 1 + (payload[0] ?? packetBytes);
  if (start + 12 > payload.length || payload[start] !== tableId) return undefined;
  const end = start + 3 + (payload.readUInt16BE(start + 1) & 0x0fff);
  return end > payload.length || end < start + 16 ? undefined : payload.subarray(start, end);
}

const h264 = 0x1b;
const aacInAdts = 0x0f;

function pidsOf(section: Buffer): { videoPid?: number; audioPid?: number } {
  const pids: { videoPid?: number; audioPid?: number } = {};
  let at = 12 + (section.readUInt16BE(10) & 0x0fff);
  while (at + 5 <= section.length - 4) {
    const pid = section.readUInt16BE(at + 1) & 0x1fff;
    if (section[at] === h264) pids.videoPid ??= pid;
    if (section[at] === aacInAdts) pids.audioPid ??= pid;
    at += 5 + (section.readUInt16BE(at + 3) & 0x0fff);
  }
  return pids;
}

export type PesHeader = {
  /** In ticks; the decoding time is the presentation time where it is not said. */
  readonly pts: number;
  readonly dts: number;
  /** From the start of the PES packet to its data. */
  readonly headerBytes: number;
  /** Data after the header; undefined: until the next PES packet begins. */
  readonly dataBytes: number | undefined;
};

/** Of a packet in which a PES packet begins; undefined where it has no PTS. */
export function pesHeader(packet: Buffer): PesHeader | undefined {
  const pes = packet.subarray(payloadOffset(packet));
  if (pes.length < 14 || pes.readUIntBE(0, 3) !== 1) return undefined;
  const flags = (pes[7] ?? 0) >> 6;
  if ((flags & 2) === 0 || (flags === 3 && pes.length < 19)) return undefined;
  const headerBytes = 9 + (pes[8] ?? 0);
  const length = pes.readUInt16BE(4);
  const pts = readTime(pes, 9);
  return {
    pts,
    dts: flags === 3 ? readTime(pes, 14) : pts,
    headerBytes,
    dataBytes: length === 0 ? undefined : Math.max(0, length + 6 - headerBytes),
  };
}

/** Moves every time in a packet by that many ticks: PCR, and PTS and DTS where a PES packet begins. In place. */
export function shiftTimes(packet: Buffer, ticks: number): void {
  const hasField = ((packet[3] ?? 0) & 0x20) !== 0;
  if (hasField && (packet[4] ?? 0) >= 7 && ((packet[5] ?? 0) & 0x10) !== 0) shiftPcr(packet, ticks);
  if (!isUnitStart(packet)) return;
  const at = payloadOffset(packet);
  if (at + 14 > packetBytes || packet.readUIntBE(at, 3) !== 1) return;
  const flags = (packet[at + 7] ?? 0) >> 6;
  if ((flags & 2) !== 0) writeTime(packet, at + 9, wrap(readTime(packet, at + 9) + ticks));
  if (flags === 3 && at + 19 <= packetBytes) writeTime(packet, at + 14, wrap(readTime(packet, at + 14) + ticks));
}

export function setPid(packet: Buffer, pid: number): void {
  packet.writeUInt16BE((packet.readUInt16BE(1) & 0xe000) | pid, 1);
}

export function setContinuity(packet: Buffer, counter: number): void {
  packet[3] = ((packet[3] ?? 0) & 0xf0) | (counter & 0x0f);
}

/** From `earlier` to `later`, of two times less than 13 hours apart; negative where it goes back. */
export function ticksBetween(earlier: number, later: number): number {
  const ahead = wrap(later - earlier);
  return ahead >= tickWrap / 2 ? ahead - tickWrap : ahead;
}

/** A PES packet of the stream type for audio, cut into packets. */
export function packAudio(pid: number, pts: number, data: Buffer): Buffer[] {
  const header = Buffer.from([0, 0, 1, 0xc0, 0, 0, 0x80, 0x80, 5, 0x21, 0, 1, 0, 1]);
  header.writeUInt16BE(data.length + 8, 4);
  writeTime(header, 9, wrap(pts));
  const pes = Buffer.concat([header, data]);
  const packets: Buffer[] = [];
  for (let at = 0; at < pes.length; ) {
    const piece = pes.subarray(at, at + packetBytes - 4);
    packets.push(packPiece(pid, piece, at === 0));
    at += piece.length;
  }
  return packets;
}

function packPiece(pid: number, piece: Buffer, isStart: boolean): Buffer {
  const packet = Buffer.alloc(packetBytes, 0xff);
  const room = packetBytes - 4 - piece.length;
  packet[0] = syncByte;
  packet.writeUInt16BE((isStart ? 0x4000 : 0) | pid, 1);
  packet[3] = room === 0 ? 0x10 : 0x30;
  if (room > 0) packet[4] = room - 1;
  if (room > 1) packet[5] = 0;
  piece.copy(packet, packetBytes - piece.length);
  return packet;
}

function wrap(ticks: number): number {
  return ((ticks % tickWrap) + tickWrap) % tickWrap;
}

function readTime(data: Buffer, at: number): number {
  const high = ((data[at] ?? 0) >> 1) & 0x07;
  const middle = data.readUInt16BE(at + 1) >> 1;
  const low = data.readUInt16BE(at + 3) >> 1;
  return high * 2 ** 30 + middle * 2 ** 15 + low;
}

function writeTime(data: Buffer, at: number, ticks: number): void {
  data[at] = ((data[at] ?? 0) & 0xf0) | (Math.floor(ticks / 2 ** 30) << 1) | 1;
  data.writeUInt16BE((Math.floor(ticks / 2 ** 15) & 0x7fff) * 2 + 1, at + 1);
  data.writeUInt16BE((ticks % 2 ** 15) * 2 + 1, at + 3);
}

function shiftPcr(packet: Buffer, ticks: number): void {
  const base = packet.readUInt32BE(6) * 2 + ((packet[10] ?? 0) >> 7);
  const shifted = wrap(base + ticks);
  packet.writeUInt32BE(Math.floor(shifted / 2), 6);
  packet[10] = ((packet[10] ?? 0) & 0x7f) | ((shifted % 2) << 7);
}
