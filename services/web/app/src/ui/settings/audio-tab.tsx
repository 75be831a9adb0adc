import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { DeviceSelect } from "../before/device-select.tsx";
import { MediaTrouble } from "../before/media-trouble.tsx";
import { MicMeter } from "../before/mic-meter.tsx";
import { SpeakerTest } from "../before/speaker-test.tsx";
import { useApp } from "../parts/context.ts";
import { KeptSwitch, Switch } from "./switch.tsx";

export function AudioTab(): JSX.Element {
  const { media, settings } = useApp();
  const processing = [
    ["echo-cancellation", "settings.echoCancellation", settings.echoCancellation],
    ["browser-noise-suppression", "settings.browserNoiseSuppression", settings.browserNoiseSuppression],
    ["auto-gain-control", "settings.autoGainControl", settings.autoGainControl],
  ] as const;
  return (
    <>
      <div class="devices">
        <DeviceSelect kind="audioinput" />
        <MicMeter />
        <DeviceSelect kind="audiooutput" />
        <div>
          <SpeakerTest />
        </div>
      </div>
      <MediaTrouble />
      <Switch
        id="noise-suppression"
        text={t("settings.noiseSuppression")}
        hint={t("settings.noiseSuppressionHint")}
        checked={settings.noiseSuppression.value}
        change={(checked) => void media.setNoiseSuppression(checked)}
      />
      <KeptSwitch id="push-to-talk" text={t("settings.pushToTalk")} choice={settings.pushToTalk} />
      <details class="more-settings">
        <summary>{t("settings.advanced")}</summary>
        {processing.map(([id, label, choice]) => (
          <Switch
            key={id}
            id={id}
            text={t(label)}
            checked={choice.value}
            change={(checked) => {
              choice.value = checked;
              void media.applyAudioSettings();
            }}
          />
        ))}
        <p class="hint">{t("settings.audioProcessingHint")}</p>
      </details>
    </>
  );
}
