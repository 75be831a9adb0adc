import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { Video } from "../stage/media-elements.tsx";

/** Oneself as the others see one; the camera is switched on only by its own button. */
export function OwnPicture(): JSX.Element {
  const { background, media, settings } = useApp();
  const camera = media.camera.value;
  return (
    <div class="own-picture" data-loading={background.isLoading.value}>
      {camera ? (
        <Video track={camera} mirrored={settings.mirrorSelf.value} />
      ) : (
        <button class="button" type="button" onClick={() => void media.setVideoMuted(false)}>
          <Icon name="camera" size={20} /> {t("toolbar.videounmute")}
        </button>
      )}
      <p class="own-picture-note" role="status">
        {background.isLoading.value && t("virtualBackground.pleaseWait")}
      </p>
    </div>
  );
}
