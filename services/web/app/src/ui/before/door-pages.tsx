import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { MAX_NAME_LENGTH } from "../../model/welcome/own-name.ts";
import { useApp } from "../parts/context.ts";
import { openDialog } from "../parts/dialog.tsx";
import { Account } from "./account.tsx";
import { Card } from "./card.tsx";
import { LobbyChat } from "./lobby-chat.tsx";
import { PasswordInstead } from "./password-page.tsx";
import { Home } from "./top-bar.tsx";
import { Waits } from "./waits.tsx";

/** Nobody who may open the room is there yet. */
export function WaitingPage(): JSX.Element {
  const { state } = useApp();
  const isGuest = state.identity.value === "";
  return (
    <Card title={t("dialog.WaitForHostTitle")} id="waiting-page" icon="hourglass">
      <Waits text={t("dialog.WaitForHostMsg")} />
      <p class="hint">{t("dialog.WaitForHostHint")}</p>
      <div class="ways">
        {isGuest && (
          <button id="i-am-host" class="button primary" type="button" onClick={() => openDialog("login")}>
            {t("dialog.IamHost")}
          </button>
        )}
        <Home />
      </div>
      {!isGuest && <Account />}
    </Card>
  );
}

/** Somebody has to open the door. */
export function KnockPage(): JSX.Element {
  const { call, config, state } = useApp();
  const phase = state.phase.value;
  const step = phase.name === "knocking" ? phase.step : "asking";
  if (step === "name") return <NamePage />;
  const isEntering = step === "entering";
  return (
    <Card title={t("lobby.joiningTitle")} id="knock-page" icon="people">
      <Waits
        text={
          isEntering ? t("connectingOverlay.joiningRoom") : t("lobby.joiningMessage", { name: state.name.value.trim() })
        }
      />
      {config.lobbyChat && (
        <LobbyChat
          partner=""
          label={t("lobby.writeToModerators")}
          name={t("lobby.moderator")}
          send={(text) => call.sayAtDoor(text)}
        />
      )}
      <PasswordInstead isWrong={step === "wrong-password"} isBusy={isEntering} />
      <div class="ways">
        <Home />
      </div>
    </Card>
  );
}

function NamePage(): JSX.Element {
  const app = useApp();
  const submit = (event: Event) => {
    event.preventDefault();
    app.call.knock();
  };
  return (
    <Card title={t("lobby.joiningTitle")} id="knock-name-page" icon="people" hasField>
      <p>{t("lobby.nameNeeded")}</p>
      <form class="password-form" onSubmit={submit}>
        <label for="knock-name">{t("dialog.yourName")}</label>
        <input
          id="knock-name"
          class="field field-large"
          autocomplete="name"
          autofocus
          maxLength={MAX_NAME_LENGTH}
          required
          value={app.state.name.value}
          onInput={(event) => app.setName(event.currentTarget.value)}
        />
        <div class="ways">
          <button id="knock" class="button primary" type="submit">
            {t("lobby.knockButton")}
          </button>
          <Home />
        </div>
      </form>
    </Card>
  );
}
