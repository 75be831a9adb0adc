/** Mute state of one source, as its owner tells the room. */
export interface SourceState {
  readonly muted: boolean;
  readonly videoType: "camera" | "desktop";
}

const SOURCE_NAME = /^(.+)-([av])\d+(\.[^.]+)?$/;

export function ownerOf(sourceName: string): string {
  return SOURCE_NAME.exec(sourceName)?.[1] ?? "";
}

export function isAudioSource(sourceName: string): boolean {
  return SOURCE_NAME.exec(sourceName)?.[2] === "a";
}

/** Reads `<SourceInfo>`; what is malformed or speaks of somebody else's sources is left out. */
export function readSourceInfo(text: string, owner: string): ReadonlyMap<string, SourceState> {
  const states = new Map<string, SourceState>();
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return states;
  }
  if (typeof parsed !== "object" || parsed === null) return states;
  for (const [name, value] of Object.entries(parsed)) {
    if (ownerOf(name) !== owner || typeof value !== "object" || value === null) continue;
    const { muted, videoType } = value as { muted?: unknown; videoType?: unknown };
    const desktop = typeof videoType === "string" && videoType.startsWith("desktop");
    states.set(name, { muted: muted === true, videoType: desktop ? "desktop" : "camera" });
  }
  return states;
}

/** Whether what they send includes sound of their microphone, pictures of their camera, or a screen. */
export function isSending(sources: ReadonlyMap<string, SourceState>, media: "audio" | "video" | "desktop"): boolean {
  return [...sources].some(([name, { muted, videoType }]) => {
    const isAudio = isAudioSource(name);
    const own = isAudio ? "audio" : videoType === "desktop" ? "desktop" : "video";
    return !muted && own === media;
  });
}

export function writeSourceInfo(states: ReadonlyMap<string, SourceState>): string {
  const entries = [...states].map(([name, { muted, videoType }]) => [
    name,
    videoType === "desktop" ? { muted, videoType } : { muted },
  ]);
  return JSON.stringify(Object.fromEntries(entries));
}
