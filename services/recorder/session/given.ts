/** What a session is given of the recorder it runs in, and what it tells it. */
import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { Job } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { Folder } from "./folder.ts";
import type { Ports } from "./ports.ts";

export type SessionGiven = {
  readonly job: Job;
  /** Numbers of attempts up to it are taken. */
  readonly attempt: number;
  /** When outputs began, by their ids: under another recorder, or before this one was started again. */
  readonly startedMs: ReadonlyMap<string, number>;
  readonly recorder: string;
  /** Where recordings are kept, a folder each. */
  readonly root: string;
  /** 0: never. */
  readonly usageTimeoutMs: number;
  readonly ports: Ports;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: () => void;
  /** A recording has ended, and is to be finished. */
  readonly onRecorded: (folder: Folder) => void;
  /** A capture broke, with its code. */
  readonly onBroken?: (code: string) => void;
};
