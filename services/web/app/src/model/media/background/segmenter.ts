import { type CompiledModel, loadAndCompile, loadLiteRt, supportsFeature, Tensor } from "@litertjs/core";
import compatLoaderUrl from "@litertjs/core/wasm/litert_wasm_compat_internal.js?url";
import compatWasmUrl from "@litertjs/core/wasm/litert_wasm_compat_internal.wasm?url";
import loaderUrl from "@litertjs/core/wasm/litert_wasm_internal.js?url";
import wasmUrl from "@litertjs/core/wasm/litert_wasm_internal.wasm?url";
import modelUrl from "@mediapipe/selfie_segmentation/selfie_segmentation_landscape.tflite?url";
import { MASK_HEIGHT, MASK_WIDTH, smooth, toAlpha, toInput } from "./mask.ts";

const SHAPE = [1, MASK_HEIGHT, MASK_WIDTH, 3] as const;

interface LoaderSettings {
  readonly locateFile: () => string;
  readonly printErr: (line: string) => void;
}

/** Finds the person in a picture; runs in a worker, on the processor alone. */
export class Segmenter {
  readonly #model: CompiledModel;
  readonly #input = new Float32Array(MASK_WIDTH * MASK_HEIGHT * 3);
  readonly #mask = new Float32Array(MASK_WIDTH * MASK_HEIGHT);
  readonly #small = pen(true);
  readonly #out = pen(false);
  readonly #image = new ImageData(MASK_WIDTH, MASK_HEIGHT);

  private constructor(model: CompiledModel) {
    this.#model = model;
  }

  static async load(): Promise<Segmenter> {
    const isModern = await supportsFeature("relaxedSimd");
    const scope = globalThis as { Module?: LoaderSettings };
    scope.Module = {
      // The loader would look for its other half beside itself, under a name of its own.
      locateFile: () => (isModern ? wasmUrl : compatWasmUrl),
      // It tells its whole life on the console.
      printErr: (line) => {
        if (line.startsWith("ERROR")) console.error(line);
      },
    };
    await loadLiteRt(isModern ? loaderUrl : compatLoaderUrl);
    return new Segmenter(await loadAndCompile(modelUrl, { accelerator: "wasm" }));
  }

  /** The person opaque, everything else clear. */
  get mask(): OffscreenCanvas {
    return this.#out.canvas;
  }

  async look(frame: CanvasImageSource): Promise<void> {
    this.#small.drawImage(frame, 0, 0, MASK_WIDTH, MASK_HEIGHT);
    toInput(this.#small.getImageData(0, 0, MASK_WIDTH, MASK_HEIGHT).data, this.#input);
    const input = new Tensor(this.#input, [...SHAPE]);
    const results = await this.#model.run([input]);
    const [result] = results;
    if (result) smooth(this.#mask, (await result.data()) as Float32Array);
    for (const each of [input, ...results]) each.delete();
    toAlpha(this.#mask, this.#image.data);
    this.#out.putImageData(this.#image, 0, 0);
  }
}

function pen(willReadFrequently: boolean): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(MASK_WIDTH, MASK_HEIGHT).getContext("2d", { willReadFrequently });
  if (!context) throw new Error("expected a canvas to draw on");
  return context;
}
