/** What another app shared with this one once it is installed (`share_target` of the manifest): a room of this server, or nothing. */
export function sharedRoom(query: URLSearchParams, origin: string): string | undefined {
  for (const name of ["url", "text", "title"]) {
    const address = /https?:\/\/\S+/.exec(query.get(name) ?? "")?.[0];
    if (address === undefined || !URL.canParse(address)) continue;
    const { origin: whose, pathname, search } = new URL(address);
    if (whose === origin && pathname !== "/") return pathname + search;
  }
  return undefined;
}
