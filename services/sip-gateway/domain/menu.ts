/** What keys do in a conference. A star waits for what comes after it: `*6` is what Jitsi and its SIP client have for muting. */

export type Command = "mute" | "hand" | "count" | "help" | "language";

const keys: Readonly<Record<string, Command>> = { 1: "mute", 2: "hand", 3: "count", 0: "help", 9: "language" };
const afterStar: Readonly<Record<string, Command>> = { 6: "mute", 9: "hand", 0: "help", "*": "help" };

export const afterStarMs = 1_500;

/** "star": the next key says what is meant; alone it asks for help. */
export function commandOf(key: string, isAfterStar: boolean): Command | "star" | undefined {
  if (isAfterStar) return afterStar[key] ?? keys[key];
  return key === "*" ? "star" : keys[key];
}
