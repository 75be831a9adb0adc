import { randomHex } from "../protocol/random.ts";

const PREFIX = "veche.";

/** What the page around ours keeps for us, where it does. */
let guest: { readonly values: Map<string, unknown>; changed: (content: string) => void } | undefined;

/** From now on nothing is kept in this browser under our own name: browsers forget what frames keep, or forbid it. */
export function keepWithHost(content: unknown): void {
  guest = { values: readKept(content), changed: () => {} };
}

/** Hears all that is to be kept, each time something has changed. */
export function onKept(changed: (content: string) => void): void {
  if (guest) guest.changed = changed;
}

export function canRemember(): boolean {
  try {
    localStorage.setItem(`${PREFIX}probe`, "1");
    localStorage.removeItem(`${PREFIX}probe`);
    return true;
  } catch {
    return false;
  }
}

/** What the browser keeps for this person. Storage may be full, forbidden or hold somebody else's words. */
export function remembered(key: string): unknown {
  if (guest) return guest.values.get(key) ?? null;
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key) ?? "null");
  } catch {
    return null;
  }
}

export function remember(key: string, value: unknown): void {
  if (guest) {
    guest.values.set(key, value);
    guest.changed(writeKept(guest.values));
    return;
  }
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // A private window may refuse; then nothing is kept, and nothing else changes.
  }
}

/** Tells this browser's joins apart from others', as the focus asks. */
export function machineUid(): string {
  const stored = remembered("machineUid");
  if (typeof stored === "string" && stored) return stored;
  const uid = randomHex(16);
  remember("machineUid", uid);
  return uid;
}

function readKept(content: unknown): Map<string, unknown> {
  try {
    const read: unknown = typeof content === "string" ? JSON.parse(content) : undefined;
    return new Map(Object.entries((read as { readonly veche?: object } | undefined)?.veche ?? {}));
  } catch {
    return new Map();
  }
}

function writeKept(values: ReadonlyMap<string, unknown>): string {
  return JSON.stringify({ veche: Object.fromEntries(values) });
}
