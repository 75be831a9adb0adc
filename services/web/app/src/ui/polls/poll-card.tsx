import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import { answersOf, type PollDraft, votersOf } from "../../model/polls/tally.ts";
import type { Poll, PollOption } from "../../protocol/conference/polls.ts";
import { useApp } from "../parts/context.ts";

/** One question: its answers to choose from, or what was answered. */
export function PollCard({ poll }: { readonly poll: Poll }): JSX.Element {
  const { state } = useApp();
  const own = answersOf(poll, state.selfId.value);
  const hasVoted = own.includes(true);
  const [wish, setWish] = useState<"vote" | "results" | undefined>(undefined);
  const shows = wish ?? (hasVoted ? "results" : "vote");
  const isOwn = poll.senderId === state.selfId.value;
  return (
    <section class="poll" data-poll={poll.id} aria-label={poll.question}>
      <h2 dir="auto">{poll.question}</h2>
      <p class="hint">{isOwn ? t("polls.yours") : t("polls.by", { name: nameOrGuest(poll.senderName) })}</p>
      {shows === "vote" ? (
        <Ballot poll={poll} own={own} done={() => setWish("results")} />
      ) : (
        <Results poll={poll} own={own} hasVoted={hasVoted} change={() => setWish("vote")} />
      )}
    </section>
  );
}

interface BallotProps {
  readonly poll: Poll;
  readonly own: readonly boolean[];
  readonly done: () => void;
}

function Ballot({ poll, own, done }: BallotProps): JSX.Element {
  const { polls } = useApp().call.activities;
  const id = useId();
  const [answers, setAnswers] = useState(own);
  return (
    <form
      class="ballot"
      onSubmit={(event) => {
        event.preventDefault();
        polls.vote(poll, answers);
        done();
      }}
    >
      <fieldset>
        <legend class="visually-hidden">{poll.question}</legend>
        {poll.options.map(({ text }, index) => (
          <label key={index} class="choice" for={`${id}-${index}`}>
            <input
              id={`${id}-${index}`}
              type="checkbox"
              checked={answers[index] === true}
              onChange={(event) => setAnswers(answers.with(index, event.currentTarget.checked))}
            />
            <span dir="auto">{text}</span>
          </label>
        ))}
      </fieldset>
      <p class="hint">{t("polls.answer.hint")}</p>
      <div class="poll-acts">
        <button class="button" type="button" data-act="skip" onClick={done}>
          {t("polls.answer.skip")}
        </button>
        <button
          class="button primary"
          type="submit"
          data-act="vote"
          disabled={!answers.includes(true) && !own.includes(true)}
        >
          {t("polls.answer.submit")}
        </button>
      </div>
    </form>
  );
}

interface ResultsProps {
  readonly poll: Poll;
  readonly own: readonly boolean[];
  readonly hasVoted: boolean;
  readonly change: () => void;
}

function Results({ poll, own, hasVoted, change }: ResultsProps): JSX.Element {
  const { polls } = useApp().call.activities;
  const [isDetailed, setDetailed] = useState(false);
  const voters = votersOf(poll).size;
  return (
    <div class="results">
      <ul>
        {poll.options.map((option, index) => (
          <Result key={index} option={option} outOf={voters} isChosen={own[index] === true} isDetailed={isDetailed} />
        ))}
      </ul>
      <p class="hint" aria-live="polite">
        {t("polls.results.voters", { count: voters })}
      </p>
      {polls.refused.value.has(poll.id) && (
        <p class="hint error" role="alert">
          {t("polls.refused")}
        </p>
      )}
      <div class="poll-acts">
        <button
          class="button"
          type="button"
          data-act="details"
          aria-pressed={isDetailed}
          onClick={() => setDetailed(!isDetailed)}
        >
          {t(isDetailed ? "polls.results.hideDetailedResults" : "polls.results.showDetailedResults")}
        </button>
        <button class="button" type="button" data-act="change" onClick={change}>
          {t(hasVoted ? "polls.results.changeVote" : "polls.results.vote")}
        </button>
      </div>
    </div>
  );
}

interface ResultProps {
  readonly option: PollOption;
  readonly outOf: number;
  readonly isChosen: boolean;
  readonly isDetailed: boolean;
}

function Result({ option: { text, voters }, outOf, isChosen, isDetailed }: ResultProps): JSX.Element {
  const { state } = useApp();
  const percent = outOf === 0 ? 0 : Math.round((100 * voters.size) / outOf);
  const names = [...voters].map(([id, name]) =>
    id === state.selfId.value ? t("chat.you") : nameOrGuest(name || state.occupants.value.get(id)?.name),
  );
  return (
    <li class={isChosen ? "result chosen" : "result"} data-votes={voters.size}>
      <p class="result-line">
        <span dir="auto">{text}</span>
        {isChosen && <em class="visually-hidden">{t("polls.results.chosen")}</em>}
        <span class="result-count">{t("polls.results.count", { count: voters.size, percent })}</span>
      </p>
      <div class="bar" aria-hidden="true">
        <span style={{ inlineSize: `${percent}%` }} />
      </div>
      {isDetailed && <p class="hint">{names.length > 0 ? names.join(", ") : t("polls.results.nobody")}</p>}
    </li>
  );
}

interface DraftCardProps {
  readonly draft: PollDraft;
  readonly edit: () => void;
}

/** Ready, and still only ours. */
export function DraftCard({ draft, edit }: DraftCardProps): JSX.Element {
  const { polls } = useApp().call.activities;
  return (
    <section class="poll draft" data-draft={draft.key} aria-label={draft.question}>
      <h2 dir="auto">{draft.question}</h2>
      <p class="hint">{t("polls.draft")}</p>
      <ul class="draft-options">
        {draft.options.map((text) => (
          <li key={text} dir="auto">
            {text}
          </li>
        ))}
      </ul>
      <div class="poll-acts">
        <button class="button quiet" type="button" data-act="discard" onClick={() => polls.discard(draft.key)}>
          {t("polls.create.discard")}
        </button>
        <button class="button" type="button" data-act="edit" onClick={edit}>
          {t("polls.create.edit")}
        </button>
        <button class="button primary" type="button" data-act="send" onClick={() => polls.send(draft.key)}>
          {t("polls.create.send")}
        </button>
      </div>
    </section>
  );
}
