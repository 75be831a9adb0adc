import type { JSX } from "preact";
import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { KnockerChat } from "./knocker-chat.tsx";

const SHOWN = 4;

/** Who waits in the lobby, for those who decide. */
export function Knockers(): JSX.Element {
  const { call, state } = useApp();
  // The open pane shows them all.
  const waiting = state.panel.value === "participants" ? [] : state.knockers.value;
  return (
    <section class="knockers" role="log" aria-live="polite" aria-label={t("lobby.toggleLabel")}>
      {waiting.length > 0 && (
        <>
          <div class="knockers-top">
            <h2>{t("participantsPane.headings.waitingLobby", { count: waiting.length })}</h2>
            {waiting.length > 1 && (
              <button
                id="admit-all"
                class="button quiet"
                type="button"
                onClick={() => call.moderation.admit(waiting.map(({ id }) => id))}
              >
                {t("lobby.admitAll")}
              </button>
            )}
          </div>
          <ul>
            {waiting.slice(0, SHOWN).map(({ id, name }) => (
              <li key={id} class="knocker" data-knocker={id}>
                <span class="knocker-name">{nameOrGuest(name)}</span>
                <KnockerChat id={id} name={name} />
                <button class="button" type="button" data-act="reject" onClick={() => call.moderation.reject(id)}>
                  {t("lobby.reject")}
                </button>
                <button
                  class="button primary"
                  type="button"
                  data-act="admit"
                  onClick={() => call.moderation.admit([id])}
                >
                  {t("lobby.admit")}
                </button>
              </li>
            ))}
          </ul>
          {waiting.length > SHOWN && <p class="hint">{t("lobby.andMore", { count: waiting.length - SHOWN })}</p>}
        </>
      )}
    </section>
  );
}
