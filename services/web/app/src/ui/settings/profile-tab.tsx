import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { MAX_EMAIL } from "../../model/settings.ts";
import { Account } from "../before/account.tsx";
import { useApp } from "../parts/context.ts";

export function ProfileTab(): JSX.Element {
  const app = useApp();
  const { email } = app.profile;
  return (
    <>
      <div class="setting">
        <label for="settings-name">{t("dialog.yourName")}</label>
        <input
          id="settings-name"
          class="field"
          autocomplete="name"
          maxLength={64}
          value={app.state.name.value}
          readOnly={app.nameIsFixed}
          placeholder={t("dialog.enterDisplayName")}
          onChange={(event) => app.setName(event.currentTarget.value)}
        />
      </div>
      <div class="setting" hidden={app.config.rules.value.hideEmail}>
        <label for="settings-email">{t("profile.setEmailLabel")}</label>
        <input
          id="settings-email"
          class="field"
          type="email"
          autocomplete="email"
          maxLength={MAX_EMAIL}
          value={email.value}
          placeholder={t("profile.setEmailInput")}
          aria-describedby="settings-email-hint"
          onChange={(event) => {
            if (!event.currentTarget.validity.valid) return;
            email.value = event.currentTarget.value.trim();
            app.settings.email.value = email.value;
          }}
        />
        <p id="settings-email-hint" class="hint">
          {t("profile.emailHint")}
        </p>
      </div>
      <Account />
    </>
  );
}
