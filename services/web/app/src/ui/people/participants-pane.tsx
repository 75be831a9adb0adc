import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { language, t } from "../../i18n/i18n.ts";
import { inOrder, isMeant } from "../../model/people/people-list.ts";
import { sameList } from "../../model/stage/steady.ts";
import { useApp } from "../parts/context.ts";
import { openDialog } from "../parts/dialog.tsx";
import { Icon } from "../parts/icons.tsx";
import { SearchField, type Typed } from "../parts/search-field.tsx";
import { GroupsSection } from "./groups-section.tsx";
import { LobbySection } from "./lobby-section.tsx";
import { runMinutes } from "./minutes.ts";
import { ModerationLine } from "./moderation-line.tsx";
import { PaneFooter } from "./pane-footer.tsx";
import { PersonRow } from "./person-row.tsx";
import "./people.css";

/** From so many on a name is sought rather than seen. */
const SEARCH_FROM = 6;

export function ParticipantsPane(): JSX.Element {
  const { config, state } = useApp();
  const typed = useSignal("");
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(runMinutes, []);
  useEffect(() => title.current?.focus({ preventScroll: true }), []);
  return (
    <aside id="participants-pane" class="people-pane" aria-labelledby="participants-pane-title">
      <header class="people-top">
        <h2 id="participants-pane-title" ref={title} tabIndex={-1}>
          {t("participantsPane.title")}
        </h2>
        <button
          class="button quiet square"
          type="button"
          aria-label={t("toolbar.closeParticipantsPane")}
          title={t("toolbar.closeParticipantsPane")}
          onClick={() => state.openPanel(undefined)}
        >
          <Icon name="close" size={20} />
        </button>
      </header>
      <div class="people-scroll">
        {!config.rules.value.disableInvite && (
          <button id="invite" class="button people-invite" type="button" onClick={() => openDialog("invite")}>
            <Icon name="personAdd" size={18} /> {t("participantsPane.actions.invite")}
          </button>
        )}
        <LobbySection />
        <ModerationLine />
        <Search typed={typed} />
        <Everybody typed={typed} />
        <GroupsSection typed={typed} />
      </div>
      <PaneFooter />
    </aside>
  );
}

function Search({ typed }: Typed): JSX.Element | null {
  const { call, state } = useApp();
  const isWorthIt = useComputed(
    () =>
      typed.value !== "" ||
      state.occupants.value.size + 1 >= SEARCH_FROM ||
      call.activities.breakoutRooms.groups.value.length > 0,
  );
  if (!isWorthIt.value) return null;
  return <SearchField id="participants-search" label={t("participantsPane.search")} typed={typed} />;
}

function Everybody({ typed }: Typed): JSX.Element {
  const { call, state } = useApp();
  const before = useRef<readonly string[]>([]);
  const ids = useComputed(() => {
    const self = {
      id: state.selfId.value,
      name: state.name.value,
      isSelf: true,
      isModerator: state.isModerator.value,
      handRaisedAt: state.handRaisedAt.value,
    };
    const others = [...state.occupants.value.values()].map((each) => ({ ...each, isSelf: false }));
    const meant = [self, ...others].filter(({ name }) => isMeant(name, typed.value));
    before.current = sameList(before.current, inOrder(meant, new Intl.Collator(language.value).compare));
    return before.current;
  });
  const total = useComputed(() => state.occupants.value.size + 1);
  const { current } = call.activities.breakoutRooms;
  return (
    <section class="people-part" aria-labelledby="people-heading">
      <h3 id="people-heading">
        {current.value
          ? `${current.value.name} (${total.value})`
          : t("participantsPane.headings.participantsList", { count: total.value })}
      </h3>
      <ul class="people-list">
        {ids.value.map((id) => (
          <PersonRow key={id} id={id} />
        ))}
      </ul>
      {ids.value.length === 0 && <p class="hint">{t("participantsPane.nobodyFound")}</p>}
    </section>
  );
}
