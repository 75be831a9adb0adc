/** How often each answer was given. */
export type Told = Map<string, number>;

export const counting = (told: Told) => (what: string) => void told.set(what, (told.get(what) ?? 0) + 1);

export function describe(told: Told): string {
  const sorted = [...told].sort(([, a], [, b]) => b - a);
  return sorted.map(([what, times]) => `${what} ${times}`).join(", ");
}
