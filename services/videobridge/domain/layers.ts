import { VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { comparableHeight, type VideoConstraint } from "./constraints.ts";
import type { Layering } from "./layering.ts";

/** One of the ways in which a source can be passed on. */
export type Layer = {
  readonly spatial: number;
  readonly temporal: number;
  readonly height: number;
  readonly frameRate: number;
  readonly bitrateBps: number;
};

/** What flows of a source. */
export type SourceFlow = {
  readonly layering: Layering;
  /** By spatial, then temporal layer, each with the rates below it; of a size that is not known, undefined. */
  readonly bitrates: readonly (readonly number[] | undefined)[];
};

/** What a receiver may be given of a source, from least to most. */
export type Ladder = {
  readonly steps: readonly Layer[];
  /** Where a source on stage is brought before anybody else has anything. */
  readonly preferred: number;
  /** To ask the media engine for where bandwidth does not matter: layers that do not flow yet, too. */
  readonly top: { readonly spatial: number; readonly temporal: number };
};

/** Jitsi's clients scale a 720p camera by 4, 2 and 1, and a larger one so that the lower two stay as they are. */
const lowestHeight = 180;
const fullFrameRate = 30;

const preferredHeight = 360;
const preferredFrameRate = 30;
/** Motion is better small than jerky: only the smallest picture goes below this. */
const leastFrameRate = 15;

/** What lib-jitsi-meet lets VP8 have at each height; a source of one stream is taken to be moderate. */
const usualBitrates: readonly number[] = [200_000, 500_000, 1_500_000, 2_500_000];
const usualSingleBitrate = 500_000;
/** Parts of a stream's rate up to each temporal layer, as libwebrtc deals them out. */
const temporalShares: Readonly<Record<number, readonly number[]>> = { 1: [1], 2: [0.6, 1], 3: [0.4, 0.6, 1] };

export function unmeasured(layering: Layering): SourceFlow {
  return { layering, bitrates: [] };
}

/** The smaller dimension. */
export function heightOf(spatial: number): number {
  return lowestHeight * 2 ** spatial;
}

/** The rungs that a constraint leaves of a source. Never empty: what is wanted at all is wanted at its least. */
export function makeLadder(flow: SourceFlow, videoType: VideoType, constraint: VideoConstraint): Ladder {
  const all = describeLayers(flow);
  const flowing = all.filter(({ bitrateBps }) => bitrateBps > 0);
  const fitting = fit(flowing.length > 0 ? flowing : all, constraint);
  const isScreen = videoType === VideoType.DESKTOP;
  const steps = isScreen ? screenSteps(fitting) : cameraSteps(fitting);
  const top = fit(all, constraint).at(-1) ?? { spatial: 0, temporal: 0 };
  return {
    steps,
    preferred: isScreen ? preferredOfScreen(steps) : preferredOfCamera(steps),
    top: { spatial: top.spatial, temporal: top.temporal },
  };
}

/** A size that nobody has seen beside others that were measured takes nothing yet: it has to be asked for to be known. */
function describeLayers({ layering, bitrates }: SourceFlow): Layer[] {
  const isMeasured = bitrates.some((size) => size !== undefined);
  const layers: Layer[] = [];
  for (let spatial = 0; spatial < layering.spatial; spatial += 1)
    for (let temporal = 0; temporal < layering.temporal; temporal += 1)
      layers.push({
        spatial,
        temporal,
        height: heightOf(spatial),
        frameRate: fullFrameRate / 2 ** (layering.temporal - 1 - temporal),
        bitrateBps: bitrates[spatial]?.[temporal] ?? (isMeasured ? 0 : usualBitrate(layering, spatial, temporal)),
      });
  return layers;
}

function usualBitrate({ spatial: sizes, temporal: rates }: Layering, spatial: number, temporal: number): number {
  const whole = sizes === 1 ? usualSingleBitrate : (usualBitrates[spatial] ?? usualBitrates.at(-1) ?? 0);
  return whole * (temporalShares[rates]?.[temporal] ?? (temporal + 1) / rates);
}

/** No higher and no faster than wanted; where nothing is as low as that, the lowest there is. */
function fit(layers: readonly Layer[], { maxHeight, maxFrameRate }: VideoConstraint): Layer[] {
  const limit = comparableHeight(maxHeight);
  const lowest = layers[0]?.spatial ?? 0;
  const sized = layers.filter(({ spatial, height }) => height <= limit || spatial === lowest);
  if (maxFrameRate < 0) return sized;
  const slowest = Math.min(...sized.map(({ frameRate }) => frameRate));
  return sized.filter(({ frameRate }) => frameRate <= Math.max(maxFrameRate, slowest));
}

/** Larger only where it moves at least as well: at the smallest size any rate, above the preferred height just the best. */
function cameraSteps(layers: readonly Layer[]): Layer[] {
  const best = Math.max(...layers.map(({ frameRate }) => frameRate));
  const lowest = layers[0]?.spatial ?? 0;
  return rising(
    layers.filter(({ spatial, height, frameRate }) => {
      if (spatial === lowest) return true;
      return frameRate >= Math.min(best, height > preferredHeight ? preferredFrameRate : leastFrameRate);
    }),
  );
}

/** A screen is to be read: each size at its lowest rate first, more frames only of the largest. */
function screenSteps(layers: readonly Layer[]): Layer[] {
  const largest = layers.at(-1)?.spatial;
  const slowest = new Map<number, Layer>();
  for (const layer of layers) if (!slowest.has(layer.spatial)) slowest.set(layer.spatial, layer);
  return rising(layers.filter((layer) => layer.spatial === largest || slowest.get(layer.spatial) === layer));
}

/** What costs less than something better is no step on the way to it. */
function rising(layers: readonly Layer[]): Layer[] {
  const steps: Layer[] = [];
  for (const layer of layers) {
    while ((steps.at(-1)?.bitrateBps ?? -1) >= layer.bitrateBps) steps.pop();
    steps.push(layer);
  }
  return steps;
}

function preferredOfCamera(steps: readonly Layer[]): number {
  const above = steps.findIndex(({ height }) => height > preferredHeight);
  return above < 0 ? steps.length - 1 : Math.max(0, above - 1);
}

function preferredOfScreen(steps: readonly Layer[]): number {
  const largest = steps.at(-1)?.spatial;
  return steps.findIndex(({ spatial }) => spatial === largest);
}
