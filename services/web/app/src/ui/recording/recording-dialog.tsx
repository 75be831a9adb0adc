import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { CAPTURES, type Capture, type RecordingLayout } from "../../protocol/conference/recording.ts";
import { useApp } from "../parts/context.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Select } from "../parts/select.tsx";
import { LayoutSelect } from "./layout-select.tsx";
import { RunningDialog } from "./running-dialog.tsx";
import { Sealed } from "./sealed.tsx";
import { StartForm } from "./start-form.tsx";
import "./recording.css";

/** To a file: begins it, or shows and ends the one that runs. */
export function RecordingDialog(): JSX.Element {
  const { call, config } = useApp();
  const { recording } = call.activities;
  const [isShared, setShared] = useState(true);
  const [capture, setCapture] = useState<Capture>("composite");
  const [layout, setLayout] = useState<RecordingLayout>("speaker");
  if (recording.file.value) return <RunningDialog mode="file" />;
  const sharing = config.recordingSharing && isShared;
  const picture = capture === "composite" ? { layout } : {};
  return (
    <Dialog title={t("dialog.startRecording")}>
      {recording.isSealed ? (
        <Sealed />
      ) : (
        <StartForm start={() => recording.start({ mode: "file", isShared: sharing, capture, ...picture })}>
          <p>{t("recording.serviceDescription")}</p>
          <label for="recording-capture">{t("recording.what")}</label>
          <Select
            id="recording-capture"
            values={CAPTURES}
            chosen={capture}
            text={(each) => t(`recording.capture.${each}`)}
            choose={setCapture}
            describedBy="recording-capture-hint"
          />
          <p id="recording-capture-hint" class="hint">
            {t(`recording.captureHint.${capture}`)}
          </p>
          {capture === "composite" && <LayoutSelect chosen={layout} choose={setLayout} />}
          {config.recordingSharing && (
            <label class="switch">
              <input type="checkbox" checked={isShared} onChange={(event) => setShared(event.currentTarget.checked)} />
              {t("recording.fileSharingdescription")}
            </label>
          )}
        </StartForm>
      )}
    </Dialog>
  );
}
