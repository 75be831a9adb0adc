/** What "join again" brings along over the reload it takes, to this room and in this tab only. */
export interface WayBack {
  readonly audioMuted: boolean;
  readonly videoMuted: boolean;
}

const KEY = "veche.wayBack";

export function noteWayBack(path: string, { audioMuted, videoMuted }: WayBack): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ path, audioMuted, videoMuted }));
  } catch {
    // Then the page before the call is shown once more.
  }
}

/** Once: whoever reloads by hand later wants to look at their devices first. */
export function takeWayBack(path: string): WayBack | undefined {
  try {
    const noted = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return readWayBack(noted, path);
  } catch {
    return undefined;
  }
}

export function readWayBack(noted: string | null, path: string): WayBack | undefined {
  const note = JSON.parse(noted ?? "null") as Record<string, unknown> | null;
  if (note?.path !== path) return undefined;
  return { audioMuted: note.audioMuted === true, videoMuted: note.videoMuted === true };
}
