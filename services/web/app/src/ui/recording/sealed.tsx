import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";

/** Why nothing can be recorded. */
export function Sealed(): JSX.Element {
  return (
    <p id="recording-sealed" role="status">
      {t("recording.problem.encrypted")}
    </p>
  );
}
