import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { RecordingProblem } from "../../model/recording/recording.ts";
import type { RecordingWish } from "../../protocol/conference/recording.ts";
import { useApp } from "../parts/context.ts";
import { Dialog, openDialog } from "../parts/dialog.tsx";
import "./recording.css";

/** To a file: begins it, or ends the one that runs. */
export function RecordingDialog(): JSX.Element {
  const { call, config } = useApp();
  const session = call.activities.recording.file.value;
  const [isShared, setShared] = useState(true);
  if (session) return <StopDialog mode="file" />;
  return (
    <Dialog title={t("dialog.startRecording")}>
      <StartForm wish={() => ({ mode: "file", isShared: config.recordingSharing && isShared })}>
        <p>{t("recording.serviceDescription")}</p>
        {config.recordingSharing && (
          <label class="switch">
            <input type="checkbox" checked={isShared} onChange={(event) => setShared(event.currentTarget.checked)} />
            {t("recording.fileSharingdescription")}
          </label>
        )}
      </StartForm>
    </Dialog>
  );
}

/** To a streaming service: its key is typed, sent, and seen by nobody again. */
export function LiveStreamDialog(): JSX.Element {
  const { call } = useApp();
  const key = useRef<HTMLInputElement>(null);
  const link = useRef<HTMLInputElement>(null);
  if (call.activities.recording.stream.value) return <StopDialog mode="stream" />;
  const wish = (): RecordingWish | undefined => {
    const streamKey = key.current?.value.trim() ?? "";
    if (streamKey === "") return undefined;
    return { mode: "stream", streamKey, viewUrl: link.current?.value.trim() ?? "" };
  };
  const forget = () => {
    if (key.current) key.current.value = "";
  };
  return (
    <Dialog title={t("liveStreaming.start")}>
      <StartForm wish={wish} started={forget}>
        <label for="stream-key">{t("liveStreaming.enterStreamKey")}</label>
        <input
          id="stream-key"
          ref={key}
          class="field"
          type="password"
          autocomplete="off"
          spellcheck={false}
          maxLength={1000}
          required
          aria-describedby="stream-key-hint"
        />
        <p id="stream-key-hint" class="hint">
          {t("liveStreaming.keyHint")}
        </p>
        <label for="stream-link">{t("liveStreaming.viewLink")}</label>
        <input id="stream-link" ref={link} class="field" type="url" autocomplete="off" maxLength={1000} />
      </StartForm>
    </Dialog>
  );
}

interface StartFormProps {
  readonly wish: () => RecordingWish | undefined;
  readonly started?: () => void;
  readonly children: JSX.Element | (JSX.Element | false)[];
}

function StartForm({ wish, started, children }: StartFormProps): JSX.Element {
  const { recording } = useApp().call.activities;
  const [problem, setProblem] = useState<RecordingProblem>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const wanted = wish();
    if (!wanted || isBusy) return;
    setBusy(true);
    const found = await recording.start(wanted);
    started?.();
    setBusy(false);
    setProblem(found);
    if (!found) openDialog(undefined);
  };
  return (
    <form class="recording-form" onSubmit={(event) => void submit(event)}>
      {children}
      <p class="hint">{t("recording.everybodyIsTold")}</p>
      <p class="hint error" role="alert">
        {problem && t(`recording.problem.${problem}`)}
      </p>
      <button id="start-recording" class="button primary" type="submit" disabled={isBusy}>
        {t("dialog.start")}
      </button>
    </form>
  );
}

function StopDialog({ mode }: { readonly mode: "file" | "stream" }): JSX.Element {
  const { recording } = useApp().call.activities;
  const session = recording.active(mode);
  const [problem, setProblem] = useState<RecordingProblem>();
  const stop = async () => {
    const found = await recording.stop(mode);
    setProblem(found);
    if (!found) openDialog(undefined);
  };
  const isFile = mode === "file";
  return (
    <Dialog title={t(isFile ? "dialog.stopRecording" : "dialog.stopLiveStreaming")}>
      <div class="recording-form">
        <p>{t(isFile ? "dialog.stopRecordingWarning" : "dialog.stopStreamingWarning")}</p>
        {session?.viewUrl && (
          <p>
            {t("liveStreaming.seenAt")}{" "}
            <a href={session.viewUrl} target="_blank" rel="noopener noreferrer">
              {session.viewUrl}
            </a>
          </p>
        )}
        <p class="hint error" role="alert">
          {problem && t(`recording.problem.${problem}`)}
        </p>
        <button id="stop-recording" class="button primary" type="button" onClick={() => void stop()}>
          {t(isFile ? "dialog.stopRecording" : "dialog.stopLiveStreaming")}
        </button>
      </div>
    </Dialog>
  );
}
