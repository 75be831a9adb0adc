import { effect, signal, untracked } from "@preact/signals-core";
import type { CallState } from "../../call/state.ts";
import type { Settings } from "../../settings.ts";
import type { LocalMedia } from "../local-media.ts";
import type { VideoEffect } from "../video-effect.ts";
import { type Background, isPicture, NO_BACKGROUND } from "./choice.ts";
import type { BackgroundEffect } from "./effect.ts";
import type { Behind } from "./messages.ts";
import { OwnPictures } from "./own-pictures.ts";
import { PICTURE_SIZE, paint } from "./pictures.ts";

type Wanted = Exclude<Background, { readonly type: "none" }>;

/**
 * Keeps what stands behind the person as the settings have it. Nothing is loaded before it is wanted. Somebody may be
 * hiding a room: the camera is never shown without what was chosen, rather not at all.
 */
export class BackgroundControl {
  readonly isLoading = signal(false);
  readonly own = new OwnPictures();
  readonly #settings: Settings;
  readonly #media: LocalMedia;
  readonly #state: CallState;
  /** Given to the camera at once, before there is anything to draw with. */
  readonly #promise: VideoEffect = {
    start: (track) => this.#start(track),
    stop: () => this.#effect?.stop(),
  };
  #effect: BackgroundEffect | undefined;
  #wanted: Wanted | undefined;

  constructor(settings: Settings, media: LocalMedia, state: CallState) {
    this.#settings = settings;
    this.#media = media;
    this.#state = state;
    effect(() => {
      const background = settings.background.value;
      untracked(() => this.#want(background));
    });
  }

  static get isSupported(): boolean {
    return (
      typeof OffscreenCanvas !== "undefined" &&
      typeof WebAssembly !== "undefined" &&
      typeof HTMLCanvasElement !== "undefined" &&
      "captureStream" in HTMLCanvasElement.prototype
    );
  }

  #want(background: Background): void {
    const had = this.#wanted;
    this.#wanted = background.type === "none" ? undefined : background;
    if (!this.#wanted) void this.#media.setEffect(undefined).then(() => this.#close());
    else if (!had) void this.#media.setEffect(this.#promise);
    else if (this.#effect) void this.#draw(this.#effect, this.#wanted);
  }

  async #start(track: MediaStreamTrack): Promise<MediaStreamTrack> {
    this.isLoading.value = true;
    try {
      const { BackgroundEffect: Effect } = await import("./effect.ts");
      this.#effect ??= new Effect({
        slow: () => this.#giveUp("virtualBackground.slow"),
        failed: () => this.#giveUp("virtualBackground.failed"),
      });
      if (this.#wanted) this.#effect.show(await this.#behind(this.#wanted));
      return await this.#effect.start(track);
    } catch (error) {
      this.#giveUp("virtualBackground.failed");
      throw error;
    } finally {
      this.isLoading.value = false;
    }
  }

  async #draw(drawn: BackgroundEffect, wanted: Wanted): Promise<void> {
    try {
      const behind = await this.#behind(wanted);
      if (wanted === this.#wanted) drawn.show(behind);
    } catch (error) {
      console.warn("the background could not be shown", error);
      this.#giveUp("virtualBackground.failed");
    }
  }

  async #behind(background: Wanted): Promise<Behind> {
    if (background.type === "blur") return background;
    const { id } = background;
    if (isPicture(id)) {
      const canvas = new OffscreenCanvas(PICTURE_SIZE.width, PICTURE_SIZE.height);
      const pen = canvas.getContext("2d");
      if (pen) paint(pen, id, PICTURE_SIZE.width, PICTURE_SIZE.height);
      return { type: "picture", picture: canvas.transferToImageBitmap() };
    }
    const data = this.own.list.value.find((each) => each.id === id)?.data;
    if (data === undefined) throw new Error(`expected a picture ${id} in this browser`);
    const image = new Image();
    image.src = data;
    await image.decode();
    return { type: "picture", picture: await createImageBitmap(image) };
  }

  #giveUp(text: "virtualBackground.slow" | "virtualBackground.failed"): void {
    if (!this.#wanted) return;
    void this.#media.setVideoMuted(true).then(() => this.#close());
    const act = () => {
      this.#settings.background.value = NO_BACKGROUND;
      void this.#media.setVideoMuted(false);
    };
    this.#state.notices.show(text, {
      kind: "warning",
      group: "background",
      actions: [{ label: "virtualBackground.without", act }],
    });
  }

  #close(): void {
    const before = this.#effect;
    this.#effect = undefined;
    before?.close();
  }
}
