/** RTCP (RFC 3550 6, RFC 4585 6) of those who take part. */

const type = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  bye: 203,
  transportFeedback: 205,
  payloadFeedback: 206,
} as const;

/** Who only receives, and is the only one of a relay that does. */
const onlyReceiver = 1;

function packet(format: number, packetType: number, words: readonly number[], from = onlyReceiver): Buffer {
  const buffer = Buffer.alloc(8 + words.length * 4);
  buffer.writeUInt8(0x80 | format, 0);
  buffer.writeUInt8(packetType, 1);
  buffer.writeUInt16BE(1 + words.length, 2);
  buffer.writeUInt32BE(from, 4);
  for (const [index, word] of words.entries()) buffer.writeUInt32BE(word >>> 0, 8 + index * 4);
  return buffer;
}

/** A key frame is wanted (RFC 4585 6.3.1). */
export function pictureLoss(ssrc: number): Buffer {
  return packet(1, type.payloadFeedback, [ssrc]);
}

/** These are missing (RFC 4585 6.2.1). `sequences` in order. */
export function missing(ssrc: number, sequences: readonly number[]): Buffer {
  const words: number[] = [ssrc];
  for (let at = 0; at < sequences.length; ) {
    const first = sequences[at] ?? 0;
    let mask = 0;
    for (at += 1; at < sequences.length; at += 1) {
      const distance = ((sequences[at] ?? 0) - first) & 0xffff;
      if (distance > 16) break;
      mask |= 1 << (distance - 1);
    }
    words.push(first * 0x10000 + mask);
  }
  return packet(1, type.transportFeedback, words);
}

export type Report = {
  readonly ssrc: number;
  /** Of 256. */
  readonly fractionLost: number;
  readonly lost: number;
  /** In units of the stream's clock; left out: 0. */
  readonly jitter?: number;
  /** With how often it wrapped around. */
  readonly highest: number;
  /** The middle of the last sender report's time, and 1/65536 s since. */
  readonly lastReport: number;
  readonly delay: number;
};

export function receiverReport(reports: readonly Report[], from = onlyReceiver): Buffer {
  return packet(reports.length, type.receiverReport, reports.flatMap(reportWords), from);
}

const reportWords = ({ ssrc, fractionLost, lost, highest, jitter, lastReport, delay }: Report): number[] => [
  ssrc,
  fractionLost * 0x1000000 + (lost & 0xffffff),
  highest,
  jitter ?? 0,
  lastReport,
  delay,
];

export type Sent = {
  readonly ssrc: number;
  /** ms since 1970, and the RTP timestamp of the same moment. */
  readonly timeMs: number;
  readonly timestamp: number;
  readonly packets: number;
  readonly bytes: number;
};

/** Seconds from 1900 to 1970. */
const ntpEpoch = 2_208_988_800;

export function senderReport({ ssrc, timeMs, timestamp, packets, bytes }: Sent, reports: readonly Report[]): Buffer {
  const seconds = Math.floor(timeMs / 1_000);
  const fraction = Math.floor(((timeMs - seconds * 1_000) / 1_000) * 0x1_0000_0000);
  const words = [seconds + ntpEpoch, fraction, timestamp, packets, bytes, ...reports.flatMap(reportWords)];
  return packet(reports.length, type.senderReport, words, ssrc);
}

/** With nothing but the name that is the same for all streams of one sender (RFC 3550 6.5.1). `name`: ASCII. */
export function sourceDescription(ssrc: number, name: string): Buffer {
  const item = Buffer.from(`\u0001${String.fromCharCode(name.length)}${name}\0`, "latin1");
  const padded = Buffer.concat([item, Buffer.alloc((4 - (item.length % 4)) % 4)]);
  const words = Array.from({ length: padded.length / 4 }, (_, at) => padded.readUInt32BE(at * 4));
  return packet(1, type.sourceDescription, words, ssrc);
}

export function goodbye(ssrc: number): Buffer {
  return packet(1, type.bye, [], ssrc);
}

/** The most that fit in one packet. */
export const reportsPerPacket = 31;

/** Sender reports of a compound packet: by SSRC, the middle of their time. */
export function* senderReports(compound: Buffer): Generator<{ readonly ssrc: number; readonly time: number }> {
  for (let at = 0; at + 8 <= compound.length; at += (compound.readUInt16BE(at + 2) + 1) * 4) {
    if (compound.readUInt8(at + 1) !== type.senderReport || at + 28 > compound.length) continue;
    yield { ssrc: compound.readUInt32BE(at + 4), time: compound.readUInt32BE(at + 10) };
  }
}

/** What others say of streams they receive: of 256, how much was lost lately. */
export function* receptionReports(
  compound: Buffer,
): Generator<{ readonly ssrc: number; readonly fractionLost: number }> {
  for (let at = 0; at + 8 <= compound.length; at += (compound.readUInt16BE(at + 2) + 1) * 4) {
    const kind = compound.readUInt8(at + 1);
    if (kind !== type.senderReport && kind !== type.receiverReport) continue;
    const start = at + (kind === type.senderReport ? 28 : 8);
    const count = compound.readUInt8(at) & 0x1f;
    for (let block = start; block < start + count * 24 && block + 24 <= compound.length; block += 24)
      yield { ssrc: compound.readUInt32BE(block), fractionLost: compound.readUInt8(block + 4) };
  }
}
