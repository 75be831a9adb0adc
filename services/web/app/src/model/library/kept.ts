import { isRecord } from "../../protocol/json.ts";

export interface KeptFile {
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
}

/** One that opens still. */
export interface KeptLink {
  readonly id: string;
  /** In ms since 1970. */
  readonly goesAt: number;
}

/** One recording, as the library tells it. */
export interface Kept {
  readonly id: string;
  readonly room: string;
  /** Empty: room and time say it. */
  readonly title: string;
  readonly status: string;
  /** In ms since 1970. */
  readonly startedAt: number;
  readonly lastsSeconds: number;
  readonly sizeBytes: number;
  readonly files: readonly KeptFile[];
  readonly mayChange: boolean;
  /** When it is removed by itself, in ms since 1970; 0: never. */
  readonly goesAt: number;
  /** None for who may not change it. */
  readonly links: readonly KeptLink[];
}

/** Undefined for what is no recording. */
export function readKept(value: unknown): Kept | undefined {
  if (!isRecord(value) || typeof value.recording !== "string") return undefined;
  const text = (name: string) => (typeof value[name] === "string" ? (value[name] as string) : "");
  const number = (name: string) => (typeof value[name] === "number" ? (value[name] as number) : 0);
  const list = (name: string) => (Array.isArray(value[name]) ? (value[name] as readonly unknown[]) : []);
  return {
    id: value.recording,
    room: text("roomName"),
    title: text("title"),
    status: text("status"),
    startedAt: number("startedMs"),
    lastsSeconds: number("durationSeconds"),
    sizeBytes: number("sizeBytes"),
    files: list("files")
      .map(readFile)
      .filter((file) => file !== undefined),
    mayChange: value.mayChange === true,
    goesAt: number("expiresMs"),
    links: list("links")
      .map(readLink)
      .filter((link) => link !== undefined),
  };
}

function readFile(value: unknown): KeptFile | undefined {
  if (!isRecord(value)) return undefined;
  const { name, type, sizeBytes } = value;
  if (typeof name !== "string" || typeof type !== "string" || typeof sizeBytes !== "number") return undefined;
  return { name, type, sizeBytes };
}

function readLink(value: unknown): KeptLink | undefined {
  if (!isRecord(value) || value.isOpen !== true) return undefined;
  const { id, expiresMs } = value;
  return typeof id === "string" && typeof expiresMs === "number" ? { id, goesAt: expiresMs } : undefined;
}

const WHOLE = [/^video\/mp4$/, /^audio\/mp4$/] as const;

/**
 * What is played in the page: the picture of all, or the sound of all, one after the other where there are several; else
 * the first of what there is.
 */
export function films({ files }: Kept): readonly KeptFile[] {
  for (const kind of WHOLE) {
    const found = files.filter(({ type }) => kind.test(type));
    // Their names end with the time at which they begin.
    if (found.length > 0) return found.sort((a, b) => (stem(a.name) < stem(b.name) ? -1 : 1));
  }
  const first = files.find(({ type }) => type.startsWith("video/")) ?? files.find(isMedia);
  return first ? [first] : [];
}

/** The one file of sound or picture; undefined where there are several, or none. */
export function single(kept: Kept): KeptFile | undefined {
  const [film] = films(kept);
  return kept.files.filter(isMedia).length === 1 ? film : undefined;
}

function isMedia({ type }: KeptFile): boolean {
  return /^(?:video|audio)\//.test(type);
}

function stem(name: string): string {
  return name.replace(/\.[^.]*$/, "");
}
