import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { RecordingProblem } from "../../model/recording/recording.ts";
import type { RecordingMode } from "../../protocol/conference/recording.ts";
import { useApp } from "../parts/context.ts";
import { Dialog, openDialog } from "../parts/dialog.tsx";
import { LayoutSelect } from "./layout-select.tsx";
import { StreamTargets } from "./stream-targets.tsx";

interface Props {
  readonly mode: RecordingMode;
  /** Of what was asked when it began. */
  readonly problem?: RecordingProblem | undefined;
}

/** What runs: its layout, where it goes, and its end. */
export function RunningDialog({ mode, problem: before }: Props): JSX.Element {
  const { recording } = useApp().call.activities;
  const session = recording.active(mode);
  const [found, setFound] = useState<RecordingProblem>();
  const problem = found ?? before;
  const stop = async () => {
    const refusal = await recording.stop(mode);
    setFound(refusal);
    if (!refusal) openDialog(undefined);
  };
  const isFile = mode === "file";
  return (
    <Dialog title={t(isFile ? "recording.running" : "liveStreaming.running")}>
      <div class="recording-form">
        {session && session.placeInLine > 0 && (
          <p role="status">{t(isFile ? "recording.inLine" : "liveStreaming.inLine", { place: session.placeInLine })}</p>
        )}
        {session?.viewUrl && (
          <p>
            {t("liveStreaming.seenAt")}{" "}
            <a href={session.viewUrl} target="_blank" rel="noopener noreferrer">
              {session.viewUrl}
            </a>
          </p>
        )}
        {session?.layout && (
          <LayoutSelect
            chosen={session.layout}
            choose={(layout) => void recording.change(mode, { layout }).then(setFound)}
          />
        )}
        {session && session.targets.length > 0 && <StreamTargets targets={session.targets} refused={setFound} />}
        <p class="hint error" role="alert">
          {problem && t(`recording.problem.${problem}`)}
        </p>
        <p>{t(isFile ? "dialog.stopRecordingWarning" : "dialog.stopStreamingWarning")}</p>
        <button id="stop-recording" class="button primary" type="button" onClick={() => void stop()}>
          {t(isFile ? "dialog.stopRecording" : "dialog.stopLiveStreaming")}
        </button>
      </div>
    </Dialog>
  );
}
