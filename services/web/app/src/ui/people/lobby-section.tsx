import type { JSX } from "preact";
import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import type { Knocker } from "../../protocol/conference/lobby.ts";
import { useApp } from "../parts/context.ts";
import { Avatar } from "../stage/avatar.tsx";
import { KnockerChat } from "./knocker-chat.tsx";

/** Everybody who waits at the door, with room for a whole class. */
export function LobbySection(): JSX.Element {
  const waiting = useApp().state.knockers.value;
  return (
    <div class="people-live" aria-live="polite">
      {waiting.length > 0 && <Waiting waiting={waiting} />}
    </div>
  );
}

function Waiting({ waiting }: { readonly waiting: readonly Knocker[] }): JSX.Element {
  const { call } = useApp();
  return (
    <section class="people-part" aria-labelledby="lobby-heading">
      <div class="people-part-top">
        <h3 id="lobby-heading">{t("participantsPane.headings.waitingLobby", { count: waiting.length })}</h3>
        {waiting.length > 1 && (
          <button
            class="button quiet small"
            type="button"
            data-testid="admit-all"
            onClick={() => call.moderation.admit(waiting.map(({ id }) => id))}
          >
            {t("lobby.admitAll")}
          </button>
        )}
      </div>
      <ul id="lobby-list" class="people-list">
        {waiting.map(({ id, name }) => (
          <li key={id} id={`participant-item-${id}`} class="person" data-waiting={id}>
            <span class="person-avatar">
              <Avatar id={id} name={name} />
            </span>
            <span class="person-who">
              <span class="person-name">{nameOrGuest(name)}</span>
            </span>
            <KnockerChat id={id} name={name} />
            <button
              class="button small"
              type="button"
              data-testid={`reject-${id}`}
              onClick={() => call.moderation.reject(id)}
            >
              {t("lobby.reject")}
            </button>
            <button
              class="button primary small"
              type="button"
              data-testid={`admit-${id}`}
              onClick={() => call.moderation.admit([id])}
            >
              {t("lobby.admit")}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
