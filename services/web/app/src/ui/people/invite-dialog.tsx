import type { JSX } from "preact";
import { language, t } from "../../i18n/i18n.ts";
import type { App } from "../../model/app.ts";
import { dialInLines } from "../dial/dial-in-text.ts";
import { useApp } from "../parts/context.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Icon } from "../parts/icons.tsx";
import { LinkLine } from "./link-line.tsx";
import { copyText, meetingLink } from "./meeting-link.ts";
import { INVITE_SECTIONS } from "./sections.ts";
import "./people.css";

/** How others get here: the link, a letter, the text to paste wherever they will read it. */
export function Invite(): JSX.Element {
  const app = useApp();
  const text = invitation(app);
  const subject = t("addPeople.inviteMoreMailSubject", { room: roomTitle(app) });
  const letter = `mailto:?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(text)}`;
  return (
    <Dialog title={t("addPeople.title")}>
      <div id="invite-dialog">
        <LinkLine />
        <div class="invite-ways">
          <a id="invite-mail" class="button" href={letter} target="_blank" rel="noopener noreferrer">
            <Icon name="send" size={18} /> {t("addPeople.defaultEmail")}
          </a>
          <button id="copy-invitation" class="button" type="button" onClick={() => void copyText(app, text)}>
            <Icon name="copy" size={18} /> {t("addPeople.copyInvite")}
          </button>
          {"share" in navigator && (
            <button
              id="share-invitation"
              class="button"
              type="button"
              onClick={() => void navigator.share({ title: subject, text }).catch(() => {})}
            >
              <Icon name="link" size={18} /> {t("addPeople.shareInvite")}
            </button>
          )}
        </div>
        <p class="hint">
          {t(app.state.roomInfo.value.hasPassword ? "security.passwordIsSet" : "addPeople.anyoneWithLink")}
        </p>
        {INVITE_SECTIONS.map((Section, index) => (
          <Section key={index} />
        ))}
      </div>
    </Dialog>
  );
}

function roomTitle({ state, place }: App): string {
  return state.subject.value || place.roomName;
}

function invitation(app: App): string {
  const name = app.state.name.value;
  const room = roomTitle(app);
  const opening = name ? t("addPeople.inviteText", { name, room }) : t("addPeople.inviteTextNoName", { room });
  const way = app.call.activities.dialIn.way.value;
  const byTelephone = way ? ["", ...dialInLines(way, language.value)] : [];
  return `${[opening, meetingLink(app), ...byTelephone].join("\n")}\n`;
}
