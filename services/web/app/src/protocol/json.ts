/** What others send as JSON may be anything. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Empty where it is none. */
export function recordIn(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

/** Empty where it is no text. */
export function textIn(value: unknown): string {
  return typeof value === "string" ? value : "";
}
