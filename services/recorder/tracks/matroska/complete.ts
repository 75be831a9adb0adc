import { type FileHandle, open } from "node:fs/promises";
import { element, float, type Head, id, readHead, room, unsigned, writeId, writeLength } from "./ebml.ts";
import { durationBytes, seekHeadBytes } from "./write.ts";

/** What is at the head of a file of ours, and of a cluster. */
const startBytes = 65_536;
const peekBytes = 32;

type Cluster = {
  readonly at: number;
  readonly timeMs: number;
  readonly start: number;
  readonly end: number;
  /** A decoder can begin with it. */
  readonly isKey: boolean;
};

export type Completed = { readonly durationMs: number; readonly sizeBytes: number };

/**
 * Gives a file of ours its length and an index, so that players can seek in it; what was cut off in the middle of being
 * written is left out. A file that is complete already stays as it is. Undefined: there is nothing in it to be played.
 */
export async function complete(path: string): Promise<Completed | undefined> {
  await using file = await open(path, "r+");
  const { size } = await file.stat();
  const start = await read(file, 0, Math.min(size, startBytes));
  const segment = findSegment(start);
  if (!segment) return undefined;
  const clusters = await findClusters(file, segment, start, size);
  const last = clusters.at(-1);
  if (!last) return undefined;
  const durationMs = await endOf(file, last);
  const isComplete = segment.length !== undefined;
  if (isComplete) return { durationMs, sizeBytes: size };
  const cues = writeCues(clusters, segment.start);
  await file.truncate(last.end);
  await file.write(cues, 0, cues.length, last.end);
  await fillIn(file, segment, start, last.end, durationMs);
  await file.datasync();
  return { durationMs, sizeBytes: last.end + cues.length };
}

async function read(file: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, at);
  return buffer.subarray(0, bytesRead);
}

function findSegment(start: Buffer): Head | undefined {
  const head = readHead(start, 0);
  if (head?.id !== id.ebml || head.length === undefined) return undefined;
  const segment = readHead(start, head.start + head.length);
  return segment?.id === id.segment ? segment : undefined;
}

/** Those that are whole. */
async function findClusters(file: FileHandle, segment: Head, start: Buffer, size: number): Promise<Cluster[]> {
  const clusters: Cluster[] = [];
  for (let at = segment.start; at < size; ) {
    const isAtStart = at + peekBytes <= start.length;
    const peek = isAtStart ? start.subarray(at, at + peekBytes) : await read(file, at, peekBytes);
    const head = readHead(peek, 0);
    if (!head || head.length === undefined) break;
    const end = at + head.start + head.length;
    if (end > size) break;
    if (head.id === id.cluster) {
      const time = readHead(peek, head.start);
      if (time?.id !== id.timestamp || time.length === undefined) break;
      const timeMs = peek.readUIntBE(time.start, Math.min(6, time.length));
      const start = time.start + time.length;
      clusters.push({ at, timeMs, start: at + start, end, isKey: beginsWithKey(peek, start) });
    }
    at = end;
  }
  return clusters;
}

function beginsWithKey(peek: Buffer, at: number): boolean {
  const block = readHead(peek, at);
  return block?.id === id.simpleBlock && ((peek[block.start + 3] ?? 0) & 0x80) !== 0;
}

/** Time of its last block. */
async function endOf(file: FileHandle, { timeMs, start, end }: Cluster): Promise<number> {
  const data = await read(file, start, end - start);
  let last = 0;
  for (let at = 0; at < data.length; ) {
    const block = readHead(data, at);
    if (!block || block.length === undefined || block.start + 4 > data.length) break;
    last = data.readInt16BE(block.start + 1);
    at = block.start + block.length;
  }
  return timeMs + last;
}

function writeCues(clusters: readonly Cluster[], segmentStart: number): Buffer {
  const points = clusters
    .filter(({ isKey }) => isKey)
    .map(({ at, timeMs }) =>
      element(
        id.cuePoint,
        unsigned(id.cueTime, timeMs),
        element(id.cueTrackPositions, unsigned(id.cueTrack, 1), unsigned(id.cueClusterPosition, at - segmentStart)),
      ),
    );
  return element(id.cues, ...points);
}

/** The segment's length comes last: with it the file is complete. */
async function fillIn(file: FileHandle, segment: Head, start: Buffer, cuesAt: number, durationMs: number) {
  const seek = element(
    id.seekHead,
    element(id.seek, element(id.seekId, writeId(id.cues)), unsigned(id.seekPosition, cuesAt - segment.start)),
  );
  const seekHead = Buffer.concat([seek, room(seekHeadBytes - seek.length)]);
  await file.write(seekHead, 0, seekHead.length, segment.start);
  const durationAt = findDuration(start, segment.start);
  if (durationAt !== undefined) {
    const duration = float(id.duration, durationMs);
    await file.write(duration, 0, duration.length, durationAt);
  }
  const { size } = await file.stat();
  const length = writeLength(size - segment.start, 8);
  await file.write(length, 0, length.length, segment.start - length.length);
}

/** The room that was left in the file's description. */
function findDuration(start: Buffer, from: number): number | undefined {
  for (let at = from; at < start.length; ) {
    const head = readHead(start, at);
    if (!head || head.length === undefined) return undefined;
    const end = head.start + head.length;
    const hasRoom = head.id === id.info && readHead(start, end - durationBytes)?.id === id.void;
    if (head.id === id.info) return hasRoom ? end - durationBytes : undefined;
    at = end;
  }
  return undefined;
}
