/**
 * What a session sends live. A stream is one from its first target to its last; a session may have one after the other, and
 * one at a time.
 */
import { targetKey, type Wanted, type WantedTarget } from "../domain/changes.ts";
import type { Hub } from "../outputs/hub.ts";
import type { SessionError } from "./contract.ts";
import { toSessionError } from "./errors.ts";
import type { SessionGiven } from "./given.ts";
import type { Steps } from "./steps.ts";
import { TargetRun } from "./target-run.ts";
import type { OutputView, TargetView } from "./view.ts";

export type StreamGiven = Pick<SessionGiven, "ports" | "startedMs"> & {
  readonly steps: Steps;
  /** A target is lost for good, or the stream has a fault now. */
  readonly onFault: () => void;
};

type Stream = {
  readonly id: string;
  /** 0: not yet. */
  startedMs: number;
  isOver: boolean;
  /** Why it ended, or is to end. */
  error: SessionError | undefined;
};

export class StreamRun {
  readonly #given: StreamGiven;
  #wanted: Wanted["stream"];
  #stream: Stream | undefined;
  readonly #targets = new Map<string, TargetRun>();
  /** Keys of targets that came to their end, and are not begun again. */
  readonly #over = new Set<string>();

  constructor(given: StreamGiven) {
    this.#given = given;
  }

  /** Of the one that is, or was last. */
  get id(): string | undefined {
    return this.#stream?.id;
  }

  get over(): ReadonlySet<string> {
    return this.#over;
  }

  /** Addresses that are sent to, by key of the target. */
  get running(): ReadonlyMap<string, string> {
    return new Map(this.#running.map(({ key, url }) => [key, url]));
  }

  get isNeeded(): boolean {
    return this.#running.length > 0;
  }

  /** 0: not yet. */
  get startedMs(): number {
    return this.#stream?.startedMs ?? 0;
  }

  /** Why it is to end. */
  get fault(): SessionError | undefined {
    return this.#stream?.isOver ? undefined : this.#stream?.error;
  }

  /** On while one target is; off when it was ended, or when every target has failed for good. */
  get view(): OutputView | undefined {
    if (!this.#stream) return undefined;
    const { id, startedMs, isOver, error } = this.#stream;
    const targets = [...this.#targets.values()];
    if (isOver) return { id, startedMs, status: "off", error: error ?? targets.find((target) => target.error)?.error };
    return { id, startedMs, status: this.#isOn ? "on" : "pending", error: undefined };
  }

  get targets(): readonly TargetView[] {
    return [...this.#targets.values()].map(({ view }) => view);
  }

  /** What is wanted now; its targets are added and removed one by one. */
  want(wanted: Wanted["stream"]): void {
    this.#wanted = wanted;
    const stream = this.#stream;
    if (!wanted) {
      if (stream) stream.isOver = true;
      return;
    }
    if (stream?.id === wanted.id) {
      const isBack = wanted.targets.some(({ id }) => !this.#over.has(targetKey(wanted.id, id)));
      if (isBack && !stream.error) stream.isOver = false;
      return;
    }
    for (const { key, isOver } of this.#targets.values()) if (isOver) this.#targets.delete(key);
    const startedMs = this.#given.startedMs.get(wanted.id) ?? 0;
    this.#stream = { id: wanted.id, startedMs, isOver: false, error: undefined };
  }

  add(key: string, target: WantedTarget): void {
    this.#targets.set(key, new TargetRun(key, target));
  }

  async remove(key: string): Promise<void> {
    const target = this.#targets.get(key);
    this.#targets.delete(key);
    if (target) await this.#given.steps.try(() => target.detach());
  }

  /** Sends to each target what comes through the hub. */
  attach(hub: Hub): void {
    const { ports, steps } = this.#given;
    for (const target of this.#running) {
      if (target.sink) continue;
      const sink = ports.openPush({ target });
      target.attach(sink, hub);
      sink.failed.catch((error: unknown) =>
        steps.do(async () => {
          if (target.sink === sink) await this.#lose(target, toSessionError(error));
        }),
      );
    }
  }

  async detach(): Promise<void> {
    const { steps } = this.#given;
    await Promise.all([...this.#targets.values()].map((target) => steps.try(() => target.detach())));
  }

  /** To be called each second. */
  tick(nowMs: number): void {
    if (this.#stream?.startedMs === 0 && this.#isOn) this.#stream.startedMs = nowMs;
  }

  /** Has it be ended, for this reason unless there was one before. */
  giveUp(error: SessionError): void {
    if (!this.#stream || this.#stream.isOver || this.#stream.error) return;
    this.#stream.error = error;
    this.#given.onFault();
  }

  /** With all its targets, also those that were not begun yet. */
  async end(error: SessionError | undefined): Promise<void> {
    const stream = this.#stream;
    if (!stream) return;
    stream.isOver = true;
    stream.error ??= error;
    for (const { id } of this.#wanted?.targets ?? []) this.#over.add(targetKey(stream.id, id));
    // A limit is nothing that failed on the way to a target.
    const failure = error?.code === "limit" ? undefined : error;
    for (const target of this.#running) await this.#end(target, failure);
  }

  get #running(): readonly TargetRun[] {
    return [...this.#targets.values()].filter(({ isOver }) => !isOver);
  }

  get #isOn(): boolean {
    return [...this.#targets.values()].some(({ state }) => state.status === "on");
  }

  async #lose(target: TargetRun, error: SessionError): Promise<void> {
    await this.#end(target, error);
    if (this.#stream && !this.isNeeded) this.#stream.isOver = true;
    this.#given.onFault();
  }

  async #end(target: TargetRun, error: SessionError | undefined): Promise<void> {
    this.#over.add(target.key);
    await this.#given.steps.try(() => target.end(error));
  }
}
