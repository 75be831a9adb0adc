import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import { type SparingChoice, VIDEO_COUNTS, VIDEO_HEIGHTS } from "../../model/settings.ts";
import { useApp } from "../parts/context.ts";
import { Dialog } from "../parts/dialog.tsx";
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
        <select
          id={`${id}-count`}
          class="field"
          data-testid="video-count"
          value={settings.videoCount.value}
          onChange={(event) => {
            const count = VIDEO_COUNTS.find((each) => String(each) === event.currentTarget.value);
            if (count !== undefined) settings.videoCount.value = count;
          }}
        >
          {VIDEO_COUNTS.map((count) => (
            <option key={count} value={count}>
              {count < 0 ? t("videoStatus.picturesAll") : count}
            </option>
          ))}
        </select>

        <label for={`${id}-sparing`}>{t("videoStatus.sparing")}</label>
        <select
          id={`${id}-sparing`}
          class="field"
          data-testid="sparing"
          value={settings.sparing.value}
          onChange={(event) => {
            settings.sparing.value = event.currentTarget.value as SparingChoice;
          }}
        >
          {Object.entries(SPARING).map(([choice, label]) => (
            <option key={choice} value={choice}>
              {t(label)}
            </option>
          ))}
        </select>
        <p class="hint">{t("videoStatus.sparingHint")}</p>
      </div>
    </Dialog>
  );
}
