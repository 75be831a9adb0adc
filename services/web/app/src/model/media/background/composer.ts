import { coverPart } from "./mask.ts";
import type { Behind } from "./messages.ts";

/** Small pictures drawn large are out of focus, in every browser and for next to nothing. */
const BLUR_WIDTHS = { slight: [160, 72], strong: [160, 64, 26] } as const;

/** Puts the person before what they have chosen. */
export class Composer {
  readonly #pen: OffscreenCanvasRenderingContext2D;
  readonly #steps: OffscreenCanvasRenderingContext2D[] = [];

  constructor() {
    this.#pen = newPen();
  }

  compose(frame: CanvasImageSource, size: Size, mask: OffscreenCanvas, behind: Behind): OffscreenCanvas {
    const pen = this.#pen;
    const { width, height } = size;
    resize(pen.canvas, width, height);
    pen.imageSmoothingQuality = "high";
    pen.globalCompositeOperation = "copy";
    pen.drawImage(mask, 0, 0, width, height);
    pen.globalCompositeOperation = "source-in";
    pen.drawImage(frame, 0, 0, width, height);
    pen.globalCompositeOperation = "destination-over";
    if (behind.type === "picture")
      pen.drawImage(behind.picture, ...coverPart(behind.picture, size), 0, 0, width, height);
    else pen.drawImage(this.#blurred(frame, size, BLUR_WIDTHS[behind.strength]), 0, 0, width, height);
    return pen.canvas;
  }

  #blurred(frame: CanvasImageSource, { width, height }: Size, widths: readonly number[]): CanvasImageSource {
    let picture = frame;
    widths.forEach((small, index) => {
      this.#steps[index] ??= newPen();
      const pen = this.#steps[index];
      resize(pen.canvas, small, Math.max(1, Math.round((small * height) / width)));
      pen.imageSmoothingQuality = "high";
      pen.drawImage(picture, 0, 0, pen.canvas.width, pen.canvas.height);
      picture = pen.canvas;
    });
    return picture;
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function newPen(): OffscreenCanvasRenderingContext2D {
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  if (!pen) throw new Error("expected a canvas to draw on");
  return pen;
}

/** Setting a size clears the canvas, even the same size. */
function resize(canvas: OffscreenCanvas, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
