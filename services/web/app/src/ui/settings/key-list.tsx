import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { FACES } from "../reactions/kinds.ts";
import { SHORTCUTS } from "../toolbar/keys.ts";

/** As they are printed on a keyboard; they work by their place on it, in any layout. */
export function KeyList(): JSX.Element {
  const { isEnabled } = useApp().call.activities.reactions;
  const reactions = Object.values(FACES).map(({ code, label }) => ({ shown: `Alt ${code.replace("Key", "")}`, label }));
  return (
    <dl class="keys">
      {[...SHORTCUTS, ...(isEnabled ? reactions : [])].map(({ shown, label }) => (
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
