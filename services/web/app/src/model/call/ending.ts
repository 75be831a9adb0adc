/** Why a meeting is over for us, in terms a page can explain. */
export type Ending = "left" | "kicked" | "ended" | "ended-for-all" | "time-up";

/** The server gives its reason in words; these two are always the same. */
const WORDS: ReadonlyMap<string, Ending> = new Map([
  ["The meeting has been terminated", "ended-for-all"],
  ["The meeting has lasted as long as meetings may last here", "time-up"],
]);

export function endingOf(how: "left" | "kicked" | "destroyed", reason: string): Ending {
  return how === "destroyed" ? (WORDS.get(reason) ?? "ended") : how;
}
