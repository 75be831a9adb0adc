// Addresses of rooms, as Jitsi's clients write and read them.

export interface Place {
  readonly tenant: string;
  /** As the user wrote it; empty on the welcome page. */
  readonly roomName: string;
}

/** Characters that no segment of a room's address may hold. */
const FORBIDDEN = /[:?#[\]@!$&'()*+,;=></"]/g;

export function placeOf(pathname: string): Place {
  const segments = pathname.split("/").map(decode).map(cleanSegment).filter(Boolean);
  return { roomName: segments.at(-1) ?? "", tenant: segments.slice(0, -1).join("/") };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export function cleanSegment(segment: string): string {
  return segment.normalize("NFKC").replace(FORBIDDEN, "").replace(/\s+/g, " ").trim();
}

/** The name under which the server knows the room: two spellings of one name must meet. */
export function roomNode(roomName: string): string {
  return encodeURIComponent(cleanSegment(roomName).toLowerCase()).toLowerCase();
}

export function roomPath({ roomName, tenant }: Place): string {
  const segments = [...tenant.split("/"), roomName].map(cleanSegment).filter(Boolean);
  return `/${segments.map(encodeURIComponent).join("/")}`;
}

export type Overrides = ReadonlyMap<string, unknown>;

/** What the part after `#` asks for: `config.x=…&userInfo.displayName="…"`, each value percent-encoded JSON. */
export function hashOverrides(hash: string): Overrides {
  const overrides = new Map<string, unknown>();
  for (const pair of hash.replace(/^#/, "").split("&")) {
    const equals = pair.indexOf("=");
    if (equals < 1) continue;
    const text = decode(pair.slice(equals + 1));
    try {
      overrides.set(pair.slice(0, equals), JSON.parse(text));
    } catch {
      // People type these by hand: a word without quotes is taken as text.
      overrides.set(pair.slice(0, equals), text);
    }
  }
  return overrides;
}

/** Addresses in the configuration may be relative, and WebSocket ones may be given as http. */
export function serviceUrl(
  configured: string,
  base: string,
  parameters: Readonly<Record<string, string | undefined>>,
  kind: "http" | "ws",
): string {
  const url = new URL(configured, base);
  const secure = url.protocol === "https:" || url.protocol === "wss:";
  url.protocol = kind === "ws" ? (secure ? "wss:" : "ws:") : secure ? "https:" : "http:";
  for (const [name, value] of Object.entries(parameters)) if (value) url.searchParams.set(name, value);
  return url.href;
}
