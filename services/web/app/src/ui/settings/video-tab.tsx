import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { FRAME_RATES, type FrameRate } from "../../model/settings.ts";
import { DeviceSelect } from "../before/device-select.tsx";
import { MediaTrouble } from "../before/media-trouble.tsx";
import { useApp } from "../parts/context.ts";
import { OwnPicture } from "./own-picture.tsx";
import { KeptSwitch } from "./switch.tsx";

export function VideoTab(): JSX.Element {
  const { media, settings } = useApp();
  return (
    <>
      <OwnPicture />
      <div class="devices">
        <DeviceSelect kind="videoinput" />
      </div>
      <MediaTrouble />
      <KeptSwitch id="mirror-self" text={t("settings.mirrorSelf")} choice={settings.mirrorSelf} />
      <div class="setting">
        <label for="screen-frame-rate">{t("settings.desktopShareFramerate")}</label>
        <select
          id="screen-frame-rate"
          class="field"
          value={settings.screenFrameRate.value}
          aria-describedby="screen-frame-rate-hint"
          onChange={(event) => media.setScreenFrameRate(Number(event.currentTarget.value) as FrameRate)}
        >
          {FRAME_RATES.map((rate) => (
            <option key={rate} value={rate}>
              {t("settings.framesPerSecond", { count: rate })}
            </option>
          ))}
        </select>
        <p id="screen-frame-rate-hint" class="hint">
          {t("settings.desktopShareHint")}
        </p>
      </div>
    </>
  );
}
