import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { RecordingProblem } from "../../model/recording/recording.ts";
import { MAX_TARGETS, type RecordingLayout } from "../../protocol/conference/recording.ts";
import { useApp } from "../parts/context.ts";
import { Dialog } from "../parts/dialog.tsx";
import { KeyField } from "./key-field.tsx";
import { LayoutSelect } from "./layout-select.tsx";
import { RunningDialog } from "./running-dialog.tsx";
import { Sealed } from "./sealed.tsx";
import { StartForm } from "./start-form.tsx";
import "./recording.css";

/** To streaming services: their keys are typed, sent, and seen by nobody again. */
export function LiveStreamDialog(): JSX.Element {
  const { recording } = useApp().call.activities;
  /** Of an address that was not taken while the others were. */
  const [refused, setRefused] = useState<RecordingProblem>();
  if (recording.stream.value) return <RunningDialog mode="stream" problem={refused} />;
  return (
    <Dialog title={t("liveStreaming.start")}>{recording.isSealed ? <Sealed /> : <Form refused={setRefused} />}</Dialog>
  );
}

function Form({ refused }: { readonly refused: (problem: RecordingProblem) => void }): JSX.Element {
  const { call, config } = useApp();
  const { recording } = call.activities;
  const keys = useRef<HTMLFieldSetElement>(null);
  const link = useRef<HTMLInputElement>(null);
  const [count, setCount] = useState(1);
  const [layout, setLayout] = useState<RecordingLayout>("speaker");
  const start = async () => {
    const fields = [...(keys.current?.querySelectorAll("input") ?? [])];
    const [streamKey, ...more] = fields.map(({ value }) => value.trim()).filter(Boolean);
    if (streamKey === undefined) return "badRequest";
    const viewUrl = link.current?.value.trim() ?? "";
    for (const field of fields) field.value = "";
    const problem = await recording.start({ mode: "stream", streamKey, viewUrl, layout });
    if (problem) return problem;
    for (const addTarget of more) {
      const found = await recording.change("stream", { addTarget });
      if (found) {
        refused(found);
        return found;
      }
    }
    return undefined;
  };
  const { help, terms, privacy } = config.streamingLinks;
  return (
    <StartForm start={start}>
      <fieldset class="stream-keys" ref={keys}>
        {Array.from({ length: count }, (_, index) => (
          <KeyField
            key={index}
            id={index === 0 ? "stream-key" : `stream-key-${index + 1}`}
            label={t("liveStreaming.enterStreamKey")}
            isRequired={index === 0}
          />
        ))}
      </fieldset>
      <p id="stream-key-hint" class="hint">
        {t("liveStreaming.keyHint")}
      </p>
      {count < MAX_TARGETS && (
        <button id="more-stream-keys" class="button" type="button" onClick={() => setCount(count + 1)}>
          {t("liveStreaming.anotherAddress")}
        </button>
      )}
      <label for="stream-link">{t("liveStreaming.viewLink")}</label>
      <input id="stream-link" ref={link} class="field" type="url" autocomplete="off" maxLength={1000} />
      <LayoutSelect chosen={layout} choose={setLayout} />
      {(help ?? terms ?? privacy) && (
        <p class="stream-links">
          <Link href={help} text={t("liveStreaming.help")} />
          <Link href={terms} text={t("liveStreaming.terms")} />
          <Link href={privacy} text={t("liveStreaming.privacy")} />
        </p>
      )}
    </StartForm>
  );
}

function Link({ href, text }: { readonly href: string | undefined; readonly text: string }): JSX.Element | null {
  if (href === undefined) return null;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  );
}
