/** The model's picture size. */
export const MASK_WIDTH = 256;
export const MASK_HEIGHT = 144;
const CHANNELS = 3;
/** How much of the outline before stays: less flicker, a little trail. */
const KEEP = 0.35;
/** Below the first nobody, above the second somebody; between them hair and edges. */
const NOBODY = 0.25;
const SOMEBODY = 0.75;

/** Colours as the model wants them, from 0 to 1. */
export function toInput(rgba: Uint8ClampedArray, input: Float32Array): void {
  for (let pixel = 0; pixel < MASK_WIDTH * MASK_HEIGHT; pixel++)
    for (let channel = 0; channel < CHANNELS; channel++)
      input[pixel * CHANNELS + channel] = (rgba[pixel * 4 + channel] ?? 0) / 255;
}

/** What the model is sure of in `output` (one number a pixel, or background and person), smoothed over time in `mask`. */
export function smooth(mask: Float32Array, output: Float32Array): void {
  const channels = output.length / mask.length;
  for (let pixel = 0; pixel < mask.length; pixel++) {
    const sure = output[pixel * channels + channels - 1] ?? 0;
    mask[pixel] = KEEP * (mask[pixel] ?? 0) + (1 - KEEP) * sure;
  }
}

/** The mask as transparency of a picture. */
export function toAlpha(mask: Float32Array, rgba: Uint8ClampedArray): void {
  for (let pixel = 0; pixel < mask.length; pixel++) {
    const part = Math.min(1, Math.max(0, ((mask[pixel] ?? 0) - NOBODY) / (SOMEBODY - NOBODY)));
    rgba[pixel * 4 + 3] = Math.round(part * part * (3 - 2 * part) * 255);
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The part of a picture that fills a frame of another shape, as drawImage takes it. */
export function coverPart(picture: Size, frame: Size): readonly [number, number, number, number] {
  const scale = Math.min(picture.width / frame.width, picture.height / frame.height);
  const [width, height] = [frame.width * scale, frame.height * scale];
  return [(picture.width - width) / 2, (picture.height - height) / 2, width, height];
}
