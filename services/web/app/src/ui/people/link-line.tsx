import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { copyLink, readableLink } from "./meeting-link.ts";

export function LinkLine(): JSX.Element {
  const app = useApp();
  return (
    <>
      <label for="meeting-link">{t("addPeople.meetingLink")}</label>
      <div class="room-line">
        <input
          id="meeting-link"
          class="field"
          readOnly
          value={readableLink(app)}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button id="copy-link" class="button primary" type="button" onClick={() => void copyLink(app)}>
          {t("addPeople.copyLink")}
        </button>
      </div>
    </>
  );
}
