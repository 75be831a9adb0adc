import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { Dialog, openDialog } from "../parts/dialog.tsx";
import { question } from "./question.ts";
import "./people.css";

export function QuestionDialog(): JSX.Element | null {
  const input = useRef<HTMLInputElement>(null);
  const asked = question.value;
  if (!asked) return null;
  const { title, text, values, answer, isDanger, field, act } = asked;
  const close = () => {
    input.current?.closest("dialog")?.close();
    openDialog(undefined);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const given = input.current?.value.trim() ?? "";
    if (field && given === "") return;
    close();
    act(given);
  };
  return (
    <Dialog title={t(title, values)}>
      <form class="question" onSubmit={submit}>
        {text && <p>{t(text, values)}</p>}
        {field && (
          <label class="question-field">
            {t(field.label)}
            <input
              ref={input}
              class="field"
              name={field.name}
              defaultValue={field.value}
              maxLength={field.length}
              autocomplete="off"
              required
            />
          </label>
        )}
        <div class="question-answers">
          <button class="button" type="button" onClick={close}>
            {t("dialog.Cancel")}
          </button>
          <button id="modal-dialog-ok-button" class={isDanger ? "button danger" : "button primary"} type="submit">
            {t(answer)}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
