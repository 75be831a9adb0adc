import type { Log } from "@veche/kit/log.ts";
import { describeReceived } from "../domain/sources.ts";
import type { MediaConsumer } from "../edge/media-engine.ts";
import type { Sending } from "./sending.ts";

type Wanted = {
  readonly isRunning: boolean;
  readonly spatial: number;
  readonly temporal: number;
  readonly priority: number;
};

/**
 * A source on its way to one receiver. What is wanted of the consumer changes faster than the engine answers, so the
 * last wish is what is carried out, one step at a time.
 */
export class Receiving {
  readonly sending: Sending;
  readonly consumer: MediaConsumer;
  /** The receiver has the SSRCs in its session description: packets would not be lost on it. */
  isApplied = false;
  /** Wanted, but nothing flows: no bandwidth, or the sender is silent. */
  isSuspended = false;
  isForwarded = false;
  #wanted: Wanted = { isRunning: false, spatial: 0, temporal: 0, priority: 1 };
  #done: Wanted = { isRunning: false, spatial: -1, temporal: -1, priority: 1 };
  #isToBeginAnew = false;
  #isWorking = false;
  #isClosed = false;
  readonly #log: Log;

  constructor(sending: Sending, consumer: MediaConsumer, log: Log) {
    this.sending = sending;
    this.consumer = consumer;
    this.#log = log;
  }

  describe() {
    const { ssrc, rtxSsrc } = this.consumer;
    return describeReceived(
      { ...this.sending.source, videoType: this.sending.videoType },
      rtxSsrc === undefined ? { ssrc } : { ssrc, rtxSsrc },
    );
  }

  /**
   * Runs where it is wanted and the receiver knows it. To begin anew is to stop for a moment: it goes on with a picture
   * of the layer that is wanted now, and what was on its way until then is not sent again. On a line that collapsed the
   * media engine would answer each of its thousand complaints.
   */
  want(isForwarded: boolean, layers?: Omit<Wanted, "isRunning">, isToBeginAnew = false): void {
    this.isForwarded = isForwarded;
    const isRunning = isForwarded && this.isApplied;
    if (isRunning && !this.#wanted.isRunning) this.isSuspended = false;
    if (!isSame(this.#wanted, isRunning, layers)) this.#wanted = { ...this.#wanted, ...layers, isRunning };
    this.#isToBeginAnew ||= isToBeginAnew && this.#done.isRunning;
    if (!this.#isWorking && this.#isBehind()) void this.#work();
  }

  /** The media engine says whether anything of it flows. Returns whether that is news; that it was stopped here is none. */
  noteFlow(isFlowing: boolean): boolean {
    if (this.isSuspended === !isFlowing || (!isFlowing && !this.#done.isRunning)) return false;
    this.isSuspended = !isFlowing;
    return true;
  }

  close(): void {
    this.#isClosed = true;
    this.consumer.close();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    try {
      while (!this.#isClosed && (await this.#step()));
    } catch (error) {
      if (!this.#isClosed) this.#log.debug({ source: this.sending.source.name, err: error }, "a consumer is gone");
    } finally {
      this.#isWorking = false;
    }
  }

  /** Most of what is decided is what was before. */
  #isBehind(): boolean {
    if (!this.#wanted.isRunning) return this.#done.isRunning;
    return this.#isToBeginAnew || !isSame(this.#done, true, this.#wanted);
  }

  /** Layers before resuming: the key frame asked for is then of the right one. */
  async #step(): Promise<boolean> {
    const wanted = this.#wanted;
    const done = this.#done;
    if (done.isRunning && (!wanted.isRunning || this.#isToBeginAnew)) {
      this.#isToBeginAnew = false;
      this.#done = { ...done, isRunning: false };
      await this.consumer.setPaused(true);
      return true;
    }
    this.#isToBeginAnew = false;
    if (!wanted.isRunning) return false;
    if (wanted.spatial !== done.spatial || wanted.temporal !== done.temporal) {
      await this.consumer.setLayers(wanted.spatial, wanted.temporal);
      this.#done = { ...done, spatial: wanted.spatial, temporal: wanted.temporal };
      return true;
    }
    if (wanted.priority !== done.priority) {
      await this.consumer.setPriority(wanted.priority);
      this.#done = { ...done, priority: wanted.priority };
      return true;
    }
    if (done.isRunning) return false;
    await this.consumer.setPaused(false);
    this.#done = { ...done, isRunning: true };
    return true;
  }
}

function isSame(one: Wanted, isRunning: boolean, layers: Omit<Wanted, "isRunning"> = one): boolean {
  if (one.isRunning !== isRunning || one.priority !== layers.priority) return false;
  return one.spatial === layers.spatial && one.temporal === layers.temporal;
}
