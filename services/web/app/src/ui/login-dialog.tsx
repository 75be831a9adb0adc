import { signal } from "@preact/signals-core";
import type { JSX, TargetedInputEvent } from "preact";
import type { LoginProblem } from "../call/state.ts";
import type { TextKey } from "../i18n/en.ts";
import { t } from "../i18n/i18n.ts";
import { useApp } from "./context.ts";
import { Dialog, openDialog } from "./dialog.tsx";

const PROBLEMS: Readonly<Record<LoginProblem, TextKey>> = {
  wrong: "loginWrong",
  blocked: "loginBlocked",
  disabled: "loginDisabled",
  expired: "loginExpired",
  "may-not-open": "loginMayNotOpen",
  insecure: "loginInsecure",
  unreachable: "loginUnreachable",
};

const name = signal("");
const password = signal("");

export function LoginDialog(): JSX.Element {
  const { call, state } = useApp();
  const login = state.login.value;
  const isBusy = login.name === "busy";
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy || name.value.trim() === "" || password.value === "") return;
    await call.logIn(name.value.trim(), password.value);
    password.value = "";
    if (state.login.value.name === "out") openDialog(undefined);
  };
  return (
    <Dialog title={t("logIn")}>
      <form id="login-form" class="password-form" onSubmit={(event) => void submit(event)}>
        <Field id="login-name" label="loginName" value={name} />
        <Field id="login-password" label="password" value={password} isSecret />
        <p class="hint error" role="alert" data-problem={login.name === "failed" ? login.problem : undefined}>
          {login.name === "failed" && t(PROBLEMS[login.problem])}
        </p>
        <button id="login-submit" class="button primary" type="submit" disabled={isBusy}>
          {t(isBusy ? "loggingIn" : "logIn")}
        </button>
      </form>
    </Dialog>
  );
}

interface FieldProps {
  readonly id: string;
  readonly label: TextKey;
  readonly isSecret?: boolean;
  readonly value: { value: string };
}

function Field({ id, label, isSecret = false, value }: FieldProps): JSX.Element {
  const attributes = {
    id,
    class: "field",
    maxLength: 256,
    required: true,
    value: value.value,
    onInput: (event: TargetedInputEvent<HTMLInputElement>) => {
      value.value = event.currentTarget.value;
    },
  };
  return (
    <>
      <label for={id}>{t(label)}</label>
      {isSecret ? (
        <input {...attributes} type="password" autocomplete="current-password" />
      ) : (
        <input {...attributes} type="text" autocomplete="username" autocapitalize="none" spellcheck={false} />
      )}
    </>
  );
}
