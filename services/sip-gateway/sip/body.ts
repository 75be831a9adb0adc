/** Bodies of SIP messages, of every implementation. */

/** Lower case, without parameters. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** The SDP of a body, also among other parts (RFC 5621: trunks say more in an INVITE than sound); "" where there is none. */
export function sdpIn(body: string, contentType: string | undefined): string {
  const type = mediaTypeOf(contentType);
  if (type === "" || type === "application/sdp") return body;
  if (!type.startsWith("multipart/")) return "";
  const boundary = /;\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType ?? "");
  const name = boundary?.[1] ?? boundary?.[2];
  if (name === undefined) return "";
  const parts = `\r\n${body}`.split(`\r\n--${name}`).slice(1);
  const part = parts.find((text) =>
    /^content-type[ \t]*:[ \t]*application\/sdp\b/im.test(text.split("\r\n\r\n", 1)[0] ?? ""),
  );
  return part === undefined ? "" : `${part.slice(part.indexOf("\r\n\r\n") + 4).trimEnd()}\r\n`;
}
