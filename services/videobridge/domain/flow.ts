import { comparableHeight } from "./constraints.ts";
import { heightOf, type SourceFlow } from "./layers.ts";

/**
 * What is known of a source after another look. A size that is not expected, since nobody asked its sender for it, stays
 * what it was. What a layer takes goes up at once and comes down by halves: one quiet second is no reason to give its
 * room away.
 */
export function observePicture(
  flow: SourceFlow,
  measured: readonly (readonly number[])[],
  isExpected: (spatial: number) => boolean,
): SourceFlow {
  // Nothing at all says nothing of what will flow again: it was muted, or nobody wants it.
  if (!measured.some(isFlowing)) return flow;
  const bitrates = Array.from({ length: flow.layering.spatial }, (_, spatial) => {
    const now = measured[spatial] ?? [];
    const before = flow.bitrates[spatial];
    if (!isFlowing(now) && !isExpected(spatial)) return before;
    return Array.from({ length: flow.layering.temporal }, (_, temporal) => settle(before?.[temporal], now[temporal]));
  });
  return { layering: flow.layering, bitrates };
}

/** Who is silent now takes nothing. */
export function observeSound({ layering }: SourceFlow, measured: readonly (readonly number[])[]): SourceFlow {
  return { layering, bitrates: measured };
}

export function soundBitrate({ bitrates }: SourceFlow): number {
  return bitrates[0]?.[0] ?? 0;
}

/** Whether a sender that was told this height sends this size; undefined: it was told nothing, and sends all. */
export function isSentAt(spatial: number, toldHeight: number | undefined): boolean {
  return toldHeight === undefined || spatial === 0 || heightOf(spatial) <= comparableHeight(toldHeight);
}

/** Which sizes flow, in one word: whether it changed is all that matters. */
export function flowingSizes({ bitrates }: SourceFlow): string {
  return bitrates.map((layer) => (layer && isFlowing(layer) ? "1" : "0")).join("");
}

function settle(before = 0, now = 0): number {
  return now > 0 && now < before ? (now + before) / 2 : now;
}

export function isFlowing(layer: readonly number[]): boolean {
  return layer.some((bitrate) => bitrate > 0);
}
