import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { type DraftProblem, MIN_OPTIONS, type PollDraft, problemOf } from "../../model/polls/tally.ts";
import { MAX_POLL_OPTIONS } from "../../protocol/conference/polls.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";

interface PollFormProps {
  readonly draft: PollDraft;
  readonly change: (draft: PollDraft) => void;
  readonly done: () => void;
}

/** Saved first, and sent when it has been looked at. */
export function PollForm({ draft, change, done }: PollFormProps): JSX.Element {
  const { polls } = useApp().call.activities;
  const question = useRef<HTMLTextAreaElement>(null);
  const [problem, setProblem] = useState<DraftProblem>();
  useEffect(() => question.current?.focus(), []);
  const save = (event: Event) => {
    event.preventDefault();
    const found = problemOf(draft);
    setProblem(found);
    if (found) return;
    polls.keep(draft);
    done();
  };
  const options = draft.options;
  const setOptions = (next: readonly string[]) => change({ ...draft, options: next });
  return (
    <form class="poll-form" onSubmit={save}>
      <div class="poll-list">
        <label for="poll-question">{t("polls.create.pollQuestion")}</label>
        <textarea
          id="poll-question"
          ref={question}
          class="field"
          rows={2}
          placeholder={t("polls.create.questionPlaceholder")}
          aria-describedby="poll-problem"
          value={draft.question}
          onInput={(event) => change({ ...draft, question: event.currentTarget.value })}
        />
        <ol class="poll-options">
          {options.map((text, index) => (
            // The place in the list is what an option is known by while it is written.
            <li key={index}>
              <input
                id={`poll-option-${index}`}
                class="field"
                autocomplete="off"
                placeholder={t("polls.create.pollOption", { index: index + 1 })}
                aria-label={t("polls.create.pollOption", { index: index + 1 })}
                value={text}
                onInput={(event) => setOptions(options.with(index, event.currentTarget.value))}
                onKeyDown={(event) => {
                  if (event.key !== "Enter") return;
                  event.preventDefault();
                  goOn(options, index, setOptions);
                }}
              />
              {options.length > MIN_OPTIONS && (
                <button
                  class="button quiet square"
                  type="button"
                  aria-label={t("polls.create.removeOption", { index: index + 1 })}
                  title={t("polls.create.removeOption", { index: index + 1 })}
                  onClick={() => setOptions(options.toSpliced(index, 1))}
                >
                  <Icon name="close" size={18} />
                </button>
              )}
            </li>
          ))}
        </ol>
        {options.length < MAX_POLL_OPTIONS && (
          <button id="add-option" class="button" type="button" onClick={() => setOptions([...options, ""])}>
            <Icon name="plus" size={18} /> {t("polls.create.addOption")}
          </button>
        )}
        <p id="poll-problem" class="hint error" role="alert">
          {problem && t(`polls.errors.${problem}`)}
        </p>
      </div>
      <footer class="poll-foot">
        <button id="cancel-poll" class="button" type="button" onClick={done}>
          {t("polls.create.cancel")}
        </button>
        <button id="save-poll" class="button primary" type="submit">
          {t("polls.create.save")}
        </button>
      </footer>
    </form>
  );
}

/** Enter leads to the next option, and makes one where there is none. */
function goOn(options: readonly string[], index: number, setOptions: (next: readonly string[]) => void): void {
  if (index === options.length - 1 && options.length < MAX_POLL_OPTIONS) setOptions([...options, ""]);
  setTimeout(() => document.getElementById(`poll-option-${index + 1}`)?.focus());
}
