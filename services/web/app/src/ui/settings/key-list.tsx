import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { SHORTCUTS } from "../toolbar/keys.ts";

/** As they are printed on a keyboard; they work by their place on it, in any layout. */
export function KeyList(): JSX.Element {
  return (
    <dl class="keys">
      {SHORTCUTS.map(({ shown, label }) => (
        <div key={label}>
          <dt>
            <kbd>{shown}</kbd>
          </dt>
          <dd>{t(label)}</dd>
        </div>
      ))}
    </dl>
  );
}
