import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import type { App } from "../../model/app.ts";
import { useApp } from "../parts/context.ts";
import { openDialog } from "../parts/dialog.tsx";
import { Icon, type IconName } from "../parts/icons.tsx";
import { RECORDING_LABELS } from "../recording/labels.ts";

/** A thing of the whole meeting that everybody should know of for as long as it lasts. */
export interface Label {
  readonly id: string;
  readonly icon: IconName;
  readonly text: (app: App) => TextKey;
  /** For the gaps of the text. */
  readonly values?: (app: App) => Readonly<Record<string, string | number>>;
  readonly isShown: (app: App) => boolean;
  readonly kind?: "warning" | "record";
  /** A label that leads somewhere is a button. */
  readonly act?: (app: App) => void;
  /** Where it leads only some. */
  readonly mayAct?: (app: App) => boolean;
}

/** In the order in which they stand beside the room's name. */
export const LABELS: readonly Label[] = [
  ...RECORDING_LABELS,
  {
    id: "e2ee-label",
    icon: "shieldCheck",
    text: () => "e2ee.title",
    isShown: ({ call }) => call.activities.e2ee.isOn.value,
    act: () => openDialog("e2ee"),
  },
  {
    id: "audio-only-label",
    icon: "headphones",
    text: () => "audioOnly.audioOnly",
    isShown: ({ quality }) => quality.isAudioOnly.value,
    act: () => openDialog("videoQuality"),
  },
  {
    id: "sparing-label",
    icon: "gauge",
    text: () => "videoStatus.sparing",
    isShown: ({ quality }) => quality.isSparing.value,
    act: () => openDialog("videoQuality"),
  },
];

/** The place is always there, so that readers announce what comes into it. */
export function Labels(): JSX.Element {
  return (
    <div class="labels" role="status">
      {LABELS.map((label) => (
        <LabelMark key={label.id} label={label} />
      ))}
    </div>
  );
}

function LabelMark({ label }: { readonly label: Label }): JSX.Element | null {
  const app = useApp();
  if (!label.isShown(app)) return null;
  const { id, icon, kind = "info", act } = label;
  const content = (
    <>
      <Icon name={icon} size={15} />
      <span class="label-text">{t(label.text(app), label.values?.(app))}</span>
    </>
  );
  if (!act || label.mayAct?.(app) === false) {
    return (
      <span id={id} class={`label ${kind}`}>
        {content}
      </span>
    );
  }
  return (
    <button id={id} class={`label ${kind}`} type="button" onClick={() => act(app)}>
      {content}
    </button>
  );
}
