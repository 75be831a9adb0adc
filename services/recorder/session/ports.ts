/** What a session is given: how to capture, where to put it, and what is done with it afterwards. */
import type { Job, Recording, Target } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { Composite, CompositeOptions, Layout, Meeting, PushSink, SegmentSink, TrackCapture } from "./contract.ts";

/** What a recording of tracks is begun with. */
export type TracksOptions = {
  readonly meeting: Meeting;
  readonly mode: "tracks" | "audio";
  /** The recording's folder. */
  readonly directory: string;
  /** From 1; unique within the recording. */
  readonly attempt: number;
  readonly signal: AbortSignal;
};

/** A stretch of a recording that one recorder captured without a break. */
export type Attempt = {
  readonly attempt: number;
  readonly recorder: string;
  readonly startedMs: number;
  /** Missing where it was cut off: the process was killed. */
  readonly endedMs?: number;
  readonly layout: Layout;
};

/** A recording that has ended. Its job holds no key: neither of streams nor of its owner. */
export type EndedRecording = {
  /** As it stands in the library, with the status "processing". */
  readonly recording: Recording;
  readonly job: Job;
  /** The recording's folder. */
  readonly directory: string;
  /** What its file is to be called, without suffix: `<room>_<yyyy-MM-dd-HH-mm-ss>`. */
  readonly fileName: string;
  readonly attempts: readonly Attempt[];
  readonly signal: AbortSignal;
};

export type Ports = {
  /** Rejects with SessionError. */
  readonly openComposite: (options: CompositeOptions) => Promise<Composite>;
  readonly openTracks: (options: TracksOptions) => Promise<TrackCapture>;
  readonly openSegments: (options: { readonly directory: string; readonly attempt: number }) => Promise<SegmentSink>;
  readonly openPush: (options: { readonly target: Pick<Target, "id" | "url"> }) => PushSink;
  /** Tells the library that it is being recorded. */
  readonly begin: (recording: Recording) => Promise<void>;
  /** Tells the library that a recording is this recorder's now, whose own is gone for good. */
  readonly adopt: (recording: Recording) => Promise<void>;
  /** Joins, keeps, uploads, tells. Safe to be done again after it was cut off anywhere. */
  readonly finish: (ended: EndedRecording) => Promise<void>;
};
