/** One or two letters to stand for a person, whatever script the name is in. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s_.\-–—]+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const first = (word: string | undefined) => [...(word ?? "").replace(/^[^\p{L}\p{N}]+/u, "")][0] ?? "";
  const letters = words.length > 1 ? first(words[0]) + first(words.at(-1)) : first(words[0]);
  return letters.toUpperCase();
}

/** The same person has the same colour on every screen. */
export function hueOf(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 100_003;
  return (hash * 47) % 360;
}
