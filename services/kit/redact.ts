/** Keys whose values never reach a log. `channelUrl` and `channelPath` carry the password of the bridge channel. */
const secretKeys = new Set(
  [
    "pwd",
    "pass",
    "password",
    "passwd",
    "secret",
    "token",
    "jwt",
    "authorization",
    "cookie",
    "credential",
    "channelUrl",
    "channel_url",
    "channelPath",
    "channel_path",
    "streamKey",
    "stream_key",
    "privateKey",
    "private_key",
    "resumeToken",
    "resume_token",
  ].map((key) => key.toLowerCase()),
);

const maxDepth = 6;
export const masked = "***";

/** A copy without the values of secret keys, at any depth; errors become plain data. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (depth >= maxDepth) return Array.isArray(value) ? "[…]" : "{…}";
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  if (value instanceof Map) return redact(Object.fromEntries(value), depth);
  if (value instanceof Set) return redact([...value], depth);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      secretKeys.has(key.toLowerCase()) && inner !== undefined && inner !== "" ? masked : redact(inner, depth + 1),
    ]),
  );
}

/** Passwords inside URLs: "nats://focus:abc@host" and "?token=abc". */
export function redactText(text: string): string {
  return text
    .replace(/(\/\/[^\s/:@]*:)[^\s/@]+@/g, `$1${masked}@`)
    .replace(/([?&](?:pwd|password|token|jwt|secret)=)[^&\s"']+/gi, `$1${masked}`);
}

function redactError(error: Error, depth: number): object {
  const code = "code" in error ? { code: error.code } : {};
  const cause = error.cause === undefined || depth >= maxDepth ? {} : { cause: redact(error.cause, depth + 1) };
  return {
    type: error.name,
    message: redactText(error.message),
    ...code,
    stack: redactText(error.stack ?? ""),
    ...cause,
  };
}
