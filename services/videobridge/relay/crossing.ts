import type { Log } from "@veche/kit/log.ts";
import type { LocalSending } from "../conference/sending.ts";
import { Serial } from "../conference/serial.ts";
import { spatialLayers } from "../domain/video-codec.ts";
import type { MediaConsumer } from "../edge/media-engine.ts";
import { nothing, type Wish } from "./wish.ts";

/** Temporal layers all cross: bridges drop them for each receiver by itself. */
const allTemporalLayers = 2;

/**
 * A source of this bridge on its way to another one. Each simulcast layer is a stream of its own, which runs while the
 * other bridge wants it; a source that comes in one stream goes in one, cut at the highest spatial layer wanted.
 */
export class Crossing {
  readonly sending: LocalSending;
  /** Low to high. */
  readonly streams: readonly MediaConsumer[];
  readonly #log: Log;
  readonly #serial = new Serial();
  readonly #running = new Set<MediaConsumer>();
  #wish: Wish = nothing;
  #top = -1;
  #isClosed = false;

  constructor(sending: LocalSending, streams: readonly MediaConsumer[], log: Log) {
    this.sending = sending;
    this.streams = streams;
    this.#log = log;
  }

  get wish(): Wish {
    return this.#wish;
  }

  /** Changes come faster than the engine answers: the last wish counts. */
  want(wish: Wish): void {
    this.#wish = wish;
    this.#serial
      .run(() => this.#apply())
      .catch((error: unknown) => {
        if (!this.#isClosed) this.#log.debug({ source: this.sending.source.name, err: error }, "a stream is gone");
      });
  }

  close(): void {
    this.#isClosed = true;
    for (const stream of this.streams) stream.close();
  }

  async #apply(): Promise<void> {
    if (this.#isClosed) return;
    const { layers } = this.#wish;
    const [only, ...others] = this.streams;
    if (only && others.length === 0) return this.#applyToOne(only, layers);
    await Promise.all(this.streams.map((stream, layer) => this.#run(stream, layers.includes(layer))));
  }

  async #applyToOne(stream: MediaConsumer, layers: readonly number[]): Promise<void> {
    const spatial = spatialLayers(this.sending.source.encodings);
    const top = Math.min(Math.max(-1, ...layers), spatial - 1);
    if (spatial > 1 && top >= 0 && top !== this.#top) {
      await stream.setLayers(top, allTemporalLayers);
      this.#top = top;
    }
    await this.#run(stream, top >= 0);
  }

  async #run(stream: MediaConsumer, isWanted: boolean): Promise<void> {
    if (this.#running.has(stream) === isWanted) return;
    await stream.setPaused(!isWanted);
    if (isWanted) this.#running.add(stream);
    else this.#running.delete(stream);
  }
}
