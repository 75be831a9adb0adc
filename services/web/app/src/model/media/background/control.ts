import { effect, signal, untracked } from "@preact/signals-core";
import type { CallState } from "../../call/state.ts";
import type { Settings } from "../../settings.ts";
import type { LocalMedia } from "../local-media.ts";
import { type Background, isPicture, NO_BACKGROUND } from "./choice.ts";
import type { BackgroundEffect } from "./effect.ts";
import type { Behind } from "./messages.ts";
import { OwnPictures } from "./own-pictures.ts";
import { PICTURE_SIZE, paint } from "./pictures.ts";

/** Keeps what stands behind the person as the settings have it. Nothing is loaded before it is wanted. */
export class BackgroundControl {
  readonly isLoading = signal(false);
  readonly own = new OwnPictures();
  readonly #settings: Settings;
  readonly #media: LocalMedia;
  readonly #state: CallState;
  #effect: BackgroundEffect | undefined;
  #wanted = 0;

  constructor(settings: Settings, media: LocalMedia, state: CallState) {
    this.#settings = settings;
    this.#media = media;
    this.#state = state;
    effect(() => {
      const background = settings.background.value;
      untracked(() => void this.#show(background));
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

  /** The computer does not keep up: the call goes before its looks. */
  tooSlow(): void {
    this.#giveUp("virtualBackground.slow");
  }

  async #show(background: Background): Promise<void> {
    const wanted = ++this.#wanted;
    if (background.type === "none") return this.#end();
    this.isLoading.value = true;
    try {
      const behind = await this.#behind(background);
      const { BackgroundEffect: Effect } = await import("./effect.ts");
      if (wanted !== this.#wanted) return;
      if (this.#effect) this.#effect.show(behind);
      else {
        this.#effect = new Effect(behind, {
          slow: () => this.tooSlow(),
          failed: () => this.#giveUp("virtualBackground.failed"),
        });
        await this.#media.setEffect(this.#effect);
      }
    } catch (error) {
      console.warn("the background could not be shown", error);
      this.#giveUp("virtualBackground.failed");
    } finally {
      if (wanted === this.#wanted) this.isLoading.value = false;
    }
  }

  async #behind(background: Exclude<Background, { type: "none" }>): Promise<Behind> {
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
    if (this.#settings.background.peek().type === "none") return;
    this.#settings.background.value = NO_BACKGROUND;
    this.#state.notices.show(text, { kind: "warning", group: "background" });
  }

  #end(): void {
    this.isLoading.value = false;
    const before = this.#effect;
    this.#effect = undefined;
    if (before) void this.#media.setEffect(undefined).then(() => before.close());
  }
}
