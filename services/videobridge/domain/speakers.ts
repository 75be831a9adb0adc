/** Who speaks, and who spoke before: most recent first. */
export type Speakers = { readonly dominant: string | undefined; readonly previous: readonly string[] };

export const silence: Speakers = { dominant: undefined, previous: [] };

const remembered = 10;

export function speak({ dominant, previous }: Speakers, endpoint: string): Speakers {
  if (endpoint === dominant) return { dominant, previous };
  const before = [...(dominant ? [dominant] : []), ...previous].filter((one) => one !== endpoint);
  return { dominant: endpoint, previous: before.slice(0, remembered) };
}

export function leave({ dominant, previous }: Speakers, endpoint: string): Speakers {
  return {
    dominant: dominant === endpoint ? undefined : dominant,
    previous: previous.filter((one) => one !== endpoint),
  };
}

/** Dominant first. */
export function speechOrder({ dominant, previous }: Speakers): readonly string[] {
  return dominant ? [dominant, ...previous] : previous;
}
