import { signal } from "@preact/signals-core";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { Icon } from "./icons.tsx";

export type DialogName =
  | "e2ee"
  | "invite"
  | "liveStreaming"
  | "login"
  | "question"
  | "recording"
  | "security"
  | "settings"
  | "shortcuts"
  | "speakerStats"
  | "videoQuality";

export const current = signal<DialogName | undefined>(undefined);

export function openDialog(name: DialogName | undefined): void {
  current.value = name;
}

export function Dialog({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => element.current?.showModal(), []);
  const name = useRef(current.peek());
  const close = () => {
    // The browser tells it late: another may have been opened since.
    if (current.value === name.current) current.value = undefined;
  };
  return (
    <dialog ref={element} class="dialog" aria-labelledby="dialog-title" onClose={close}>
      <header class="dialog-top">
        <h2 id="dialog-title">{title}</h2>
        <button
          class="button quiet square"
          type="button"
          aria-label={t("dialog.close")}
          title={t("dialog.close")}
          onClick={() => element.current?.close()}
        >
          <Icon name="close" size={20} />
        </button>
      </header>
      {children}
    </dialog>
  );
}
