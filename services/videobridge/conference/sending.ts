import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { maxHeight } from "../domain/constraints.ts";
import { isFlowing, isSentAt, observePicture, observeSound } from "../domain/flow.ts";
import type { Blockable } from "../domain/force-mute.ts";
import { layeringOf } from "../domain/layering.ts";
import { type SourceFlow, unmeasured } from "../domain/layers.ts";
import { announcementDelayMs } from "../domain/sender-constraint.ts";
import type { SentSource } from "../domain/sources.ts";
import type { MediaProducer } from "../edge/media-engine.ts";

/**
 * A source that somebody sends, to this bridge or to another one, and what its receivers here want of it. Whoever
 * allocates need not know which.
 */
export interface Sending {
  /** As its sender described it: `encodings` are its layers, low to high. */
  readonly source: SentSource;
  readonly producer: MediaProducer;
  /** As its owner calls it now. */
  readonly videoType: VideoType;
  /** Neither muted by its owner nor blocked. */
  readonly isSending: boolean;
  /** What its layers take, as far as it was measured. */
  readonly flow: SourceFlow;
  /** Something of it came when it was last looked at. */
  readonly isFlowing: boolean;
  /** The height that anybody wants; 0 while there is nobody. */
  readonly wantedHeight: number;
  /** What the producer's statistics say now. */
  observe(bitrates: readonly (readonly number[])[]): void;
  /** `layer`: the highest simulcast or spatial layer that the receiver is to get now; undefined: none. */
  setWanted(receiver: string, height: number, layer: number | undefined): void;
  forget(receiver: string): void;
}

/** A source that an endpoint of this bridge sends. */
export class LocalSending implements Sending {
  readonly source: SentSource;
  readonly producer: MediaProducer;
  videoType: VideoType;
  flow: SourceFlow;
  isFlowing = false;
  /** False while its owner says that it is muted. */
  isShown = true;
  /** True while it is not passed on, whatever its owner says. */
  isBlocked: boolean;
  readonly #wantedBy = new Map<string, number>();
  readonly #clock: Clock;
  readonly #announce: (maxHeight: number) => void;
  #wanted = 0;
  #told: number | undefined;
  #timer: Timer | undefined;

  constructor(
    source: SentSource,
    { producer, isBlocked }: { readonly producer: MediaProducer; readonly isBlocked: boolean },
    clock: Clock,
    announce: (maxHeight: number) => void,
  ) {
    this.source = source;
    this.producer = producer;
    this.isBlocked = isBlocked;
    this.videoType = source.videoType;
    this.flow = unmeasured(layeringOf(source.encodings));
    this.#clock = clock;
    this.#announce = announce;
    this.#schedule();
  }

  /** As its owner calls it now. */
  blockable(): Blockable {
    return { name: this.source.name, kind: this.source.kind, videoType: this.videoType };
  }

  get isSending(): boolean {
    return this.isShown && !this.isBlocked;
  }

  get wantedHeight(): number {
    return this.#wanted;
  }

  observe(bitrates: readonly (readonly number[])[]): void {
    this.isFlowing = bitrates.some(isFlowing);
    this.flow =
      this.source.kind === "audio"
        ? observeSound(this.flow, bitrates)
        : observePicture(this.flow, bitrates, (spatial) => isSentAt(spatial, this.#told));
  }

  setWanted(receiver: string, height: number): void {
    if (this.#wantedBy.get(receiver) === height) return;
    this.#wantedBy.set(receiver, height);
    this.#update();
  }

  forget(receiver: string): void {
    if (this.#wantedBy.delete(receiver)) this.#update();
  }

  /** Tells a channel that just opened. */
  announceNow(): void {
    this.#timer?.cancel();
    this.#tell();
  }

  close(): void {
    this.#timer?.cancel();
    this.producer.close();
  }

  #update(): void {
    this.#wanted = maxHeight(this.#wantedBy.values());
    this.#schedule();
  }

  #schedule(): void {
    this.#timer?.cancel();
    const delayMs = announcementDelayMs(this.#told, this.#wanted);
    if (delayMs === 0) this.#tell();
    else if (delayMs !== undefined) this.#timer = this.#clock.after(delayMs, () => this.#tell());
  }

  #tell(): void {
    this.#timer = undefined;
    this.#told = this.#wanted;
    this.#announce(this.#wanted);
  }
}
