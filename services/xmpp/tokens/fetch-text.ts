export type FetchLimits = { readonly timeoutMs: number; readonly bytes: number };
export type Fetch = (url: string, limits: FetchLimits) => Promise<FetchedText>;
/** `isMissing`: the server is there and has no such thing. */
export type FetchedText = { readonly text: string; readonly isMissing: boolean };

/** Gets a text from the address an operator gave and from nowhere else: redirects are not followed. */
export async function fetchText(url: string, { timeoutMs, bytes }: FetchLimits): Promise<FetchedText> {
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(timeoutMs) });
  if (response.status === 404 || response.status === 410) {
    await response.body?.cancel();
    return { text: "", isMissing: true };
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new Error(`expected 200, found ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > bytes) throw new Error(`expected at most ${bytes} bytes`);
    chunks.push(chunk);
  }
  return { text: Buffer.concat(chunks).toString("utf8"), isMissing: false };
}
