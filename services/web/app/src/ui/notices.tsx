import type { JSX } from "preact";
import type { NoticeKey } from "../call/state.ts";
import type { TextKey } from "../i18n/en.ts";
import { t } from "../i18n/i18n.ts";
import { useApp } from "./context.ts";

export function Notices(): JSX.Element {
  const { state } = useApp();
  return (
    <div class="notices" role="log" aria-live="polite">
      {state.notices.value.map(({ id, key, name }) => (
        <p key={id} class="notice" data-notice={key}>
          {t(textKey(key), { name: name || t("guest") })}
        </p>
      ))}
    </div>
  );
}

function textKey(key: NoticeKey): TextKey {
  return `notice${key.charAt(0).toUpperCase()}${key.slice(1)}` as `notice${Capitalize<NoticeKey>}`;
}
