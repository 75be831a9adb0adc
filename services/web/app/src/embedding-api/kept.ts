/** Where an app that may keep nothing itself has the page keep it: Jitsi's name, so that both scripts find it. */
const KEPT = "jitsiLocalStorage";

export function readKept(): string | undefined {
  try {
    return localStorage.getItem(KEPT) ?? undefined;
  } catch {
    return undefined;
  }
}

export function writeKept(content: unknown): void {
  try {
    if (typeof content === "string") localStorage.setItem(KEPT, content);
  } catch {
    // A page that may keep nothing either.
  }
}
