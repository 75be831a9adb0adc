import { randomInt } from "node:crypto";

/** Without i, l, o, 0 and 1, which look alike on paper. */
export const passwordAlphabet = "abcdefghjkmnpqrstuvwxyz23456789";
const groups = [5, 4, 4];

/** Easy to read out and to type: "k7dmp-3qrt-9wz4", 64 bits. */
export function oneTimePassword(random: (below: number) => number = randomInt): string {
  const letter = () => passwordAlphabet.charAt(random(passwordAlphabet.length));
  return groups.map((length) => Array.from({ length }, letter).join("")).join("-");
}
