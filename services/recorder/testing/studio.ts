/** Captures, sinks and a library that do nothing but what a test tells them. */
import { PassThrough } from "node:stream";
import type { Recording } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type {
  CaptureEnd,
  Composite,
  CompositeOptions,
  PushSink,
  PushState,
  SegmentSink,
  SessionError,
  TrackCapture,
} from "../session/contract.ts";
import type { EndedRecording, Ports, TracksOptions } from "../session/ports.ts";

export class FakeComposite implements Composite {
  readonly options: CompositeOptions;
  readonly media = new PassThrough();
  readonly #ended = Promise.withResolvers<CaptureEnd>();
  readonly ended = this.#ended.promise;
  readonly layouts: string[] = [];
  drawn = { frames: 0, droppedFrames: 0 };
  isClosed = false;

  constructor(options: CompositeOptions) {
    this.options = options;
  }

  async setLayout(layout: string): Promise<void> {
    this.layouts.push(layout);
  }

  figures() {
    return this.drawn;
  }

  end(end: CaptureEnd): void {
    this.#ended.resolve(end);
  }

  break(error: SessionError): void {
    this.end({ reason: "failed", error });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    this.media.end();
  }
}

export class FakeTracks implements TrackCapture {
  readonly options: TracksOptions;
  readonly #ended = Promise.withResolvers<CaptureEnd>();
  readonly ended = this.#ended.promise;
  storedBytes = 0;
  isClosed = false;

  constructor(options: TracksOptions) {
    this.options = options;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
  }
}

class FakeSink {
  readonly #failed = Promise.withResolvers<never>();
  readonly failed = this.#failed.promise;
  isClosed = false;
  written = 0;
  /** Its end waits for it. */
  closing: Promise<void> | undefined;

  constructor() {
    this.failed.catch(() => {});
  }

  write(chunk: Buffer): void {
    this.written += chunk.length;
  }

  fail(error: SessionError): void {
    this.#failed.reject(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closing;
    this.isClosed = true;
  }
}

export class FakeSegments extends FakeSink implements SegmentSink {
  readonly directory: string;
  readonly attempt: number;
  stored = { seconds: 0, bytes: 0 };

  constructor(options: { readonly directory: string; readonly attempt: number }) {
    super();
    this.directory = options.directory;
    this.attempt = options.attempt;
  }
}

export class FakePush extends FakeSink implements PushSink {
  readonly url: string;
  state: PushState = { status: "on", retries: 0 };

  constructor(url: string) {
    super();
    this.url = url;
  }
}

export class Studio {
  readonly composites: FakeComposite[] = [];
  readonly tracks: FakeTracks[] = [];
  readonly segments: FakeSegments[] = [];
  readonly pushes: FakePush[] = [];
  readonly begun: Recording[] = [];
  readonly adopted: Recording[] = [];
  readonly finished: EndedRecording[] = [];
  /** Each makes one opening of a composite fail. */
  readonly refusals: Error[] = [];
  readonly finishFailures: Error[] = [];
  /** While set, composites wait for it. */
  gate: Promise<void> | undefined;

  readonly ports: Ports = {
    openComposite: async (options) => {
      await Promise.race([this.gate, aborted(options.signal)]);
      const refusal = this.refusals.shift();
      if (refusal) throw refusal;
      const composite = new FakeComposite(options);
      this.composites.push(composite);
      return composite;
    },
    openTracks: async (options) => {
      const tracks = new FakeTracks(options);
      this.tracks.push(tracks);
      return tracks;
    },
    openSegments: async (options) => {
      const sink = new FakeSegments(options);
      this.segments.push(sink);
      return sink;
    },
    openPush: ({ target }) => {
      const sink = new FakePush(target.url);
      this.pushes.push(sink);
      return sink;
    },
    begin: async (recording) => void this.begun.push(recording),
    adopt: async (recording) => void this.adopted.push(recording),
    finish: async (ended) => {
      const failure = this.finishFailures.shift();
      if (failure) throw failure;
      this.finished.push(ended);
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  if (signal.aborted) reject(signal.reason);
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return promise;
}
