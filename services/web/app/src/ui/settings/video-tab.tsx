import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { FRAME_RATES } from "../../model/settings.ts";
import { DeviceSelect } from "../before/device-select.tsx";
import { MediaTrouble } from "../before/media-trouble.tsx";
import { useApp } from "../parts/context.ts";
import { Select } from "../parts/select.tsx";
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
        <Select
          id="screen-frame-rate"
          describedBy="screen-frame-rate-hint"
          values={FRAME_RATES}
          chosen={settings.screenFrameRate.value}
          text={(rate) => t("settings.framesPerSecond", { count: rate })}
          choose={(rate) => media.setScreenFrameRate(rate)}
        />
        <p id="screen-frame-rate-hint" class="hint">
          {t("settings.desktopShareHint")}
        </p>
      </div>
    </>
  );
}
