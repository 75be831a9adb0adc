const PREFIX = "veche.";

/** What the browser keeps for this person. Storage may be full, forbidden or hold somebody else's words. */
export function remembered(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key) ?? "null");
  } catch {
    return null;
  }
}

export function remember(key: string, value: unknown): void {
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
  const uid = [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  remember("machineUid", uid);
  return uid;
}
