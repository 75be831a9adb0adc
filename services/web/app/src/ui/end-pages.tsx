import { signal } from "@preact/signals-core";
import type { JSX } from "preact";
import type { JoinProblem } from "../call/state.ts";
import type { TextKey } from "../i18n/en.ts";
import { t } from "../i18n/i18n.ts";
import { Card } from "./card.tsx";
import { useApp } from "./context.ts";

const TITLES = { left: "leftTitle", kicked: "kickedTitle", destroyed: "destroyedTitle" } as const;

const PROBLEMS: Readonly<Record<Exclude<JoinProblem, "password">, TextKey>> = {
  "wrong-password": "problemWrongPassword",
  "members-only": "problemMembersOnly",
  rejected: "problemRejected",
  "bad-token": "problemBadToken",
  full: "problemFull",
  "not-allowed": "problemNotAllowed",
  "login-needed": "problemLoginNeeded",
  refused: "problemRefused",
  other: "problemOther",
};

const password = signal("");

export function LeftPage(): JSX.Element {
  const { state } = useApp();
  const phase = state.phase.value;
  const how = phase.name === "ended" ? phase.how : "left";
  const reason = phase.name === "ended" ? phase.reason : "";
  return (
    <Card title={t(TITLES[how])} id="left-page">
      {reason && <p>{t("serverSays", { text: reason })}</p>}
      <Ways again="rejoin" />
    </Card>
  );
}

export function RefusedPage(): JSX.Element {
  const { state } = useApp();
  const phase = state.phase.value;
  if (phase.name !== "refused") return <Card title={t("refusedTitle")} id="refused-page" />;
  const { problem, text } = phase;
  if (problem === "password" || problem === "wrong-password")
    return <PasswordPage wrong={problem === "wrong-password"} />;
  return (
    <Card title={t("refusedTitle")} id="refused-page">
      <p role="alert">{t(PROBLEMS[problem])}</p>
      {text && <p class="hint">{t("serverSays", { text })}</p>}
      <Ways again="tryAgain" />
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
    <Card title={t("askPasswordTitle")} id="password-page">
      <form class="password-form" onSubmit={submit}>
        <label for="room-password">{t("password")}</label>
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
            {t("problemWrongPassword")}
          </p>
        )}
        <div class="ways">
          <button class="button primary" type="submit">
            {t("joinMeeting")}
          </button>
          <a class="button" href="/">
            {t("home")}
          </a>
        </div>
      </form>
    </Card>
  );
}

function Ways({ again }: { readonly again: "rejoin" | "tryAgain" }): JSX.Element {
  return (
    <div class="ways">
      <button id="rejoin" class="button primary" type="button" onClick={() => location.reload()}>
        {t(again)}
      </button>
      <a id="home" class="button" href="/">
        {t("home")}
      </a>
    </div>
  );
}
