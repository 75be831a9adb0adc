/** The beginning of a text, never with half a character at its end: that could be written, but nobody could read it. */
export function cut(text: string | undefined, maxLength: number): string {
  return (text ?? "").slice(0, maxLength).toWellFormed();
}
