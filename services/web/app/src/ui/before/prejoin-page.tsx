import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { measureLevel } from "../../model/media/level-meter.ts";
import { useApp } from "../parts/context.ts";
import { Icon, Logo } from "../parts/icons.tsx";
import { Avatar } from "../stage/avatar.tsx";
import { Video } from "../stage/media-elements.tsx";
import { Account } from "./account.tsx";
import { DeviceSelect } from "./device-select.tsx";
import { LanguageSelect } from "./language-select.tsx";
import { MediaTrouble } from "./media-trouble.tsx";

export function PrejoinPage(): JSX.Element {
  const app = useApp();
  const { state } = app;
  const phase = state.phase.value;
  const joining = phase.name === "joining";
  const submit = (event: Event) => {
    event.preventDefault();
    if (!joining) app.join();
  };
  return (
    <div class="page prejoin">
      <header class="page-top">
        <a class="brand" href="/">
          <Logo /> Veche
        </a>
        <LanguageSelect />
      </header>
      <main class="prejoin-main">
        <Preview />
        <form class="prejoin-form" onSubmit={submit}>
          <h1>{app.place.roomName}</h1>
          <label for="display-name">{t("dialog.yourName")}</label>
          <input
            id="display-name"
            class="field field-large"
            autocomplete="name"
            maxLength={64}
            placeholder={t("dialog.enterDisplayName")}
            value={state.name.value}
            onInput={(event) => app.setName(event.currentTarget.value)}
          />
          <div class="devices">
            <DeviceSelect kind="audioinput" />
            <DeviceSelect kind="videoinput" />
            <DeviceSelect kind="audiooutput" />
          </div>
          <MediaTrouble />
          <button id="join" class="button primary large" type="submit" disabled={joining}>
            {t(joining ? "connectingOverlay.joiningRoom" : "prejoin.joinMeeting")}
          </button>
          <Account />
        </form>
      </main>
    </div>
  );
}

function Preview(): JSX.Element {
  const { media, state } = useApp();
  const camera = media.camera.value;
  const micOn = media.microphone.value !== undefined && !media.audioMuted.value;
  const cameraOn = camera !== undefined;
  return (
    <section class="preview" aria-label={t("settings.cameras")}>
      {camera ? <Video track={camera} mirrored /> : <Avatar id="self" name={state.name.value} />}
      {!cameraOn && <p class="preview-note">{t("prejoin.videoOff")}</p>}
      <div class="preview-acts">
        <Toggle
          id="prejoin-microphone"
          on={micOn}
          icon={micOn ? "mic" : "micOff"}
          label={t(micOn ? "toolbar.mute" : "toolbar.unmute")}
          act={() => void media.setAudioMuted(micOn)}
        />
        <Toggle
          id="prejoin-camera"
          on={cameraOn}
          icon={cameraOn ? "camera" : "cameraOff"}
          label={t(cameraOn ? "toolbar.videomute" : "toolbar.videounmute")}
          act={() => void media.setVideoMuted(cameraOn)}
        />
      </div>
      {micOn && <LevelMeter />}
    </section>
  );
}

interface ToggleProps {
  readonly id: string;
  readonly on: boolean;
  readonly icon: "mic" | "micOff" | "camera" | "cameraOff";
  readonly label: string;
  readonly act: () => void;
}

function Toggle({ id, on, icon, label, act }: ToggleProps): JSX.Element {
  return (
    <button
      id={id}
      class={on ? "round" : "round off"}
      type="button"
      aria-pressed={!on}
      title={label}
      aria-label={label}
      onClick={act}
    >
      <Icon name={icon} />
    </button>
  );
}

/** Moves ten times a second, past the page's usual way of drawing, so as to cost nothing. */
function LevelMeter(): JSX.Element {
  const { media } = useApp();
  const bar = useRef<HTMLDivElement>(null);
  const meter = useRef<HTMLMeterElement>(null);
  const track = media.microphone.value;
  useEffect(() => {
    if (!track) return;
    return measureLevel(track, (level) => {
      bar.current?.style.setProperty("--level", String(level));
      if (meter.current) meter.current.value = level;
    });
  }, [track]);
  return (
    <div ref={bar} class="level">
      <meter ref={meter} class="visually-hidden" aria-label={t("deviceSelection.micLevel")} min={0} max={1} value={0} />
    </div>
  );
}
