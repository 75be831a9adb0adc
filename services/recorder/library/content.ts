/** How files are told over HTTP: ranges (RFC 9110, 14), names (RFC 6266), tags. */

export type Range = { readonly from: number; readonly to: number };

/** Undefined: the whole; several ranges, and what is no range of bytes, are read as none, as they may be. */
export function readRange(header: string | undefined, sizeBytes: number): Range | "unsatisfiable" | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "");
  if (!match) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const count = Math.min(Number(last), sizeBytes);
    return count === 0 ? "unsatisfiable" : { from: sizeBytes - count, to: sizeBytes - 1 };
  }
  const from = Number(first);
  if (last !== "" && Number(last) < from) return undefined;
  if (from >= sizeBytes) return "unsatisfiable";
  return { from, to: last === "" ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
}

/** A name in letters of any script, with a plain one for old clients; neither can end the header or the quotes. */
export function disposition(kind: "inline" | "attachment", name: string): string {
  const whole = name.toWellFormed().replace(/[\p{Cc}/\\]/gu, "_");
  const plain = whole
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\x20-\x7e]/g, "_")
    .replace(/["%\\]/g, "_");
  const encoded = encodeURIComponent(whole).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

/** What a browser may show in the page; all else is only fetched. */
export function isPlayable(type: string): boolean {
  return /^(?:video|audio)\/[\w.+-]+$/.test(type);
}

/** Whether one of the tags in the header is ours. */
export function hasTag(header: string | undefined, tag: string): boolean {
  return (header ?? "")
    .split(",")
    .map((part) => part.trim().replace(/^W\//, ""))
    .some((part) => part === tag || part === "*");
}

/** What a renamed recording is called when it is fetched: letters stay, what no file system takes does not. */
export function fileNameFor(title: string, name: string): string {
  if (title === "") return name.split("/").at(-1) ?? name;
  const suffix = /\.[A-Za-z0-9]{1,5}$/.exec(name)?.[0] ?? "";
  const kept = title.replace(/[\p{Cc}<>:"/\\|?*]+/gu, "_").replace(/^[.\s]+|[.\s]+$/g, "");
  return `${kept === "" ? "recording" : kept}${suffix}`;
}
