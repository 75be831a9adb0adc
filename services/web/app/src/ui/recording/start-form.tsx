import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { RecordingProblem } from "../../model/recording/recording.ts";
import { openDialog } from "../parts/dialog.tsx";

interface Props {
  readonly start: () => Promise<RecordingProblem | undefined>;
  readonly children: ComponentChildren;
}

/** What begins a recording or a stream, and says why it did not. */
export function StartForm({ start, children }: Props): JSX.Element {
  const [problem, setProblem] = useState<RecordingProblem>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    const found = await start();
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
