import type { Encoding } from "./rtp.ts";

/** How many layers a source has: simulcast streams, or the spatial layers of one, and the frame rates of each. */
export type Layering = { readonly spatial: number; readonly temporal: number };

/** Scalability modes of https://www.w3.org/TR/webrtc-svc/#scalabilitymodes*: "L3T3_KEY" is three sizes at three rates. */
export function layeringOf(encodings: readonly Encoding[]): Layering {
  const [, spatial = "1", temporal = "1"] = /^[LS](\d)T(\d)/.exec(encodings[0]?.scalabilityMode ?? "") ?? [];
  return {
    spatial: encodings.length > 1 ? encodings.length : Math.max(1, Number(spatial)),
    temporal: Math.max(1, Number(temporal)),
  };
}
