import { bytesLeft } from "../../protocol/conference/chat.ts";

/** From here on people are told how many are left. */
export const SHOW_LETTERS_LEFT = 500;

/** About how many more characters of this kind fit; negative for how many have to go. */
export function lettersLeft(text: string): number {
  const left = bytesLeft(text);
  const bytesEach = text === "" ? 1 : (bytesLeft("") - left) / text.length;
  return left < 0 ? -Math.ceil(-left / bytesEach) : Math.floor(left / bytesEach);
}
