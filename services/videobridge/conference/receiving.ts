import type { Log } from "@veche/kit/log.ts";
import { describeReceived, type ReceivedSsrcs } from "../domain/sources.ts";
import type { Consumption, MediaConsumer } from "../edge/media-engine.ts";
import type { Sending } from "./sending.ts";

type Wanted = {
  readonly isRunning: boolean;
  readonly spatial: number;
  readonly temporal: number;
  readonly priority: number;
};

export type ReceivingEdges = {
  readonly consume: (given: Consumption) => Promise<MediaConsumer>;
  /** Whether anything of it flows is other than before. */
  readonly onFlowChange: () => void;
  readonly onTrouble: () => void;
  readonly log: Log;
};

/**
 * A source on its way to one receiver. Its SSRCs are its own from the start; the consumer is made when it is wanted for
 * the first time: in a large room most never are. What is wanted of it changes faster than the engine answers, so the
 * last wish is what is carried out, one step at a time.
 */
export class Receiving {
  readonly sending: Sending;
  readonly ssrcs: ReceivedSsrcs;
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
  #consumer: MediaConsumer | undefined;
  readonly #edges: ReceivingEdges;

  constructor(sending: Sending, ssrcs: ReceivedSsrcs, edges: ReceivingEdges) {
    this.sending = sending;
    this.ssrcs = ssrcs;
    this.#edges = edges;
  }

  describe() {
    return describeReceived({ ...this.sending.source, videoType: this.sending.videoType }, this.ssrcs);
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

  /** The media engine says whether anything of it flows; that it was stopped here is no news. */
  #noteFlow(isFlowing: boolean): void {
    if (this.isSuspended === !isFlowing || (!isFlowing && !this.#done.isRunning)) return;
    this.isSuspended = !isFlowing;
    this.#edges.onFlowChange();
  }

  close(): void {
    this.#isClosed = true;
    this.#consumer?.close();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    try {
      while (!this.#isClosed && (await this.#step()));
    } catch (error) {
      if (!this.#isClosed)
        this.#edges.log.debug({ source: this.sending.source.name, err: error }, "a consumer is gone");
    } finally {
      this.#isWorking = false;
    }
  }

  /** Most of what is decided is what was before. */
  #isBehind(): boolean {
    if (!this.#wanted.isRunning) return this.#done.isRunning;
    return this.#isToBeginAnew || !isSame(this.#done, true, this.#wanted);
  }

  async #begin(wanted: Wanted): Promise<void> {
    const { spatial, temporal } = wanted;
    const isPicture = this.sending.source.kind === "video";
    const consumer = await this.#edges.consume({
      ...this.ssrcs,
      ...(isPicture ? { layers: { spatial, temporal } } : {}),
    });
    if (this.#isClosed) return consumer.close();
    this.#consumer = consumer;
    this.#isToBeginAnew = false;
    this.#done = { ...wanted, priority: 1 };
    consumer.onFlow((isFlowing) => this.#noteFlow(isFlowing));
    consumer.onTrouble(this.#edges.onTrouble);
  }

  /** Layers before resuming: the key frame asked for is then of the right one. */
  async #step(): Promise<boolean> {
    const wanted = this.#wanted;
    const done = this.#done;
    const consumer = this.#consumer;
    if (!consumer) {
      if (wanted.isRunning) await this.#begin(wanted);
      return wanted.isRunning;
    }
    if (done.isRunning && (!wanted.isRunning || this.#isToBeginAnew)) {
      this.#isToBeginAnew = false;
      this.#done = { ...done, isRunning: false };
      await consumer.setPaused(true);
      return true;
    }
    this.#isToBeginAnew = false;
    if (!wanted.isRunning) return false;
    if (wanted.spatial !== done.spatial || wanted.temporal !== done.temporal) {
      await consumer.setLayers(wanted.spatial, wanted.temporal);
      this.#done = { ...done, spatial: wanted.spatial, temporal: wanted.temporal };
      return true;
    }
    if (wanted.priority !== done.priority) {
      await consumer.setPriority(wanted.priority);
      this.#done = { ...done, priority: wanted.priority };
      return true;
    }
    if (done.isRunning) return false;
    await consumer.setPaused(false);
    this.#done = { ...done, isRunning: true };
    return true;
  }
}

function isSame(one: Wanted, isRunning: boolean, layers: Omit<Wanted, "isRunning"> = one): boolean {
  if (one.isRunning !== isRunning || one.priority !== layers.priority) return false;
  return one.spatial === layers.spatial && one.temporal === layers.temporal;
}
