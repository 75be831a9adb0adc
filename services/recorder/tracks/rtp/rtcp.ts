/** RTCP (RFC 3550 6, RFC 4585 6) that a receiver sends. */

const type = { receiverReport: 201, transportFeedback: 205, payloadFeedback: 206 } as const;
const senderReport = 200;

/** Of reports, who sends them: there is one of us on each relay. */
const reporter = 1;

function packet(format: number, packetType: number, words: readonly number[]): Buffer {
  const buffer = Buffer.alloc(8 + words.length * 4);
  buffer.writeUInt8(0x80 | format, 0);
  buffer.writeUInt8(packetType, 1);
  buffer.writeUInt16BE(1 + words.length, 2);
  buffer.writeUInt32BE(reporter, 4);
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
  /** With how often it wrapped around. */
  readonly highest: number;
  /** The middle of the last sender report's time, and 1/65536 s since. */
  readonly lastReport: number;
  readonly delay: number;
};

export function receiverReport(reports: readonly Report[]): Buffer {
  const words = reports.flatMap(({ ssrc, fractionLost, lost, highest, lastReport, delay }) => [
    ssrc,
    fractionLost * 0x1000000 + (lost & 0xffffff),
    highest,
    0,
    lastReport,
    delay,
  ]);
  return packet(reports.length, type.receiverReport, words);
}

/** The most that fit in one packet. */
export const reportsPerPacket = 31;

/** Sender reports of a compound packet: by SSRC, the middle of their time. */
export function* senderReports(compound: Buffer): Generator<{ readonly ssrc: number; readonly time: number }> {
  for (let at = 0; at + 8 <= compound.length; at += (compound.readUInt16BE(at + 2) + 1) * 4) {
    if (compound.readUInt8(at + 1) !== senderReport || at + 28 > compound.length) continue;
    yield { ssrc: compound.readUInt32BE(at + 4), time: compound.readUInt32BE(at + 10) };
  }
}
