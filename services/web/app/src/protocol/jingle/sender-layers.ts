/** What one layer of our video should do, as `RTCRtpSender.setParameters` takes it. */
export interface LayerSetting {
  readonly active: boolean;
  readonly scaleResolutionDownBy: number;
  readonly maxBitrate: number;
  /** Sizes and rates within one stream (W3C webrtc-svc). */
  readonly scalabilityMode?: string;
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
 * A camera in one stream that holds all its sizes: no more of them than somebody wants. `hasModes`: the browser can be
 * told; one that can't sends a single size.
 */
export function layeredCamera(capture: Capture, maxHeight: number, hasModes: boolean): LayerSetting[] {
  const height = Math.min(capture.width, capture.height);
  const wanted = maxHeight < 0 ? height : Math.min(height, maxHeight);
  const sizes = Math.min(layersFor(capture), wanted > 360 ? 3 : wanted > 180 ? 2 : 1);
  // The largest of two sizes is half a full picture, the only one a quarter.
  const scale = hasModes ? 2 ** (layersFor(capture) - sizes) : 1;
  const mode = sizes === 1 ? "L1T3" : `L${sizes}T3_KEY`;
  return [
    {
      active: wanted > 0,
      scaleResolutionDownBy: scale,
      maxBitrate: bitrateFor(height / scale),
      ...(hasModes && { scalabilityMode: mode }),
    },
  ];
}

export function layeredScreen(maxHeight: number, hasModes: boolean): LayerSetting[] {
  return screenLayers(1, maxHeight).map((layer) => ({ ...layer, ...(hasModes && { scalabilityMode: "L1T3" }) }));
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
