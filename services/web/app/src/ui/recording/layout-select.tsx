import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { LAYOUTS, type RecordingLayout } from "../../protocol/conference/recording.ts";
import { Select } from "../parts/select.tsx";

interface Props {
  readonly chosen: RecordingLayout;
  readonly choose: (layout: RecordingLayout) => void;
}

/** Who is where in the picture. */
export function LayoutSelect({ chosen, choose }: Props): JSX.Element {
  return (
    <>
      <label for="recording-layout">{t("recording.layoutLabel")}</label>
      <Select
        id="recording-layout"
        values={LAYOUTS}
        chosen={chosen}
        text={(each) => t(`recording.layout.${each}`)}
        choose={choose}
      />
    </>
  );
}
