import type { Encoding } from "./rtp.ts";
import { spatialLayers } from "./video-codec.ts";

/** How many layers a source has: sizes, and the frame rates of each. */
export type Layering = { readonly spatial: number; readonly temporal: number };

export function layeringOf(encodings: readonly Encoding[]): Layering {
  const [, temporal = "1"] = /^[LS]\dT(\d)/.exec(encodings[0]?.scalabilityMode ?? "") ?? [];
  return { spatial: spatialLayers(encodings), temporal: Math.max(1, Number(temporal)) };
}
