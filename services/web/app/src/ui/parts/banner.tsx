import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "./context.ts";
import { openDialog } from "./dialog.tsx";

/** One line above everything for what the user has to know now. The place is always there, so that readers announce it. */
export function Banner(): JSX.Element {
  const app = useApp();
  const { state } = app;
  return (
    <div class="banner-place" role="status" aria-live="polite">
      {state.reconnecting.value ? (
        <p id="banner" class="banner" data-kind="reconnecting">
          <span class="spinner" aria-hidden="true" />
          {t(state.link.value === "connected" ? "connection.mediaReconnecting" : "connection.reconnecting")}
        </p>
      ) : state.bridgeMissing.value ? (
        <p id="banner" class="banner" data-kind="bridge-missing">
          {t("connection.bridgeMissing")}
        </p>
      ) : app.call.activities.e2ee.isSecretWanted.value ? (
        <p id="banner" class="banner" data-kind="secret-wanted">
          {t(app.call.activities.e2ee.isSupported ? "e2ee.wanted" : "e2ee.unsupported")}
          {app.call.activities.e2ee.isSupported && (
            <button class="button" type="button" onClick={() => openDialog("e2ee")}>
              {t("e2ee.enterSecret")}
            </button>
          )}
        </p>
      ) : app.soundBlocked.value ? (
        <p id="banner" class="banner" data-kind="sound-blocked">
          {t("connection.soundBlocked")}
          <button
            class="button"
            type="button"
            onClick={() => {
              app.soundBlocked.value = false;
            }}
          >
            {t("connection.turnSoundOn")}
          </button>
        </p>
      ) : null}
    </div>
  );
}
