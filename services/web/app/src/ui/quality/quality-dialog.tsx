import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import { SPARING_CHOICES, type SparingChoice, VIDEO_COUNTS, VIDEO_HEIGHTS } from "../../model/settings.ts";
import { useApp } from "../parts/context.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Select } from "../parts/select.tsx";
import "./quality.css";

const STEPS: readonly TextKey[] = [
  "audioOnly.audioOnly",
  "videoStatus.lowDefinition",
  "videoStatus.standardDefinition",
  "videoStatus.highDefinition",
  "videoStatus.best",
];

const SPARING: Readonly<Record<SparingChoice, TextKey>> = {
  auto: "videoStatus.sparingAuto",
  on: "videoStatus.sparingOn",
  off: "videoStatus.sparingOff",
};

/** How much video: Jitsi's slider, how many pictures at a time, and whether to spare the machine. */
export function QualityDialog(): JSX.Element {
  const { quality, settings } = useApp();
  const id = useId();
  const step = quality.isAudioOnly.value ? 0 : VIDEO_HEIGHTS.indexOf(settings.videoHeight.value) + 1;
  const text = t(STEPS[step] ?? "audioOnly.audioOnly");
  const choose = (wanted: number) => {
    const height = VIDEO_HEIGHTS[wanted - 1];
    quality.setAudioOnly(height === undefined);
    if (height !== undefined) settings.videoHeight.value = height;
  };
  return (
    <Dialog title={t("videoStatus.performanceSettings")}>
      <div class="quality">
        <label for={`${id}-step`}>{t("videoStatus.callQuality")}</label>
        <output class="quality-step" for={`${id}-step`}>
          {text}
        </output>
        <input
          id={`${id}-step`}
          class="quality-slider"
          data-testid="video-quality"
          type="range"
          min="0"
          max={STEPS.length - 1}
          step="1"
          value={step}
          aria-valuetext={text}
          onInput={(event) => choose(Number(event.currentTarget.value))}
        />
        <div class="quality-ends" aria-hidden="true">
          <span>{t("videoStatus.bestPerformance")}</span>
          <span>{t("videoStatus.highestQuality")}</span>
        </div>
        <p class="hint">{t(step === 0 ? "videoStatus.audioOnlyExpanded" : "videoStatus.adjustFor")}</p>

        <label for={`${id}-count`}>{t("videoStatus.pictures")}</label>
        <Select
          id={`${id}-count`}
          testId="video-count"
          values={VIDEO_COUNTS}
          chosen={settings.videoCount.value}
          text={(count) => (count < 0 ? t("videoStatus.picturesAll") : String(count))}
          choose={(count) => {
            settings.videoCount.value = count;
          }}
        />

        <label for={`${id}-sparing`}>{t("videoStatus.sparing")}</label>
        <Select
          id={`${id}-sparing`}
          testId="sparing"
          values={SPARING_CHOICES}
          chosen={settings.sparing.value}
          text={(choice) => t(SPARING[choice])}
          choose={(choice) => {
            settings.sparing.value = choice;
          }}
        />
        <p class="hint">{t("videoStatus.sparingHint")}</p>
      </div>
    </Dialog>
  );
}
