/** How one person answered: a yes or no for each option. */
export type Vote = { readonly voter: string; readonly name: string; readonly answers: readonly boolean[] };

export type Poll = {
  readonly id: string;
  readonly sender: string;
  readonly senderName: string;
  readonly question: string;
  readonly options: readonly string[];
  /** By voter. */
  readonly votes: ReadonlyMap<string, Vote>;
};

export type PollLimits = {
  readonly perRoom: number;
  readonly options: number;
  readonly textBytes: number;
  readonly votesPerRoom: number;
};

export type PollRefusal = "too-many-polls" | "exists" | "unknown" | "answers" | "too-many-votes";
export type Decided = { readonly ok: true; readonly poll: Poll } | { readonly ok: false; readonly reason: PollRefusal };

export function createPoll(polls: ReadonlyMap<string, Poll>, poll: Omit<Poll, "votes">, limits: PollLimits): Decided {
  if (polls.has(poll.id)) return { ok: false, reason: "exists" };
  if (polls.size >= limits.perRoom) return { ok: false, reason: "too-many-polls" };
  return { ok: true, poll: { ...poll, votes: new Map() } };
}

/** A later answer takes the place of an earlier one; a no to everything takes it back. */
export function answerPoll(polls: ReadonlyMap<string, Poll>, id: string, vote: Vote, limits: PollLimits): Decided {
  const poll = polls.get(id);
  if (!poll) return { ok: false, reason: "unknown" };
  if (vote.answers.length !== poll.options.length) return { ok: false, reason: "answers" };
  const votes = new Map(poll.votes);
  if (!vote.answers.includes(true)) votes.delete(vote.voter);
  else if (votes.has(vote.voter) || votesOf(polls) < limits.votesPerRoom) votes.set(vote.voter, vote);
  else return { ok: false, reason: "too-many-votes" };
  return { ok: true, poll: { ...poll, votes } };
}

/** How many chose each option. */
export function resultOf({ options, votes }: Poll): readonly number[] {
  const result = options.map(() => 0);
  for (const { answers } of votes.values()) {
    answers.forEach((isChosen, index) => {
      if (isChosen) result[index] = (result[index] ?? 0) + 1;
    });
  }
  return result;
}

function votesOf(polls: ReadonlyMap<string, Poll>): number {
  let sum = 0;
  for (const { votes } of polls.values()) sum += votes.size;
  return sum;
}
