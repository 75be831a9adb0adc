/** What captures, whichever kind: a browser whose stream is fanned out, or the bridges' tracks straight into a folder. */
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { Hub } from "../outputs/hub.ts";
import {
  type CaptureEnd,
  type Composite,
  type Layout,
  SessionError,
  type Stored,
  type TrackCapture,
} from "./contract.ts";
import type { FrameFigures } from "./frame-watch.ts";

export const captureTimes = {
  /** A composite sends something all the time; one that sent nothing for so long is stuck. */
  stallMs: 10_000,
  /** How long the end of a broken one is waited for. */
  closeMs: 8_000,
} as const;

/** What writes into a recording's folder during one attempt: a sink of segments, or a capture of tracks. */
export type Writer = {
  readonly attempt: number;
  readonly startedMs: number;
  stored(): Stored;
  /** What was written is whole afterwards. */
  close(): Promise<void>;
};

export interface Capture {
  readonly startedMs: number;
  readonly ended: Promise<CaptureEnd>;
  /** What it shows; undefined where there is no picture. */
  readonly layout: Layout | undefined;
  setLayout(layout: Layout): Promise<void>;
  figures(): FrameFigures;
  /** Where sinks are added; undefined where it writes by itself. */
  readonly hub: Hub | undefined;
  /** What writes by itself, and for which recording; undefined where sinks do. */
  readonly writer: (Writer & { readonly recording: string }) | undefined;
  /** To be looked at each second: whether it is stuck. */
  stallOf(): SessionError | undefined;
  close(): Promise<void>;
}

export function captureOfComposite(
  composite: Composite,
  shown: Layout,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Capture {
  const hub = new Hub({ log });
  void hub.feed(composite.media);
  let isFlowing = false;
  composite.media.on("data", () => {
    isFlowing = true;
  });
  const startedMs = clock.now();
  let flowedMs = startedMs;
  let layout = shown;
  return {
    startedMs,
    ended: composite.ended,
    get layout() {
      return layout;
    },
    setLayout(next) {
      layout = next;
      return composite.setLayout(next);
    },
    figures: () => composite.figures(),
    hub,
    writer: undefined,
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
  { recording, attempt, clock }: { readonly recording: string; readonly attempt: number; readonly clock: Clock },
): Capture {
  const startedMs = clock.now();
  let endedMs: number | undefined;
  const closeTracks = closeOnce(tracks, clock);
  const close = () => {
    endedMs ??= clock.now();
    return closeTracks();
  };
  const stored = () => ({ seconds: ((endedMs ?? clock.now()) - startedMs) / 1000, bytes: tracks.storedBytes });
  return {
    startedMs,
    ended: tracks.ended,
    layout: undefined,
    setLayout: async () => {},
    figures: () => ({ frames: 0, droppedFrames: 0 }),
    hub: undefined,
    writer: { recording, attempt, startedMs, stored, close },
    stallOf: () => undefined,
    close,
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
