/** What one layer of our video should do, as `RTCRtpSender.setParameters` takes it. */
export interface LayerSetting {
  readonly active: boolean;
  readonly scaleResolutionDownBy: number;
  readonly maxBitrate: number;
}

export interface Capture {
  readonly width: number;
  readonly height: number;
}

const SCREEN_BITRATE_BPS = 2_500_000;

/** Which layers are worth sending when nobody wants more than `maxHeight` (0: nobody looks; below 0: no limit). */
export function cameraLayers(count: number, capture: Capture, maxHeight: number): LayerSetting[] {
  const height = Math.min(capture.width, capture.height);
  const usable = Math.min(count, layersFor(capture));
  const scales = scalesFor(usable, height);
  const wanted = maxHeight < 0 ? Number.POSITIVE_INFINITY : maxHeight;
  return Array.from({ length: count }, (_, layer) => {
    const scale = scales[layer] ?? 1;
    const isUsable = layer < usable;
    // The lowest layer serves whoever wants less than it has.
    const isWanted = wanted > 0 && (layer === 0 || height / scale <= wanted);
    return { active: isUsable && isWanted, scaleResolutionDownBy: scale, maxBitrate: bitrateFor(height / scale) };
  });
}

export function screenLayers(count: number, maxHeight: number): LayerSetting[] {
  return Array.from({ length: count }, () => ({
    active: maxHeight !== 0,
    scaleResolutionDownBy: 1,
    maxBitrate: SCREEN_BITRATE_BPS,
  }));
}

/**
 * libwebrtc uses only the first one or two layers of a small picture, whatever it is told, so these have to be the
 * ones that reach full size.
 */
function layersFor({ width, height }: Capture): number {
  const pixels = width * height;
  if (pixels >= 960 * 540) return 3;
  return pixels >= 480 * 270 ? 2 : 1;
}

/** From 1080 lines on a quarter would still be more than a thumbnail needs. */
function scalesFor(count: number, height: number): readonly number[] {
  if (count === 3 && height >= 2160) return [12, 6, 1];
  if (count === 3 && height >= 1080) return [6, 3, 1];
  return [4, 2, 1].slice(3 - count);
}

function bitrateFor(height: number): number {
  if (height <= 240) return 200_000;
  return height <= 480 ? 500_000 : 1_500_000;
}
