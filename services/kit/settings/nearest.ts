/**
 * How many letters are wrong: put in, left out, replaced, or two neighbours exchanged. Anything beyond `atMost` is
 * `atMost + 1`. (Optimal string alignment.)
 */
export function distance(a: string, b: string, atMost: number): number {
  if (Math.abs(a.length - b.length) > atMost) return atMost + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      let cost = Math.min(at(last, column) + 1, at(next, column - 1) + 1, at(last, column - 1) + (isSame ? 0 : 1));
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwapped) cost = Math.min(cost, at(before, column - 2) + 1);
      next.push(cost);
    }
    if (Math.min(...next) > atMost) return atMost + 1;
    before = last;
    last = next;
  }
  return Math.min(at(last, b.length), atMost + 1);
}

/** The known name with the fewest wrong letters, `atMost` of them; of several the first. */
export function nearest(name: string, known: Iterable<string>, atMost: number): string | undefined {
  let found: string | undefined;
  let allowed = atMost;
  for (const each of known) {
    const wrong = distance(name, each, allowed);
    if (wrong > allowed) continue;
    found = each;
    allowed = wrong - 1;
    if (allowed < 0) break;
  }
  return found;
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
