/** Says of each file and stream when it is on, and when it is off, to the log and to subscribers. */
import type { RecorderEvents } from "../events.ts";
import type { OutputView, SessionView } from "./view.ts";

/** Outputs that are remembered; the oldest are forgotten. */
const mostTold = 10_000;

export class OutputNews {
  readonly #events: RecorderEvents;
  readonly #onOutput: (view: OutputView, kind: "file" | "stream") => void;
  /** By the output's id. */
  readonly #told = new Map<string, OutputView["status"]>();

  constructor(events: RecorderEvents, onOutput: (view: OutputView, kind: "file" | "stream") => void) {
    this.#events = events;
    this.#onOutput = onOutput;
  }

  /** May be called whether or not something has changed. */
  look(job: string, { file, stream }: Pick<SessionView, "file" | "stream">): void {
    if (file) this.#lookAt(job, file, "file");
    if (stream) this.#lookAt(job, stream, "stream");
  }

  #lookAt(job: string, view: OutputView, kind: "file" | "stream"): void {
    const before = this.#told.get(view.id);
    if (before === view.status) return;
    this.#told.set(view.id, view.status);
    if (this.#told.size > mostTold) this.#told.delete(this.#told.keys().next().value as string);
    if (view.status === "on" && before !== "off") this.#events.began(kind, job, view);
    if (view.status === "off") this.#events.ended(kind, job, view);
    if (view.status !== "pending") this.#onOutput(view, kind);
  }
}
