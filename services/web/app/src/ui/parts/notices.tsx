import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { Notice } from "../../model/notices.ts";
import { useApp } from "./context.ts";
import { Icon } from "./icons.tsx";

/** The place is always there, so that readers announce what comes into it. */
export function Notices(): JSX.Element {
  const { notices } = useApp().state;
  return (
    <div class="notices" role="log" aria-live="polite">
      {notices.list.value.map((notice) => (
        <NoticeLine key={notice.id} notice={notice} dismiss={() => notices.dismiss(notice.id)} />
      ))}
    </div>
  );
}

interface LineProps {
  readonly notice: Notice;
  readonly dismiss: () => void;
}

function NoticeLine({ notice: { text, values, kind = "info", actions = [] }, dismiss }: LineProps): JSX.Element {
  const filled = values?.name === "" ? { ...values, name: t("dialog.guest") } : values;
  return (
    <div class={`notice ${kind}`} data-notice={text}>
      <p>{t(text, filled)}</p>
      {actions.map(({ label, act }, index) => (
        <button
          key={index}
          class="button"
          type="button"
          onClick={() => {
            dismiss();
            act();
          }}
        >
          {typeof label === "string" ? t(label) : label.words}
        </button>
      ))}
      <button
        class="button quiet square"
        type="button"
        aria-label={t("dialog.dismiss")}
        title={t("dialog.dismiss")}
        onClick={dismiss}
      >
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}
