/** When a composite has come to its end by itself. Times are milliseconds of one clock. */
import { type CaptureEnd, type FailureCode, SessionError } from "../session/contract.ts";
import type { PageState } from "./page.ts";

export const limits = {
  /** Without a picture, a drawn page, or anything out of the encoder. */
  quietMs: 5_000,
  emptyMs: 30_000,
  /** Out of the room, or without the bridge: the app tries again meanwhile. */
  apartMs: 60_000,
} as const;

export class Vigil {
  #encoded = 0;
  #encodedAt: number;
  #written = 0;
  #writtenAt: number;
  #peopleAt: number;
  #joinedAt: number;
  #connectedAt: number | undefined;
  #people = 1;
  #leave: CaptureEnd | undefined;

  constructor(now: number) {
    this.#encodedAt = now;
    this.#writtenAt = now;
    this.#peopleAt = now;
    this.#joinedAt = now;
  }

  /** Pictures since the start, told by a page that is drawn. */
  encoded(frames: number, now: number): void {
    if (frames > this.#encoded) this.#encodedAt = now;
    this.#encoded = frames;
  }

  /** What came out of ffmpeg since the start. */
  written(bytes: number, now: number): void {
    if (bytes > this.#written) this.#writtenAt = now;
    this.#written = bytes;
  }

  saw({ phase, participants, isConnected }: PageState, now: number): void {
    if (phase === "ended") this.#leave ??= { reason: "empty" };
    if (phase === "failed") this.#leave ??= failed("join-failed", "the recorder could not stay in the meeting");
    if (phase === "joined") this.#joinedAt = now;
    // Who is still on the way back into the room sees nobody there.
    this.#people = participants;
    if (phase !== "joined" || participants > 0) this.#peopleAt = now;
    if (isConnected) this.#connectedAt = now;
  }

  /** How it ended; undefined while it goes on. */
  check(now: number): CaptureEnd | undefined {
    if (this.#leave) return this.#leave;
    if (now - this.#encodedAt > limits.quietMs) return failed("browser-died", "the page of the recorder hangs");
    if (now - this.#writtenAt > limits.quietMs) return failed("encoder-died", "the encoder hangs");
    if (now - this.#joinedAt > limits.apartMs) return failed("no-media", "the recorder has lost the room");
    // One alone needs no bridge; it may also never have been reached while nobody sent.
    const isBridgeLost = this.#connectedAt !== undefined && now - this.#connectedAt > limits.apartMs;
    if (isBridgeLost && this.#people > 1) return failed("no-media", "the recorder has lost the videobridge");
    return now - this.#peopleAt >= limits.emptyMs ? { reason: "empty" } : undefined;
  }
}

export function failed(code: FailureCode, text: string): CaptureEnd {
  return { reason: "failed", error: new SessionError(code, text) };
}
