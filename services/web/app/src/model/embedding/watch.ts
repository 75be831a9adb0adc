import { effect, untracked } from "@preact/signals-core";

/** Tells each new value together with the one before; how things stand at first is no news. */
export function onChange<T>(read: () => T, tell: (now: T, before: T) => void): void {
  let before: { readonly value: T } | undefined;
  effect(() => {
    const now = read();
    const last = before;
    before = { value: now };
    if (last !== undefined && !Object.is(last.value, now)) untracked(() => tell(now, last.value));
  });
}

/** Also how things stand at first. */
export function onValue<T>(read: () => T, tell: (now: T) => void): void {
  let last: { readonly value: T } | undefined;
  effect(() => {
    const now = read();
    if (last !== undefined && Object.is(last.value, now)) return;
    last = { value: now };
    untracked(() => tell(now));
  });
}
