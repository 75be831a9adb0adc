import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { Avatar } from "../stage/avatar.tsx";
import { Video } from "../stage/media-elements.tsx";

/** Oneself as others will see one, and the two switches that decide whether they do. */
export function Preview(): JSX.Element {
  const { config, media, settings, state } = useApp();
  const { doNotFlipLocalVideo, hiddenPremeetingButtons } = config.rules.value;
  const camera = media.camera.value;
  const isHeard = media.microphone.value !== undefined && !media.audioMuted.value;
  const isSeen = camera !== undefined;
  return (
    <section class="preview" aria-label={t("prejoin.preview")}>
      {camera ? (
        <Video track={camera} mirrored={settings.mirrorSelf.value && !doNotFlipLocalVideo} />
      ) : (
        <Avatar id="self" name={state.name.value} />
      )}
      {!isSeen && <p class="preview-note">{t("prejoin.videoOff")}</p>}
      <div class="preview-acts">
        {hiddenPremeetingButtons.has("microphone") ? null : (
          <Toggle
            id="prejoin-microphone"
            isOn={isHeard}
            icon={isHeard ? "mic" : "micOff"}
            label={t(isHeard ? "toolbar.mute" : "toolbar.unmute")}
            act={() => void media.setAudioMuted(isHeard)}
          />
        )}
        {hiddenPremeetingButtons.has("camera") ? null : (
          <Toggle
            id="prejoin-camera"
            isOn={isSeen}
            icon={isSeen ? "camera" : "cameraOff"}
            label={t(isSeen ? "toolbar.videomute" : "toolbar.videounmute")}
            act={() => void media.setVideoMuted(isSeen)}
          />
        )}
      </div>
    </section>
  );
}

interface ToggleProps {
  readonly id: string;
  readonly isOn: boolean;
  readonly icon: "mic" | "micOff" | "camera" | "cameraOff";
  /** Says what pressing does, so it is no state to be read as pressed or not. */
  readonly label: string;
  readonly act: () => void;
}

function Toggle({ id, isOn, icon, label, act }: ToggleProps): JSX.Element {
  return (
    <button id={id} class={isOn ? "round" : "round off"} type="button" title={label} aria-label={label} onClick={act}>
      <Icon name={icon} />
    </button>
  );
}
