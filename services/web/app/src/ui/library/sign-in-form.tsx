import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { RecordingLibrary } from "../../model/library/library.ts";

export function SignInForm({ library }: { readonly library: RecordingLibrary }): JSX.Element {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy || name.trim() === "" || password === "") return;
    setBusy(true);
    await library.signIn(name.trim(), password);
    setPassword("");
    setBusy(false);
  };
  return (
    <form id="library-sign-in" class="password-form library-form" onSubmit={(event) => void submit(event)}>
      <p>{t("library.signInHint")}</p>
      <label for="library-name">{t("dialog.user")}</label>
      <input
        id="library-name"
        class="field"
        type="text"
        autocomplete="username"
        autocapitalize="none"
        spellcheck={false}
        maxLength={256}
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <label for="library-password">{t("security.password")}</label>
      <input
        id="library-password"
        class="field"
        type="password"
        autocomplete="current-password"
        maxLength={256}
        value={password}
        onInput={(event) => setPassword(event.currentTarget.value)}
      />
      <button class="button primary" type="submit" disabled={isBusy}>
        {t(isBusy ? "login.busy" : "toolbar.login")}
      </button>
    </form>
  );
}
