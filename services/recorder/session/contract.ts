/** What the parts of a session are to each other: one captures, others keep or send on what it captured. */
import type { Readable } from "node:stream";

export type Layout = "speaker" | "grid" | "screen";

/** One sitting of one room. */
export type Meeting = {
  readonly job: string;
  readonly tenant: string;
  /** Room id of events.md. */
  readonly room: string;
  readonly session: string;
  /** Node of the room's address, percent-encoded: "5%d0%b0". */
  readonly roomName: string;
  readonly roomJid: string;
};

/** Codes of veche.recorder.v1.Failure. */
export type FailureCode =
  | "join-failed"
  | "no-media"
  | "browser-died"
  | "encoder-died"
  | "target-unreachable"
  | "target-refused"
  | "no-disk"
  | "bridge-lost"
  | "limit"
  | "internal";

/** Why a part came to its end by itself. Its text is for people and holds no key and no address of a stream. */
export class SessionError extends Error {
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SessionError";
    this.code = code;
  }
}

/** How a capture ended that nobody ended: the meeting is over, or something broke. */
export type CaptureEnd = { readonly reason: "empty" } | { readonly reason: "failed"; readonly error: SessionError };

/** A browser in the meeting, and the encoder of what it shows and plays. Disposing of it ends both. */
export interface Composite extends AsyncDisposable {
  /** MPEG transport stream: H.264 and AAC, a key frame every two seconds. */
  readonly media: Readable;
  readonly ended: Promise<CaptureEnd>;
  setLayout(layout: Layout): Promise<void>;
  figures(): { readonly frames: number; readonly droppedFrames: number };
}

/** `open` resolves when it is in the meeting and encodes; rejects with SessionError. */
export type CompositeOptions = {
  readonly meeting: Meeting;
  readonly layout: Layout;
  /** What the occupant says of itself, as Jibri's does: a mode, a session id, where a stream is watched. */
  readonly presence: { readonly mode: "file" | "stream"; readonly sessionId: string; readonly viewUrl: string };
  /** A bound on the bitrate, for streams. */
  readonly isLive: boolean;
  readonly signal: AbortSignal;
};

/** What is safe on disk. */
export type Stored = { readonly seconds: number; readonly bytes: number };

/** Files of each source, written as they come, from the bridges. Disposing of it closes them. */
export interface TrackCapture extends AsyncDisposable {
  readonly ended: Promise<CaptureEnd>;
  readonly storedBytes: number;
}

/** Takes a transport stream and does something with it, on its own: what it can't keep up with is its own loss. */
export interface Sink extends AsyncDisposable {
  write(chunk: Buffer): void;
  /** Rejects with SessionError when it can't go on; never resolves before it is disposed of. */
  readonly failed: Promise<never>;
}

/** Keeps the stream as segments that are safe on disk within seconds. */
export interface SegmentSink extends Sink {
  readonly stored: Stored;
}

export type PushState = {
  readonly status: "pending" | "on" | "retrying" | "off";
  readonly retries: number;
  readonly error?: SessionError;
};

/** Sends the stream to one address, and tries again when it is lost. */
export interface PushSink extends Sink {
  readonly state: PushState;
}

/** A finished file, by its name below the recording's folder. */
export type StoredFile = {
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
  readonly durationSeconds: number;
  readonly sha256: string;
};
