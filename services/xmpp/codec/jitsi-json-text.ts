/**
 * JSON as it is put into a json-message. COMPAT: lib-jitsi-meet runs `unescape` over it before reading, which would
 * spoil percent-encoded room names; written this way a `%` survives.
 */
export function writeJsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll("%", "\\u0025");
}
