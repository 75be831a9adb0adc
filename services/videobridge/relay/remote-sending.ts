import type { Clock } from "@veche/kit/clock.ts";
import type { VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import type { Sending } from "../conference/sending.ts";
import { maxHeight } from "../domain/constraints.ts";
import { isFlowing, observePicture, observeSound } from "../domain/flow.ts";
import { layeringOf } from "../domain/layering.ts";
import { type SourceFlow, unmeasured } from "../domain/layers.ts";
import type { SentSource } from "../domain/sources.ts";
import type { MediaProducer } from "../edge/media-engine.ts";
import type { Relay } from "./relay.ts";
import type { SourceState } from "./relayed-source.ts";
import { describeWish, type KeptLayers, keepLayers, nextEnd, sound, type Wanted, type Wish } from "./wish.ts";

/** From wishing for a layer until it is to be seen, if it is sent at all. */
const arrivalMs = 4_000;

/** A source that is sent to another bridge and was fetched from there. */
export class RemoteSending implements Sending {
  readonly source: SentSource;
  readonly producer: MediaProducer;
  /** By which it comes; when that is closed, nothing comes any more, until it is fetched anew. */
  readonly relay: Relay;
  flow: SourceFlow;
  isFlowing = false;
  readonly #clock: Clock;
  readonly #changed: () => void;
  #state: SourceState;
  readonly #wantedBy = new Map<string, Wanted>();
  #kept: KeptLayers = new Map();
  /** Since when each layer is wished for. */
  readonly #since = new Map<number, number>();

  constructor(
    given: Pick<RemoteSending, "source" | "producer" | "relay"> & { readonly state: SourceState },
    clock: Clock,
    changed: () => void,
  ) {
    this.source = given.source;
    this.producer = given.producer;
    this.relay = given.relay;
    this.#state = given.state;
    this.flow = unmeasured(layeringOf(given.source.encodings));
    this.#clock = clock;
    this.#changed = changed;
  }

  get isGone(): boolean {
    return this.relay.isClosed;
  }

  get videoType(): VideoType {
    return this.#state.videoType;
  }

  get isSending(): boolean {
    return this.#state.isSending && !this.isGone;
  }

  get wantedHeight(): number {
    return maxHeight([...this.#wantedBy.values()].map(({ height }) => height));
  }

  /** Returns whether anything changed. */
  hear(state: SourceState): boolean {
    const { videoType, isSending } = this.#state;
    this.#state = state;
    return videoType !== state.videoType || isSending !== state.isSending;
  }

  /** Layers that don't cross, or not for long, stay what they were: the sender may well have them. */
  observe(bitrates: readonly (readonly number[])[]): void {
    const before = this.#clock.now() - arrivalMs;
    const isExpected = (layer: number) => (this.#since.get(layer) ?? Number.POSITIVE_INFINITY) <= before;
    this.isFlowing = bitrates.some(isFlowing);
    this.flow =
      this.source.kind === "audio"
        ? observeSound(this.flow, bitrates)
        : observePicture(this.flow, bitrates, isExpected);
  }

  setWanted(receiver: string, height: number, layer: number | undefined): void {
    const present = this.#wantedBy.get(receiver);
    if (present?.height === height && present.layer === layer) return;
    this.#wantedBy.set(receiver, { height, layer });
    this.#changed();
  }

  forget(receiver: string): void {
    if (this.#wantedBy.delete(receiver)) this.#changed();
  }

  /** Layers that cross, as the other bridge was told last. */
  get crossing(): readonly number[] {
    return [...this.#kept.keys()];
  }

  /** What is to cross from now on, and when that changes by itself. */
  wish(): { readonly wish: Wish; readonly until: number } {
    if (this.source.kind === "audio") return { wish: sound, until: Number.POSITIVE_INFINITY };
    const wanted = [...this.#wantedBy.values()];
    const now = this.#clock.now();
    this.#kept = keepLayers(this.#kept, wanted, now);
    for (const layer of this.#since.keys()) if (!this.#kept.has(layer)) this.#since.delete(layer);
    for (const layer of this.#kept.keys()) if (!this.#since.has(layer)) this.#since.set(layer, now);
    return { wish: describeWish(this.#kept, wanted), until: nextEnd(this.#kept) };
  }
}
