import { effect, signal } from "@preact/signals-core";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import type { ChatLine } from "../../model/chat/lines.ts";
import { useApp } from "../parts/context.ts";

const GATHER_MS = 1200;
/** So many are read out word by word; more at once are only counted. */
const MAX_READ_OUT = 2;

/** Reads new messages out for whoever cannot see them, without a flood of words where a class answers at once. */
export function Announcer(): JSX.Element {
  const { chat } = useApp().call.activities;
  useEffect(() => {
    let gathered: ChatLine[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const say = () => {
      timer = undefined;
      spoken.value = wordsFor(gathered);
      gathered = [];
    };
    const opened = chat.incoming.peek();
    const stop = effect(() => {
      const line = chat.incoming.value;
      if (!line || line === opened) return;
      gathered.push(line);
      timer ??= setTimeout(say, GATHER_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
      spoken.value = "";
    };
  }, [chat]);
  return (
    <p class="visually-hidden" role="log" aria-live="polite">
      {spoken.value}
    </p>
  );
}

const spoken = signal("");

function wordsFor(lines: readonly ChatLine[]): string {
  if (lines.length > MAX_READ_OUT) return t("chat.arrived", { count: lines.length });
  return lines.map(({ name, text }) => `${nameOrGuest(name)}: ${text}`).join(". ");
}
