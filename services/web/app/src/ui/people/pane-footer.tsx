import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import type { ModeratedMedia } from "../../protocol/conference/av-moderation.ts";
import { useApp } from "../parts/context.ts";
import { MenuItem } from "../parts/menu.tsx";
import { MenuButton } from "../parts/menu-button.tsx";
import "./people.css";

/** What moderators do to all at once. */
export function PaneFooter(): JSX.Element | null {
  const { call, config, state } = useApp();
  if (!state.isModerator.value) return null;
  return (
    <footer class="people-foot">
      {!config.rules.value.hideMuteAll && (
        <button
          id="participants-pane-mute-all"
          class="button"
          type="button"
          onClick={() => {
            call.moderation.muteAll("audio");
            state.notices.show("notify.mutedEveryone", { group: "muted-everyone" });
          }}
        >
          {t("participantsPane.actions.muteAll")}
        </button>
      )}
      <MenuButton
        id="participants-pane-context-menu"
        className="button square"
        label={t("participantsPane.actions.moreModerationActions")}
        content={(close) => <FooterMenu close={close} />}
      />
    </footer>
  );
}

const MODERATION: readonly (readonly [ModeratedMedia, TextKey])[] = [
  ["audio", "participantsPane.actions.audioModeration"],
  ["video", "participantsPane.actions.videoModeration"],
  ["desktop", "participantsPane.actions.desktopModeration"],
];

function FooterMenu({ close }: { readonly close: () => void }): JSX.Element {
  const { call } = useApp();
  const { avModeration, hands } = call.activities;
  const moderated = avModeration.moderated.value;
  const then = (act: () => void) => () => {
    close();
    act();
  };
  return (
    <>
      <div class="menu-group">
        <MenuItem
          id="participants-pane-context-menu-stop-video"
          icon="cameraOff"
          text={t("participantsPane.actions.stopEveryonesVideo")}
          act={then(() => call.moderation.muteAll("video"))}
        />
        <MenuItem
          id="participants-pane-context-menu-stop-desktop"
          icon="screenOff"
          text={t("participantsPane.actions.stopEveryonesDesktop")}
          act={then(() => call.moderation.muteAll("desktop"))}
        />
        <MenuItem
          id="participants-pane-context-menu-lower-hands"
          icon="hand"
          text={t("participantsPane.actions.lowerAllHands")}
          act={then(() => hands.lowerAll())}
        />
      </div>
      {avModeration.isOffered && (
        <fieldset class="menu-group">
          <legend class="menu-heading">{t("participantsPane.actions.allow")}</legend>
          {MODERATION.map(([media, text]) => {
            const isModerated = moderated.has(media);
            return (
              <MenuItem
                key={media}
                id={`participants-pane-context-menu-${isModerated ? "stop" : "start"}-${media}-moderation`}
                icon={media === "audio" ? "mic" : media === "video" ? "camera" : "screen"}
                text={t(text)}
                pressed={!isModerated}
                act={then(() => avModeration.moderate(media, !isModerated))}
              />
            );
          })}
        </fieldset>
      )}
    </>
  );
}
