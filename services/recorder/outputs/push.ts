import { type Clock, systemClock, type Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { parseStreamAddress, type StreamAddress } from "../domain/stream-address.ts";
import { type PushSink, type PushState, SessionError } from "../session/contract.ts";
import { type DialOptions, dial, PrivateAddress } from "./dial.ts";
import { FlvPackager, type FlvTag } from "./flv.ts";
import { pushError, Stalled } from "./push-errors.ts";
import { PushQueue } from "./push-queue.ts";
import { encodeAmf } from "./rtmp/amf.ts";
import { mediaType, Publisher } from "./rtmp/publisher.ts";
import { Timeline } from "./timeline.ts";
import { type Unit, UnitReader } from "./units.ts";

export type PushOptions = {
  /** Its address holds the stream key, or is the bare key of YouTube. */
  readonly target: { readonly id: string; readonly url: string };
  readonly log: Log;
  /** Where it may go: see `parseStreamAddress`; empty: anywhere. */
  readonly hosts?: readonly string[];
  readonly allowPrivate?: boolean;
  /** Certificate authorities in place of the usual ones, PEM. */
  readonly ca?: string;
  readonly onState?: (state: PushState) => void;
  readonly clock?: Clock;
  readonly lookup?: DialOptions["lookup"];
  /** 0 to 1, for the jitter of tries. */
  readonly random?: () => number;
};

export type Push = PushSink & {
  /** Pictures it gave up since the target took too little. */
  readonly droppedFrames: number;
};

export const pushLimits = {
  /** What may wait for a target. */
  queueBytes: 16 * 2 ** 20,
  queueMs: 4_000,
  /** To be connected and taken. */
  openMs: 15_000,
  /** Who has taken it for so long without hanging up is on. */
  onAfterMs: 1_000,
  /** Without any progress while something waits. */
  stallMs: 15_000,
  firstRetryMs: 1_000,
  lastRetryMs: 30_000,
  /** What was on for so long is tried again soon. */
  goodAfterMs: 10_000,
} as const;

/**
 * Sends the stream to one address, from within this process: no other sees the key in its arguments or environment. It is
 * tried for ever, later each time, until it is disposed of. An address that is none, or that leads to where nothing may be
 * sent, is told by `state` and by `failed`.
 */
export function openPush(options: PushOptions): Push {
  return new RtmpPush(options);
}

class RtmpPush implements Push {
  readonly failed: Promise<never>;
  readonly #options: PushOptions;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #units = new UnitReader((unit) => this.#take(unit));
  readonly #packager = new FlvPackager();
  readonly #timeline = new Timeline();
  readonly #queue = new PushQueue({ bytes: pushLimits.queueBytes, ms: pushLimits.queueMs });
  readonly #wanted = new AbortController();
  readonly #work: Promise<void>;
  #publisher: Publisher | undefined;
  #movedAt = 0;
  #state: PushState = { status: "pending", retries: 0 };

  constructor(options: PushOptions) {
    this.#options = options;
    this.#log = options.log.child({ target: options.target.id });
    this.#clock = options.clock ?? systemClock;
    const parsed = parseStreamAddress(options.target.url, options.hosts ?? []);
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    this.failed = promise;
    if ("address" in parsed) {
      this.#work = this.#keepOn(parsed.address, reject);
      return;
    }
    const error = new SessionError("target-refused", parsed.fault);
    this.#state = { status: "off", retries: 0, error };
    this.#work = Promise.resolve();
    reject(error);
  }

  get state(): PushState {
    return this.#state;
  }

  get droppedFrames(): number {
    return this.#queue.droppedFrames;
  }

  write(chunk: Buffer): void {
    if (!this.#wanted.signal.aborted) this.#units.push(chunk);
  }

  /** What waits is sent, if the target takes it within a second. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#wanted.abort();
    const publisher = this.#publisher;
    if (publisher) for (let tag = this.#queue.take(); tag; tag = this.#queue.take()) this.#send(publisher, tag);
    publisher?.end();
    await this.#work;
  }

  async #keepOn(address: StreamAddress, refuse: (error: SessionError) => void): Promise<void> {
    const { signal } = this.#wanted;
    for (let failures = 0; !signal.aborted; ) {
      const { error, onMs } = await this.#tryOnce(address);
      if (signal.aborted) break;
      failures = onMs >= pushLimits.goodAfterMs ? 1 : failures + 1;
      const failure = pushError(error, onMs);
      const told = { code: failure.code, reason: failure.message, failures };
      if (error instanceof PrivateAddress) {
        this.#log.warn(told, "a live stream may not go where its address leads");
        this.#become({ status: "off", retries: this.#state.retries, error: failure });
        refuse(failure);
        return;
      }
      this.#log.warn(told, "a live stream is not on, and is tried again");
      this.#become({ status: "retrying", retries: this.#state.retries, error: failure });
      await this.#pause(retryDelay(failures, this.#options.random ?? Math.random));
      if (!signal.aborted) this.#become({ ...this.#state, retries: this.#state.retries + 1 });
    }
    this.#become({ status: "off", retries: this.#state.retries });
  }

  /** Resolves when it is over, with how long it was on. */
  async #tryOnce(address: StreamAddress): Promise<{ error: unknown; onMs: number }> {
    let publisher: Publisher;
    try {
      publisher = await this.#open(address);
    } catch (error) {
      return { error, onMs: 0 };
    }
    const startedAt = this.#clock.now();
    const watch = this.#begin(publisher);
    const on = this.#clock.after(pushLimits.onAfterMs, () =>
      this.#become({ status: "on", retries: this.#state.retries }),
    );
    const error = await publisher.closed;
    on.cancel();
    watch.cancel();
    this.#publisher = undefined;
    return { error, onMs: Math.max(1, this.#clock.now() - startedAt) };
  }

  async #open(address: StreamAddress): Promise<Publisher> {
    const { allowPrivate = false, ca, lookup } = this.#options;
    const late = new AbortController();
    const timer = this.#clock.after(pushLimits.openMs, () =>
      late.abort(new DOMException("not in time", "TimeoutError")),
    );
    const signal = AbortSignal.any([this.#wanted.signal, late.signal]);
    try {
      const socket = await dial({ address, allowPrivate, signal, ...(ca && { ca }), ...(lookup && { lookup }) });
      return await Publisher.open({ socket, app: address.app, tcUrl: tcUrlOf(address), key: address.key, signal });
    } finally {
      timer.cancel();
    }
  }

  #begin(publisher: Publisher): Timer {
    this.#packager.restart();
    this.#timeline.restart();
    this.#queue.restart();
    this.#publisher = publisher;
    this.#movedAt = this.#clock.now();
    publisher.send(
      mediaType.data,
      0,
      encodeAmf("@setDataFrame", "onMetaData", { videocodecid: 7, audiocodecid: 10, encoder: "Veche" }),
    );
    publisher.onDrain(() => this.#pump());
    if (this.#wanted.signal.aborted) publisher.end();
    return this.#clock.every(1_000, () => this.#watch(publisher));
  }

  #watch(publisher: Publisher): void {
    if (publisher.takesMore) this.#movedAt = this.#clock.now();
    else if (this.#clock.now() - this.#movedAt >= pushLimits.stallMs) publisher.abort(new Stalled("no progress"));
  }

  #take(unit: Unit): void {
    if (!this.#publisher) return;
    if (this.#queue.needsKey && !unit.isKey) {
      if (unit.kind === "video") this.#queue.skip();
      return;
    }
    const isWhole = this.#queue.add(this.#packager.take(unit), this.#clock.now());
    if (!isWhole) {
      this.#packager.restart();
      this.#log.warn({ droppedFrames: this.#queue.droppedFrames }, "a live stream's target takes too little");
    }
    this.#pump();
  }

  #pump(): void {
    const publisher = this.#publisher;
    while (publisher?.takesMore) {
      this.#movedAt = this.#clock.now();
      const tag = this.#queue.take();
      if (!tag) return;
      this.#send(publisher, tag);
    }
  }

  #send(publisher: Publisher, tag: FlvTag): void {
    const ms = this.#timeline.at(tag.dts, tag.kind === "video" && tag.isKey);
    if (ms !== undefined || tag.isConfig) publisher.send(mediaType[tag.kind], ms ?? this.#timeline.now, tag.body);
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#wanted;
    return new Promise((resolve) => {
      const done = () => {
        timer.cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = this.#clock.after(ms, done);
      signal.addEventListener("abort", done);
      if (signal.aborted) done();
    });
  }

  #become(state: PushState): void {
    this.#state = state;
    this.#options.onState?.(state);
  }
}

/** `failures` in a row, from 1: a second, then twice as long each time up to half a minute, a fifth more or less. */
export function retryDelay(failures: number, random: () => number): number {
  const ms = Math.min(pushLimits.lastRetryMs, pushLimits.firstRetryMs * 2 ** Math.min(20, failures - 1));
  return ms * (0.8 + 0.4 * random());
}

function tcUrlOf({ protocol, host, port, app }: StreamAddress): string {
  const name = host.includes(":") ? `[${host}]` : host;
  const isDefault = port === (protocol === "rtmp" ? 1_935 : 443);
  return `${protocol}://${name}${isDefault ? "" : `:${port}`}/${app}`;
}
