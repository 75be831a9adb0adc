/** What one layer of our video should do, as `RTCRtpSender.setParameters` takes it. */
export interface LayerSetting {
  readonly active: boolean;
  readonly scaleResolutionDownBy: number;
  readonly maxBitrate: number;
}

const CAMERA_BITRATES_BPS = [200_000, 500_000, 1_500_000] as const;
const SCREEN_BITRATE_BPS = 2_500_000;

/** Which layers are worth sending when nobody wants more than `maxHeight` (0: nobody looks; below 0: no limit). */
export function cameraLayers(count: number, captureHeight: number, maxHeight: number): LayerSetting[] {
  const scales = scalesFor(count, captureHeight);
  const wanted = maxHeight < 0 ? Number.POSITIVE_INFINITY : maxHeight;
  return scales.map((scale, layer) => ({
    // The lowest layer serves whoever wants less than it has.
    active: wanted > 0 && (layer === 0 || captureHeight / scale <= wanted),
    scaleResolutionDownBy: scale,
    maxBitrate: CAMERA_BITRATES_BPS[CAMERA_BITRATES_BPS.length - count + layer] ?? CAMERA_BITRATES_BPS[2],
  }));
}

export function screenLayers(count: number, maxHeight: number): LayerSetting[] {
  return Array.from({ length: count }, () => ({
    active: maxHeight !== 0,
    scaleResolutionDownBy: 1,
    maxBitrate: SCREEN_BITRATE_BPS,
  }));
}

/** From 1080 lines on a quarter would still be more than a thumbnail needs. */
function scalesFor(count: number, captureHeight: number): readonly number[] {
  if (count < 2) return [1];
  if (captureHeight >= 2160) return [12, 6, 1];
  if (captureHeight >= 1080) return [6, 3, 1];
  return [4, 2, 1].slice(3 - count);
}
