import type { Place } from "../url.ts";

/** No room is called so at the root: the web server has the library's API below it. */
export function isLibrary({ tenant, roomName }: Place): boolean {
  return tenant === "" && roomName.toLowerCase() === "recordings";
}

/** What of the library an address opens: all that is one's own, or one recording by a link or its owner's key. */
export type Opened =
  | { readonly by: "account" }
  | { readonly by: "link"; readonly recording: string; readonly id: string; readonly secret: string }
  | { readonly by: "key"; readonly recording: string; readonly key: string };

/** Links are `#<recording>/<link>/<secret>`, own recordings `?id=<recording>#<key>`. */
export function openedBy(search: string, hash: string): Opened {
  const [recording = "", id = "", secret = ""] = hash.slice(1).split("/").map(decode);
  if (recording && id && secret) return { by: "link", recording, id, secret };
  const own = new URLSearchParams(search).get("id") ?? "";
  const key = decode(hash.slice(1));
  return own !== "" && key !== "" ? { by: "key", recording: own, key } : { by: "account" };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
