/** How a session goes, and the same as the message that stands in `recording-states`. */
import { create } from "@bufbuild/protobuf";
import { type JobState, JobStateSchema, Status } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { PushState, SessionError } from "./contract.ts";
import { failureOf } from "./errors.ts";
import { publicParts } from "./target-run.ts";

/** A file or a stream. */
export type OutputView = {
  readonly id: string;
  readonly status: "pending" | "on" | "off";
  /** 0: not yet. */
  readonly startedMs: number;
  readonly error: SessionError | undefined;
};

export type TargetView = { readonly id: string; readonly url: string; readonly state: PushState };

export type SessionView = {
  readonly attempt: number;
  readonly file: OutputView | undefined;
  readonly stream: OutputView | undefined;
  readonly targets: readonly TargetView[];
  readonly finished: boolean;
  readonly warnings: readonly string[];
};

const statuses = { pending: Status.PENDING, retrying: Status.PENDING, on: Status.ON, off: Status.OFF } as const;

/** Without who says it and when. */
export function stateOf(view: SessionView): JobState {
  return create(JobStateSchema, {
    file: view.file && outputOf(view.file),
    stream: view.stream && outputOf(view.stream),
    targets: view.targets.map(({ id, url, state }) => ({
      id,
      ...publicParts(url),
      status: statuses[state.status],
      retries: state.retries,
      failure: state.error && failureOf(state.error),
    })),
    attempt: view.attempt,
    finished: view.finished,
    warnings: [...view.warnings],
  });
}

/** When outputs began, by their ids: what who goes on with a job has to know of who had it. */
export function startsOf(former: JobState | undefined): ReadonlyMap<string, number> {
  const outputs = [former?.file, former?.stream].filter((output) => output !== undefined);
  return new Map(outputs.filter(({ startedMs }) => startedMs > 0n).map(({ id, startedMs }) => [id, Number(startedMs)]));
}

/** A recorder has it, and records or sends. */
export function isOnWithSomebody(state: JobState | undefined): boolean {
  if (!state || state.recorder === "") return false;
  return state.file?.status === Status.ON || state.stream?.status === Status.ON;
}

function outputOf({ id, status, startedMs, error }: OutputView) {
  return { id, status: statuses[status], startedMs: BigInt(startedMs), failure: error && failureOf(error) };
}
