/** What is wanted of recorders and what they say of it, as the buckets `recording-jobs` and `recording-states` hold it. */
export type CaptureMode = "composite" | "tracks" | "audio";
export const captureModes: readonly CaptureMode[] = ["composite", "tracks", "audio"];

export type Layout = "speaker" | "grid" | "screen";
export const layouts: readonly Layout[] = ["speaker", "grid", "screen"];

/** What clients know it as: kept as a file, or gone live. */
export type OutputKind = "file" | "stream";
export const outputKinds: readonly OutputKind[] = ["file", "stream"];

/** Who asked for it. `user` is an account; empty for guests. */
export type Asker = { readonly endpoint: string; readonly person: string; readonly user: string };

export type FileOutput = {
  readonly session: string;
  readonly by: Asker;
  readonly requestedMs: number;
  /** Secret: said once, to who started it. */
  readonly ownerKey: string;
  /** JSON object. */
  readonly metadata: string;
};

/** `url` is secret: it holds the stream key. */
export type StreamTarget = { readonly id: string; readonly url: string };

export type StreamOutput = {
  readonly session: string;
  readonly by: Asker;
  readonly requestedMs: number;
  readonly targets: readonly StreamTarget[];
  readonly viewUrl: string;
};

export type EndReason = "" | "client" | "empty" | "ended" | "limit" | "failed";

/** One capture of one sitting. An output that is taken away is to end. */
export type Job = {
  readonly id: string;
  readonly mode: CaptureMode;
  readonly layout: Layout;
  readonly file?: FileOutput | undefined;
  readonly stream?: StreamOutput | undefined;
  readonly createdMs: number;
  readonly endReason: EndReason;
};

export type ReportedStatus = "pending" | "on" | "off";
export type ReportedFailure = { readonly reason: string; readonly code: string; readonly text: string };

export type OutputReport = {
  /** Session id that it is about; empty: the one there is. */
  readonly session: string;
  readonly status: ReportedStatus;
  readonly failure?: ReportedFailure | undefined;
};

export type TargetReport = {
  readonly id: string;
  readonly host: string;
  readonly protocol: string;
  readonly status: ReportedStatus;
  readonly retries: number;
  readonly failure?: ReportedFailure | undefined;
};

/** How a recorder says that a job goes. */
export type JobReport = {
  /** Empty: it has given the job up, and another is to take it. */
  readonly recorder: string;
  readonly instance: string;
  readonly file?: OutputReport | undefined;
  readonly stream?: OutputReport | undefined;
  readonly targets: readonly TargetReport[];
  readonly finished: boolean;
  readonly warnings: readonly string[];
  /** When it was heard, by our clock. */
  readonly heardMs: number;
};

/** A job as it was found in the buckets. */
export type FoundJob = { readonly job: Job; readonly report?: JobReport | undefined };

export function isWanted({ file, stream }: Job): boolean {
  return file !== undefined || stream !== undefined;
}
