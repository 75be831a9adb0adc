import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { openDialog } from "../parts/dialog.tsx";

/** Who we are to the server, where that matters. */
export function Account(): JSX.Element | null {
  const { call, state } = useApp();
  const name = state.identity.value.split("@", 1)[0] ?? "";
  if (name !== "")
    return (
      <p class="account">
        <span id="signed-in-as">{t("login.signedInAs", { name })}</span>
        <button id="log-out" class="button quiet" type="button" onClick={() => call.logOut()}>
          {t("toolbar.logout")}
        </button>
      </p>
    );
  if (!state.hasAuthentication.value) return null;
  return (
    <p class="account">
      <button id="log-in" class="button" type="button" onClick={() => openDialog("login")}>
        {t("toolbar.login")}
      </button>
    </p>
  );
}
