/** What captures, whichever kind: a browser whose stream is fanned out, or the bridges' tracks straight into a folder. */
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { Hub } from "../outputs/hub.ts";
import { type CaptureEnd, type Composite, type Layout, SessionError, type TrackCapture } from "./contract.ts";
import type { Stored } from "./file-run.ts";

export const captureTimes = {
  /** A composite sends something all the time; one that sent nothing for so long is stuck. */
  stallMs: 10_000,
  /** How long the end of a broken one is waited for. */
  closeMs: 8_000,
} as const;

export interface Capture {
  readonly attempt: number;
  readonly startedMs: number;
  readonly ended: Promise<CaptureEnd>;
  setLayout(layout: Layout): Promise<void>;
  figures(): { readonly frames: number; readonly droppedFrames: number };
  /** Where sinks are added; undefined where it writes by itself. */
  readonly hub: Hub | undefined;
  /** The recording whose folder it writes to by itself. */
  readonly recording: string | undefined;
  stored(): Stored;
  /** To be looked at each second: whether it is stuck. */
  stallOf(): SessionError | undefined;
  close(): Promise<void>;
}

type Born = { readonly attempt: number; readonly clock: Clock; readonly log: Log };

export function captureOfComposite(composite: Composite, { attempt, clock, log }: Born): Capture {
  const hub = new Hub({ log });
  void hub.feed(composite.media);
  let isFlowing = false;
  composite.media.on("data", () => {
    isFlowing = true;
  });
  const startedMs = clock.now();
  let flowedMs = startedMs;
  return {
    attempt,
    startedMs,
    ended: composite.ended,
    setLayout: (layout) => composite.setLayout(layout),
    figures: () => composite.figures(),
    hub,
    recording: undefined,
    stored: () => ({ seconds: 0, bytes: 0 }),
    stallOf() {
      if (isFlowing) flowedMs = clock.now();
      isFlowing = false;
      if (clock.now() - flowedMs < captureTimes.stallMs) return undefined;
      return new SessionError("encoder-died", "no picture came for ten seconds");
    },
    close: closeOnce(composite, clock),
  };
}

export function captureOfTracks(
  tracks: TrackCapture,
  { attempt, clock, recording }: Born & { recording: string },
): Capture {
  const startedMs = clock.now();
  let endedMs: number | undefined;
  const close = closeOnce(tracks, clock);
  return {
    attempt,
    startedMs,
    ended: tracks.ended,
    setLayout: async () => {},
    figures: () => ({ frames: 0, droppedFrames: 0 }),
    hub: undefined,
    recording,
    stored: () => ({ seconds: ((endedMs ?? clock.now()) - startedMs) / 1000, bytes: tracks.storedBytes }),
    stallOf: () => undefined,
    close() {
      endedMs ??= clock.now();
      return close();
    },
  };
}

/** Safe to be called twice; doesn't wait for ever for what is broken. */
function closeOnce(part: AsyncDisposable, clock: Clock): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= new Promise<void>((resolve, reject) => {
      const timer: Timer = clock.after(captureTimes.closeMs, resolve);
      const end = async () => {
        try {
          await part[Symbol.asyncDispose]();
        } finally {
          timer.cancel();
        }
      };
      end().then(resolve, reject);
    });
    return closing;
  };
}
