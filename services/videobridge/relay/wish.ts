import { maxHeight } from "../domain/constraints.ts";

/** What one receiver wants of a source; `layer`: the highest it is to get now. */
export type Wanted = { readonly height: number; readonly layer: number | undefined };

/** What one bridge wants of another one's source. */
export type Wish = { readonly maxHeight: number; readonly layers: readonly number[] };

export const nothing: Wish = { maxHeight: 0, layers: [] };

/** Sound always crosses. */
export const sound: Wish = { maxHeight: 0, layers: [0] };

/**
 * A layer that nobody wants any more still crosses for so long: its receivers keep to it until the next one has been
 * there for two seconds (mediasoup's rule), told its clock and sent a key frame.
 */
const layerHoldMs = 5_000;

/** Layers and until when they cross: for ever, while somebody wants them. */
export type KeptLayers = ReadonlyMap<number, number>;

/**
 * Layers that are to cross now. The lowest is one of them whatever the others are: a receiver whose bandwidth falls has
 * to have something to fall to at once.
 */
export function keepLayers(kept: KeptLayers, wanted: Iterable<Wanted>, now: number): KeptLayers {
  const layers = new Set<number>();
  for (const { layer } of wanted) if (layer !== undefined) layers.add(0).add(layer);
  const next = new Map<number, number>();
  for (const layer of layers) next.set(layer, Number.POSITIVE_INFINITY);
  for (const [layer, until] of kept) {
    if (next.has(layer)) continue;
    const last = Number.isFinite(until) ? until : now + layerHoldMs;
    if (last > now) next.set(layer, last);
  }
  return next;
}

export function describeWish(kept: KeptLayers, wanted: Iterable<Wanted>): Wish {
  const heights: number[] = [];
  for (const { height } of wanted) heights.push(height);
  return { maxHeight: maxHeight(heights), layers: [...kept.keys()].sort((a, b) => a - b) };
}

/** When the next layer ends. */
export function nextEnd(kept: KeptLayers): number {
  return Math.min(Number.POSITIVE_INFINITY, ...kept.values());
}
