/** What differs between browsers in how they send several layers of one camera. */
export interface BrowserTraits {
  /** Layers are made by writing their numbers into our own SDP (Chromium, Safari), else they are invited by name (Firefox). */
  readonly numbersOwnLayers: boolean;
}

export function browserTraits(userAgent: string): BrowserTraits {
  return { numbersOwnLayers: !/\bFirefox\//.test(userAgent) };
}
