import { element, float, id, room, text, unknownLength, unsigned, writeId } from "./ebml.ts";

/** What a file holds: one track. */
export type TrackDescription = {
  readonly fileType: "webm" | "mkv";
  readonly codecId: string;
  readonly setup?: Buffer | undefined;
  /** Of pictures. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
  /** ms since 1970. */
  readonly startedMs: number;
};

/** Room for where the index is, and for how long the file is: filled in when it is whole. */
export const seekHeadBytes = 64;
export const durationBytes = 14;

/** Matroska's dates count from 2001, in ns. */
const epochMs = 978_307_200_000;
const app = "veche";
/** Ten frames of Opus are decoded before what they give is right (RFC 7845 4.6). */
const opusPreRollNs = 80_000_000;
const trackType = { video: 1, audio: 2 } as const;

/** All that comes before the first cluster. */
export function writeStart({ fileType, codecId, setup, size, startedMs }: TrackDescription): Buffer {
  const date = Buffer.alloc(8);
  date.writeBigInt64BE(BigInt(Math.round(startedMs) - epochMs) * 1_000_000n, 0);
  const opus = codecId === "A_OPUS" ? [unsigned(id.codecDelay, 0), unsigned(id.seekPreRoll, opusPreRollNs)] : [];
  const media = size
    ? element(id.video, unsigned(id.pixelWidth, size.width), unsigned(id.pixelHeight, size.height))
    : element(id.audio, float(id.samplingFrequency, 48_000), unsigned(id.channels, 2));
  return Buffer.concat([
    element(
      id.ebml,
      unsigned(id.version, 1),
      unsigned(id.readVersion, 1),
      unsigned(id.maxIdLength, 4),
      unsigned(id.maxSizeLength, 8),
      text(id.docType, fileType === "webm" ? "webm" : "matroska"),
      unsigned(id.docTypeVersion, 4),
      unsigned(id.docTypeReadVersion, 2),
    ),
    writeId(id.segment),
    unknownLength,
    room(seekHeadBytes),
    element(
      id.info,
      unsigned(id.timestampScale, 1_000_000),
      element(id.date, date),
      text(id.muxingApp, app),
      text(id.writingApp, app),
      room(durationBytes),
    ),
    element(
      id.tracks,
      element(
        id.trackEntry,
        unsigned(id.trackNumber, 1),
        unsigned(id.trackUid, 1),
        unsigned(id.trackType, size ? trackType.video : trackType.audio),
        unsigned(id.lacing, 0),
        text(id.codecId, codecId),
        ...(setup ? [element(id.codecPrivate, setup)] : []),
        ...opus,
        media,
      ),
    ),
  ]);
}

export type Block = { readonly timeMs: number; readonly data: Buffer; readonly isKey: boolean };

/** Times within a cluster have 16 bits with their sign. */
export const clusterSpanMs = 0x7fff;

/** Blocks in the order of their times, the last no more than `clusterSpanMs` after the first. */
export function writeCluster(blocks: readonly Block[]): Buffer {
  const start = blocks[0]?.timeMs ?? 0;
  return element(
    id.cluster,
    unsigned(id.timestamp, start),
    ...blocks.map(({ timeMs, data, isKey }) => {
      const head = Buffer.alloc(4);
      head.writeUInt8(0x81, 0);
      head.writeInt16BE(timeMs - start, 1);
      head.writeUInt8(isKey ? 0x80 : 0, 3);
      return element(id.simpleBlock, head, data);
    }),
  );
}
