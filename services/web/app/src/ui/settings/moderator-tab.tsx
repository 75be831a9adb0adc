import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { Switch } from "./switch.tsx";

export function ModeratorTab(): JSX.Element {
  const { call } = useApp();
  const { followMe, roomRules } = call.activities;
  const { audio, video } = roomRules.startMuted.value;
  return (
    <>
      <Switch
        id="start-audio-muted"
        text={t("settings.startAudioMuted")}
        checked={audio}
        change={(checked) => roomRules.setStartMuted({ audio: checked })}
      />
      <Switch
        id="start-video-muted"
        text={t("settings.startVideoMuted")}
        checked={video}
        change={(checked) => roomRules.setStartMuted({ video: checked })}
      />
      <Switch
        id="follow-me"
        text={t("settings.followMe")}
        hint={t(followMe.isLed.value ? "settings.followMeTaken" : "settings.followMeHint")}
        checked={followMe.isLeading.value}
        disabled={followMe.isLed.value}
        change={(checked) => followMe.setLeading(checked)}
      />
    </>
  );
}
