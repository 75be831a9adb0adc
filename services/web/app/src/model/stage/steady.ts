/** Values made anew that say the same as before are given as they were, so that nobody who follows them is woken. */
import { computed, type ReadonlySignal } from "@preact/signals-core";

/** A signal whose value is the one from before where it says the same. */
export function steady<T>(first: T, compute: () => T, same: (before: T, after: T) => T): ReadonlySignal<T> {
  let last = first;
  return computed(() => {
    last = same(last, compute());
    return last;
  });
}

export function sameList<T>(before: readonly T[], after: readonly T[]): readonly T[] {
  return before.length === after.length && before.every((each, index) => Object.is(each, after[index]))
    ? before
    : after;
}

export function sameRecord<T extends object>(before: T | undefined, after: T): T {
  if (before === undefined) return after;
  const keys = Object.keys(after) as (keyof T)[];
  if (keys.length !== Object.keys(before).length) return after;
  return keys.every((key) => Object.is(before[key], after[key])) ? before : after;
}

/** Each value that says the same is the one from before; so is the map when all of them are, in the same order. */
export function sameMap<K, V extends object>(before: ReadonlyMap<K, V>, after: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
  const old = [...before];
  const kept = [...after].map(([key, value]): [K, V] => [key, sameRecord(before.get(key), value)]);
  const isSame =
    old.length === kept.length && kept.every(([key, value], at) => old[at]?.[0] === key && old[at][1] === value);
  return isSame ? before : new Map(kept);
}
