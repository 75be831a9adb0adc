/** Names of folders and files. Rooms are named by strangers: what is kept of a name is letters, figures and pictures. */

export const nameLimits = { characters: 125, bytes: 240 } as const;

const longestSuffix = ".mp4".length;

/** Ids of recordings are drawn by the focus; anything else than an id is no folder of ours. */
export function isFolderName(recording: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(recording);
}

/**
 * `<room>_<yyyy-MM-dd-HH-mm-ss>` without suffix, as Jibri names its files: with ".mp4" at most 125 characters, and at most
 * 240 bytes of UTF-8. `room` is percent-encoded, as in an address. Time is the machine's.
 */
export function fileNameOf(room: string, startedMs: number): string {
  const time = `_${timeOf(new Date(startedMs))}`;
  const left = nameLimits.characters - longestSuffix - time.length;
  return `${cut(readable(decode(room)), left, nameLimits.bytes - longestSuffix - time.length)}${time}`;
}

function readable(name: string): string {
  const kept = name
    .normalize("NFC")
    .replace(/[^\p{L}\p{N}\p{M}\p{Extended_Pictographic}._-]+/gu, "-")
    .replace(/\.{2,}/g, ".")
    .replace(/-{2,}/g, "-")
    .replace(/^[.\-_\p{M}]+/u, "")
    .replace(/[.\-_]+$/, "");
  return kept === "" ? "room" : kept;
}

/** A name that is not encoded soundly is taken as it is. */
function decode(name: string): string {
  try {
    return decodeURIComponent(name).toWellFormed();
  } catch {
    return name.toWellFormed();
  }
}

function cut(name: string, characters: number, bytes: number): string {
  const encoder = new TextEncoder();
  let kept = "";
  let used = 0;
  for (const letter of name) {
    used += encoder.encode(letter).length;
    if (used > bytes || kept.length + letter.length > characters) break;
    kept += letter;
  }
  return kept;
}

function timeOf(time: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [String(time.getFullYear()).padStart(4, "0"), two(time.getMonth() + 1), two(time.getDate())];
  return [...day, two(time.getHours()), two(time.getMinutes()), two(time.getSeconds())].join("-");
}
