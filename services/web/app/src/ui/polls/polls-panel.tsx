import { signal } from "@preact/signals-core";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { newDraft } from "../../model/polls/polls.ts";
import type { PollDraft } from "../../model/polls/tally.ts";
import { TalkPanel } from "../chat/talk-panel.tsx";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { DraftCard, PollCard } from "./poll-card.tsx";
import { PollForm } from "./poll-form.tsx";
import "./polls.css";

/** The poll being written; it stays when the panel is closed. */
const written = signal<PollDraft | undefined>(undefined);

export function PollsPanel(): JSX.Element {
  return (
    <TalkPanel name="polls">
      {written.value ? (
        <PollForm
          draft={written.value}
          change={(draft) => {
            written.value = draft;
          }}
          done={() => {
            written.value = undefined;
          }}
        />
      ) : (
        <PollList />
      )}
    </TalkPanel>
  );
}

function PollList(): JSX.Element {
  const { polls } = useApp().call.activities;
  const list = polls.list.value;
  const drafts = polls.drafts.value;
  const box = useRef<HTMLElement>(null);
  const count = list.length + drafts.length;
  // The newest is at the end, where the button for the next one is.
  useEffect(() => box.current?.scrollTo({ top: box.current.scrollHeight }), [count]);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to scroll by keys too */}
      <section ref={box} class="poll-list" tabIndex={0} aria-label={t("polls.title")}>
        {count === 0 && <p class="chat-empty">{t("polls.results.empty")}</p>}
        {list.map((poll) => (
          <PollCard key={poll.id} poll={poll} />
        ))}
        {drafts.map((draft) => (
          <DraftCard
            key={draft.key}
            draft={draft}
            edit={() => {
              written.value = draft;
            }}
          />
        ))}
      </section>
      <footer class="poll-foot">
        {polls.mayCreate.value ? (
          <button
            id="new-poll"
            class="button primary"
            type="button"
            onClick={() => {
              written.value = newDraft();
            }}
          >
            <Icon name="plus" size={18} /> {t("polls.create.create")}
          </button>
        ) : (
          <p class="hint">{t("polls.create.notAllowed")}</p>
        )}
      </footer>
    </>
  );
}
