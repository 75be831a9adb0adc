import { signal } from "@preact/signals-core";
import type { JSX, TargetedInputEvent } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import type { LoginProblem } from "../../model/call/state.ts";
import { useApp } from "../parts/context.ts";
import { Dialog, openDialog } from "../parts/dialog.tsx";

const PROBLEMS: Readonly<Record<LoginProblem, TextKey>> = {
  wrong: "dialog.incorrectPassword",
  blocked: "login.blocked",
  disabled: "login.disabled",
  expired: "login.expired",
  "may-not-open": "login.mayNotOpen",
  insecure: "login.insecure",
  unreachable: "login.unreachable",
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
    <Dialog title={t("toolbar.login")}>
      <form id="login-form" class="password-form" onSubmit={(event) => void submit(event)}>
        <Field id="login-name" label="dialog.user" value={name} />
        <Field id="login-password" label="security.password" value={password} isSecret />
        <p class="hint error" role="alert" data-problem={login.name === "failed" ? login.problem : undefined}>
          {login.name === "failed" && t(PROBLEMS[login.problem])}
        </p>
        <button id="login-submit" class="button primary" type="submit" disabled={isBusy}>
          {t(isBusy ? "login.busy" : "toolbar.login")}
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
