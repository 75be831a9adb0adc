/** What happens, said once: a line in the log and a count, so that they agree. No name, no address, no key. */
import type { Log } from "@veche/kit/log.ts";
import type { RecorderMetrics } from "./metrics.ts";
import type { OutputView } from "./session/view.ts";

export type Taken = "taken" | "taken-over" | "by-http";

export class RecorderEvents {
  readonly #log: Log;
  readonly #metrics: RecorderMetrics;

  constructor(log: Log, metrics: RecorderMetrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  taken(how: Taken, about: { readonly job: string; readonly room: string; readonly kind: string }): void {
    this.#metrics.taken.inc({ how });
    this.#log.info({ ...about, how }, "job taken");
  }

  lost(job: string): void {
    this.#metrics.lost.inc();
    this.#log.warn({ job }, "another recorder has taken the job over");
  }

  broken(job: string, code: string): void {
    this.#metrics.broken.inc({ code });
    this.#log.warn({ job, code }, "the capture broke");
  }

  began(output: "file" | "stream", job: string, { id }: OutputView): void {
    this.#log.info({ job, output, id }, "output is on");
  }

  ended(output: "file" | "stream", job: string, { id, error }: OutputView): void {
    this.#metrics.ended.inc({ output, outcome: error?.code ?? "good" });
    this.#log.info({ job, output, id, code: error?.code }, "output is off");
  }

  finished(recording: string, seconds: number): void {
    this.#metrics.finished.inc({ outcome: "good" });
    this.#log.info({ recording, seconds: Math.round(seconds) }, "recording is whole");
  }

  notFinished(recording: string, error: unknown, waitMs: number): void {
    this.#metrics.finished.inc({ outcome: "failed" });
    this.#log.error({ recording, err: error, waitMs }, "a recording could not be finished; it is tried again");
  }
}
