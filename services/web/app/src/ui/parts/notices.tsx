import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import type { Notice, NoticeAction } from "../../model/notices.ts";
import { useApp } from "./context.ts";
import { Icon } from "./icons.tsx";

const GAP_PX = 8;

/** The place is always there, so that readers announce what comes into it. */
export function Notices(): JSX.Element {
  const { notices } = useApp().state;
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return;
    const observer = new ResizeObserver(() => stack(element));
    observer.observe(element);
    if (element.parentElement) observer.observe(element.parentElement);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (place.current) stack(place.current);
  });
  return (
    <div ref={place} class="notices" role="log" aria-live="polite">
      {notices.list.value.map((notice) => (
        <NoticeLine key={notice.id} notice={notice} dismiss={() => notices.dismiss(notice.id)} />
      ))}
    </div>
  );
}

/**
 * The newest is at the edge. Each is put above the next by `translate`: one that comes or goes shifts no layout. Those
 * there is no room for wait until a newer one goes.
 */
function stack(place: HTMLElement): void {
  const whole = place.parentElement?.clientHeight ?? 0;
  const room = Math.max(place.offsetTop, whole - place.offsetTop);
  let offset = 0;
  for (const notice of [...place.children].toReversed()) {
    if (!(notice instanceof HTMLElement)) continue;
    notice.style.setProperty("--stack", `${offset}px`);
    offset += notice.offsetHeight;
    notice.style.visibility = offset > room ? "hidden" : "";
    offset += GAP_PX;
  }
}

interface LineProps {
  readonly notice: Notice;
  readonly dismiss: () => void;
}

function NoticeLine({ notice: { text, values, kind = "info", actions = [] }, dismiss }: LineProps): JSX.Element {
  const filled = values?.name === "" ? { ...values, name: nameOrGuest("") } : values;
  return (
    <div class={`notice ${kind}`} data-notice={text}>
      <p>{t(text, filled)}</p>
      {actions.map((action, index) => (
        <Action key={index} action={action} dismiss={dismiss} />
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

function Action({ action: { label, act, href }, dismiss }: { action: NoticeAction; dismiss: () => void }): JSX.Element {
  const words = typeof label === "string" ? t(label) : label.words;
  const press = () => {
    dismiss();
    act();
  };
  return href === undefined ? (
    <button class="button" type="button" onClick={press}>
      {words}
    </button>
  ) : (
    <a class="button" href={href} target="_blank" rel="noopener" onClick={press}>
      {words}
    </a>
  );
}
