export type MetadataLimits = {
  readonly keys: number;
  /** Of one value, and of all with their keys, as JSON. */
  readonly valueCharacters: number;
  readonly characters: number;
  readonly depth: number;
};

export type MetadataRefusal = "name" | "reserved" | "content" | "too-big" | "too-many";

/** What only the server and the focus say; some name rights, so nobody else may. */
const reserved: ReadonlySet<string> = new Set([
  "lobbyEnabled",
  "visitorsEnabled",
  "permissions",
  "moderators",
  "participants",
  "services",
  "conferencePresets",
  "transcriberType",
  "asyncTranscription",
  "audioTranslationRequests",
  "mainMeetingParticipants",
  "visitors",
]);

const keyName = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** May a moderator say this of the room? Undefined where they may; `data` undefined or null takes the key away. */
export function refuseMetadata(
  current: ReadonlyMap<string, unknown>,
  key: string,
  data: unknown,
  limits: MetadataLimits,
): MetadataRefusal | undefined {
  if (!keyName.test(key)) return "name";
  if (reserved.has(key)) return "reserved";
  if (data === undefined || data === null) return undefined;
  if (!isPlain(data, limits.depth)) return "content";
  const size = JSON.stringify(data).length;
  if (size > limits.valueCharacters) return "too-big";
  if (!current.has(key) && current.size >= limits.keys) return "too-many";
  let all = size + key.length;
  for (const [name, value] of current) if (name !== key) all += name.length + JSON.stringify(value).length;
  return all > limits.characters ? "too-big" : undefined;
}

/** COMPAT: clients refuse a whole JSON text in which an object names `__proto__`. */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth <= 0) return false;
  return Object.entries(value).every(
    ([name, inner]) => name !== "__proto__" && name !== "constructor" && isPlain(inner, depth - 1),
  );
}

export type StartMuted = { readonly audio: boolean; readonly video: boolean };

/** Who comes into the room begins muted. */
export function startMutedOf(metadata: ReadonlyMap<string, unknown>): StartMuted {
  const value = metadata.get("startMuted");
  const says = (name: "audio" | "video") =>
    typeof value === "object" && value !== null && name in value && (value as Record<string, unknown>)[name] === true;
  return { audio: says("audio"), video: says("video") };
}
