/** What differs between browsers in how they send several layers of one camera. */
export interface BrowserTraits {
  /** Layers are made by writing their numbers into our own SDP (Chromium, Safari), else they are invited by name (Firefox). */
  readonly numbersOwnLayers: boolean;
  /** Several sizes in one stream can be asked for (scalabilityMode). */
  readonly layersOneStream: boolean;
}

export function browserTraits(userAgent: string): BrowserTraits {
  return { numbersOwnLayers: !/\bFirefox\//.test(userAgent), layersOneStream: /\bChrom(e|ium)\//.test(userAgent) };
}
