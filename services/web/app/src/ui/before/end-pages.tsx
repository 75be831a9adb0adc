import { signal } from "@preact/signals-core";
import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import type { JoinProblem } from "../../model/call/state.ts";
import { useApp } from "../parts/context.ts";
import { Card } from "./card.tsx";

const TITLES = { left: "endpage.left", kicked: "endpage.kicked", destroyed: "endpage.ended" } as const;

const PROBLEMS: Readonly<Record<Exclude<JoinProblem, "password">, TextKey>> = {
  "wrong-password": "dialog.incorrectRoomLockPassword",
  "members-only": "refusal.membersOnly",
  rejected: "lobby.rejected",
  "bad-token": "dialog.tokenAuthFailed",
  full: "dialog.maxUsersLimitReached",
  "not-allowed": "refusal.notAllowed",
  "login-needed": "refusal.loginNeeded",
  refused: "refusal.refused",
  other: "refusal.other",
};

const password = signal("");

export function LeftPage(): JSX.Element {
  const { state } = useApp();
  const phase = state.phase.value;
  const how = phase.name === "ended" ? phase.how : "left";
  const reason = phase.name === "ended" ? phase.reason : "";
  return (
    <Card title={t(TITLES[how])} id="left-page">
      {reason && <p>{t("refusal.serverSays", { text: reason })}</p>}
      <Ways again="dialog.rejoinNow" />
    </Card>
  );
}

export function RefusedPage(): JSX.Element {
  const { state } = useApp();
  const phase = state.phase.value;
  if (phase.name !== "refused") return <Card title={t("dialog.connectError")} id="refused-page" />;
  const { problem, text } = phase;
  if (problem === "password" || problem === "wrong-password")
    return <PasswordPage wrong={problem === "wrong-password"} />;
  return (
    <Card title={t("dialog.connectError")} id="refused-page">
      <p role="alert">{t(PROBLEMS[problem])}</p>
      {text && <p class="hint">{t("refusal.serverSays", { text })}</p>}
      <Ways again="deviceError.tryAgain" />
    </Card>
  );
}

function PasswordPage({ wrong }: { readonly wrong: boolean }): JSX.Element {
  const { call } = useApp();
  const submit = (event: Event) => {
    event.preventDefault();
    if (password.value) void call.enterWith(password.value);
  };
  return (
    <Card title={t("dialog.passwordRequired")} id="password-page">
      <form class="password-form" onSubmit={submit}>
        <label for="room-password">{t("security.password")}</label>
        <input
          id="room-password"
          class="field field-large"
          type="password"
          autocomplete="off"
          aria-invalid={wrong}
          value={password.value}
          onInput={(event) => {
            password.value = event.currentTarget.value;
          }}
        />
        {wrong && (
          <p class="hint error" role="alert">
            {t("dialog.incorrectRoomLockPassword")}
          </p>
        )}
        <div class="ways">
          <button class="button primary" type="submit">
            {t("prejoin.joinMeeting")}
          </button>
          <a class="button" href="/">
            {t("endpage.home")}
          </a>
        </div>
      </form>
    </Card>
  );
}

function Ways({ again }: { readonly again: "dialog.rejoinNow" | "deviceError.tryAgain" }): JSX.Element {
  return (
    <div class="ways">
      <button id="rejoin" class="button primary" type="button" onClick={() => location.reload()}>
        {t(again)}
      </button>
      <a id="home" class="button" href="/">
        {t("endpage.home")}
      </a>
    </div>
  );
}
