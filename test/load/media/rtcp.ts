/** RTCP (RFC 3550, RFC 4585, RFC 5104) as much as a participant says and hears. */

const packetTypes = { senderReport: 200, receiverReport: 201, payloadFeedback: 206 } as const;
const feedback = { pictureLoss: 1, fullIntraRequest: 4 } as const;
/** From 1900 to 1970, in seconds. */
const ntpEpoch = 2_208_988_800;
const reportsAtMost = 31;

export type Sent = {
  readonly ssrc: number;
  readonly timestamp: number;
  readonly packets: number;
  readonly octets: number;
};

/** One stream as its receiver sees it. */
export type ReportBlock = { readonly ssrc: number; readonly lost: number; readonly highestSequence: number };

export function writeSenderReport({ ssrc, timestamp, packets, octets }: Sent, epochMs: number): Buffer {
  const report = Buffer.alloc(28);
  report[0] = 0x80;
  report[1] = packetTypes.senderReport;
  report.writeUInt16BE(6, 2);
  report.writeUInt32BE(ssrc, 4);
  const seconds = epochMs / 1000;
  report.writeUInt32BE((Math.floor(seconds) + ntpEpoch) >>> 0, 8);
  report.writeUInt32BE(Math.floor((seconds % 1) * 2 ** 32), 12);
  report.writeUInt32BE(timestamp >>> 0, 16);
  report.writeUInt32BE(packets >>> 0, 20);
  report.writeUInt32BE(octets >>> 0, 24);
  return report;
}

export function writeReceiverReport(own: number, blocks: readonly ReportBlock[]): Buffer {
  const reported = blocks.slice(0, reportsAtMost);
  const report = Buffer.alloc(8 + reported.length * 24);
  report[0] = 0x80 | reported.length;
  report[1] = packetTypes.receiverReport;
  report.writeUInt16BE(report.length / 4 - 1, 2);
  report.writeUInt32BE(own, 4);
  for (const [index, { ssrc, lost, highestSequence }] of reported.entries()) {
    const at = 8 + index * 24;
    report.writeUInt32BE(ssrc, at);
    report.writeUIntBE(Math.min(lost, 0x7f_ffff), at + 5, 3);
    report.writeUInt32BE(highestSequence >>> 0, at + 8);
  }
  return report;
}

/** The SSRCs of which somebody asks for a key frame. */
export function keyFrameRequestsIn(compound: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at + 4 <= compound.length; ) {
    const end = at + (compound.readUInt16BE(at + 2) + 1) * 4;
    if (end > compound.length) break;
    if (compound[at + 1] === packetTypes.payloadFeedback) {
      const format = (compound[at] ?? 0) & 0x1f;
      if (format === feedback.pictureLoss && end >= at + 12) found.push(compound.readUInt32BE(at + 8));
      if (format === feedback.fullIntraRequest) {
        for (let entry = at + 12; entry + 8 <= end; entry += 8) found.push(compound.readUInt32BE(entry));
      }
    }
    at = end;
  }
  return found;
}
