import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import { MODERATED_MEDIA, type ModeratedMedia } from "../../protocol/conference/av-moderation.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";

const NAMES: Readonly<Record<ModeratedMedia, TextKey>> = {
  audio: "participantsPane.moderated.audio",
  video: "participantsPane.moderated.video",
  desktop: "participantsPane.moderated.desktop",
};

/** What takes a moderator's leave, for everybody to see; those it concerns read what to do. */
export function ModerationLine(): JSX.Element | null {
  const { moderated, blocked } = useApp().call.activities.avModeration;
  if (moderated.value.size === 0) return null;
  const media = MODERATED_MEDIA.filter((each) => moderated.value.has(each)).map((each) => t(NAMES[each]));
  return (
    <p id="moderation-line" class="moderation-line" data-moderated={[...moderated.value].join(" ")}>
      <Icon name="lock" size={18} />
      <span>
        {t("participantsPane.moderated.line", { media: media.join(", ") })}
        {blocked.value.size > 0 && <> {t("participantsPane.moderated.howToAsk")}</>}
      </span>
    </p>
  );
}
