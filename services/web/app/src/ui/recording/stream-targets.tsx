import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { RecordingProblem } from "../../model/recording/recording.ts";
import { MAX_TARGETS, type RecordingChange, type StreamTarget } from "../../protocol/conference/recording.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { KeyField } from "./key-field.tsx";

interface Props {
  readonly targets: readonly StreamTarget[];
  readonly refused: (problem: RecordingProblem | undefined) => void;
}

/** Where a stream goes, and how it is there; never with which key. */
export function StreamTargets({ targets, refused }: Props): JSX.Element {
  const { recording } = useApp().call.activities;
  const field = useRef<HTMLInputElement>(null);
  const change = async (what: RecordingChange) => refused(await recording.change("stream", what));
  const add = (event: Event) => {
    event.preventDefault();
    const addTarget = field.current?.value.trim() ?? "";
    if (field.current) field.current.value = "";
    if (addTarget !== "") void change({ addTarget });
  };
  return (
    <section class="stream-targets" aria-labelledby="stream-targets-heading">
      <h3 id="stream-targets-heading">{t("liveStreaming.targets")}</h3>
      <ul>
        {targets.map(({ id, host, state }) => (
          <li key={id} data-target={id} data-state={state}>
            <span class="stream-target">
              <span class="stream-host">{host}</span>
              <span class="stream-state">{t(`liveStreaming.target.${state}`)}</span>
            </span>
            {/* The last one goes with the stream itself. */}
            {targets.length > 1 && (
              <button
                class="button quiet square"
                type="button"
                aria-label={t("liveStreaming.removeTarget", { host })}
                title={t("liveStreaming.removeTarget", { host })}
                onClick={() => void change({ removeTarget: id })}
              >
                <Icon name="close" size={16} />
              </button>
            )}
          </li>
        ))}
      </ul>
      {targets.length < MAX_TARGETS && (
        <form class="stream-keys" onSubmit={add}>
          <KeyField id="add-stream-key" label={t("liveStreaming.enterAnotherKey")} isRequired field={field} />
          <p id="stream-key-hint" class="hint">
            {t("liveStreaming.keyHint")}
          </p>
          <button id="add-stream" class="button" type="submit">
            {t("liveStreaming.addTarget")}
          </button>
        </form>
      )}
    </section>
  );
}
