import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { MAX_NAME_LENGTH } from "../../model/welcome/own-name.ts";
import { loadCallPage } from "../load-call-page.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { Account } from "./account.tsx";
import { DeviceSelect } from "./device-select.tsx";
import { MediaTrouble } from "./media-trouble.tsx";
import { MicMeter } from "./mic-meter.tsx";
import { NetworkLine } from "./network-line.tsx";
import { usePermissions } from "./permissions.ts";
import { Preview } from "./preview.tsx";
import { SpeakerTest } from "./speaker-test.tsx";
import { TopBar } from "./top-bar.tsx";
import "./prejoin.css";

export function PrejoinPage(): JSX.Element {
  // While somebody looks at the mirror, what they will press for is fetched.
  useEffect(loadCallPage, []);
  return (
    <div class="page prejoin">
      <TopBar />
      <main class="prejoin-main">
        <Preview />
        <JoinForm />
        <div class="prejoin-devices">
          <MediaTrouble />
          <div class="devices">
            <DeviceSelect kind="audioinput" />
            <MicMeter />
            <DeviceSelect kind="videoinput" />
            <DeviceSelect kind="audiooutput" />
            <SpeakerTest />
          </div>
        </div>
      </main>
    </div>
  );
}

function JoinForm(): JSX.Element {
  const app = useApp();
  const isMissingTold = useSignal(false);
  const isJoining = app.state.phase.value.name === "joining";
  const join = (how: () => void) => {
    isMissingTold.value = app.nameIsMissing.value;
    if (isMissingTold.value) document.getElementById("display-name")?.focus();
    else if (!isJoining) how();
  };
  const submit = (event: Event) => {
    event.preventDefault();
    join(() => app.join());
  };
  return (
    <form class="prejoin-form" onSubmit={submit} noValidate>
      <h1 dir="auto">{app.place.roomName}</h1>
      <NameField isMissingTold={isMissingTold.value && app.nameIsMissing.value} />
      {app.config.recordingWarning && (
        <p id="recording-warning" class="prejoin-note">
          <Icon name="record" size={18} />
          {t("prejoin.recordingWarning")}
        </p>
      )}
      <Question />
      <button id="join" class="button primary large" type="submit" disabled={isJoining}>
        {isJoining && <span class="spinner" aria-hidden="true" />}
        {t(isJoining ? "connectingOverlay.joiningRoom" : "prejoin.joinMeeting")}
      </button>
      <button
        id="join-without-devices"
        class="button quiet"
        type="button"
        disabled={isJoining}
        onClick={() => join(() => app.joinWithoutDevices())}
      >
        {t("prejoin.joinWithoutDevices")}
      </button>
      <NetworkLine />
      <Account />
    </form>
  );
}

function NameField({ isMissingTold }: { readonly isMissingTold: boolean }): JSX.Element | null {
  const app = useApp();
  const { config, nameIsFixed, state } = app;
  if (config.hideNameBeforeJoining && !app.nameIsMissing.value && !isMissingTold) return null;
  const hint = isMissingTold ? "prejoin.errorMissingName" : nameIsFixed ? "prejoin.nameIsFixed" : undefined;
  return (
    <div class="prejoin-name">
      <label for="display-name">{t("dialog.yourName")}</label>
      <input
        id="display-name"
        class="field field-large"
        autocomplete="name"
        maxLength={MAX_NAME_LENGTH}
        placeholder={t("dialog.enterDisplayName")}
        readOnly={nameIsFixed}
        aria-required={config.requireDisplayName}
        aria-invalid={isMissingTold}
        aria-describedby={hint && "name-hint"}
        value={state.name.value}
        onInput={(event) => app.setName(event.currentTarget.value)}
      />
      {hint && (
        <p id="name-hint" class={isMissingTold ? "hint error" : "hint"} role={isMissingTold ? "alert" : undefined}>
          {t(hint)}
        </p>
      )}
    </div>
  );
}

/** The browser's own question is easily overlooked in its corner. */
function Question(): JSX.Element | null {
  const { media } = useApp();
  const permissions = usePermissions();
  const wantsMicrophone = !media.audioMuted.value && !media.microphone.value;
  const wantsCamera = !media.videoMuted.value && !media.camera.value;
  if (!permissions.isAsking.value || !(wantsMicrophone || wantsCamera)) return null;
  return (
    <p id="allow-question" class="prejoin-note" role="status">
      <Icon name="info" size={18} />
      {t("prejoin.allowQuestion")}
    </p>
  );
}
