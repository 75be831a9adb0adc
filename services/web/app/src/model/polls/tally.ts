import type { Poll, PollMessage } from "../../protocol/conference/polls.ts";
import { MAX_POLL_OPTIONS, MAX_POLL_TEXT_BYTES } from "../../protocol/conference/polls.ts";

/** A later answer takes the place of an earlier one. */
export function withAnswer(poll: Poll, answer: Extract<PollMessage, { type: "answer" }>): Poll {
  const { voter, voterName, answers } = answer;
  const options = poll.options.map((option, index) => {
    const voters = new Map(option.voters);
    if (answers[index] === true) voters.set(voter, voterName);
    else voters.delete(voter);
    return { ...option, voters };
  });
  return { ...poll, options };
}

export function votersOf({ options }: Poll): ReadonlySet<string> {
  return new Set(options.flatMap(({ voters }) => [...voters.keys()]));
}

export function answersOf({ options }: Poll, voter: string): readonly boolean[] {
  return options.map(({ voters }) => voters.has(voter));
}

export interface PollDraft {
  readonly key: string;
  readonly question: string;
  readonly options: readonly string[];
}

export type DraftProblem = "noQuestion" | "tooFewOptions" | "notUniqueOption" | "tooLong";

export const MIN_OPTIONS = 2;

/** As it would be sent: without the empty lines that the form offers. */
export function trimmed(draft: PollDraft): PollDraft {
  const options = draft.options.map((each) => each.trim()).filter(Boolean);
  return { ...draft, question: draft.question.trim(), options: options.slice(0, MAX_POLL_OPTIONS) };
}

export function problemOf(draft: PollDraft): DraftProblem | undefined {
  const { question, options } = trimmed(draft);
  if (question === "") return "noQuestion";
  if (options.length < MIN_OPTIONS) return "tooFewOptions";
  if (new Set(options).size < options.length) return "notUniqueOption";
  const isLong = (text: string) => new TextEncoder().encode(text).length > MAX_POLL_TEXT_BYTES;
  return [question, ...options].some(isLong) ? "tooLong" : undefined;
}
