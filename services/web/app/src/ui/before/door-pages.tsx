import { signal } from "@preact/signals-core";
import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { openDialog } from "../parts/dialog.tsx";
import { Account } from "./account.tsx";
import { Card } from "./card.tsx";

const password = signal("");

/** Nobody who may open the room is there yet. */
export function WaitingPage(): JSX.Element {
  const { state } = useApp();
  return (
    <Card title={t("dialog.WaitForHostTitle")} id="waiting-page">
      <Waits text={t("dialog.WaitForHostMsg")} />
      <div class="ways">
        {state.identity.value === "" && (
          <button id="i-am-host" class="button primary" type="button" onClick={() => openDialog("login")}>
            {t("dialog.IamHost")}
          </button>
        )}
        <Home />
      </div>
      {state.identity.value !== "" && <Account />}
    </Card>
  );
}

/** Somebody has to open the door. */
export function KnockPage(): JSX.Element {
  const { state } = useApp();
  const phase = state.phase.value;
  const step = phase.name === "knocking" ? phase.step : "asking";
  if (step === "name") return <NamePage />;
  return (
    <Card title={t("lobby.joiningTitle")} id="knock-page">
      <Waits
        text={t(step === "entering" ? "connectingOverlay.joiningRoom" : "lobby.joiningMessage", {
          name: state.name.value,
        })}
      />
      <PasswordInstead isWrong={step === "wrong-password"} isBusy={step === "entering"} />
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
    <Card title={t("lobby.joiningTitle")} id="knock-name-page">
      <p>{t("lobby.nameNeeded")}</p>
      <form class="password-form" onSubmit={submit}>
        <label for="knock-name">{t("dialog.yourName")}</label>
        <input
          id="knock-name"
          class="field field-large"
          autocomplete="name"
          maxLength={64}
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

/** Who knows the password need not wait. */
function PasswordInstead({ isWrong, isBusy }: { readonly isWrong: boolean; readonly isBusy: boolean }): JSX.Element {
  const { call } = useApp();
  const submit = (event: Event) => {
    event.preventDefault();
    if (password.value && !isBusy) void call.enterWith(password.value);
  };
  return (
    <details id="password-instead" class="instead" open={isWrong}>
      <summary>{t("lobby.joinWithPasswordMessage")}</summary>
      <form class="room-line" onSubmit={submit}>
        <input
          id="room-password"
          class="field"
          type="password"
          autocomplete="off"
          aria-label={t("security.password")}
          aria-invalid={isWrong}
          value={password.value}
          onInput={(event) => {
            password.value = event.currentTarget.value;
          }}
        />
        <button class="button" type="submit" disabled={isBusy}>
          {t("prejoin.joinMeeting")}
        </button>
      </form>
      {isWrong && (
        <p class="hint error" role="alert">
          {t("dialog.incorrectRoomLockPassword")}
        </p>
      )}
    </details>
  );
}

function Waits({ text }: { readonly text: string }): JSX.Element {
  return (
    <p class="waits" role="status">
      <span class="spinner" aria-hidden="true" />
      {text}
    </p>
  );
}

function Home(): JSX.Element {
  return (
    <a id="home" class="button" href="/">
      {t("endpage.home")}
    </a>
  );
}
