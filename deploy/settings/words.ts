/** The words of a text, for lists of names that would be a page long with one a line. */
export function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
