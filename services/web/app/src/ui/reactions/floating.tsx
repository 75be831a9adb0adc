import { effect, signal } from "@preact/signals-core";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import type { App } from "../../model/app.ts";
import type { ShownReaction } from "../../model/reactions/reactions.ts";
import { useApp } from "../parts/context.ts";
import { FACES, kindOf } from "./kinds.ts";
import "./reactions.css";

/** Side by side they rise in lanes, so that many are many and not one heap. */
const LANES = 7;
const LANE_PERCENT = 14;
const READ_OUT_MS = 1500;
const MAX_READ_OUT = 3;

const spoken = signal("");

/** Reactions on their way up over the pictures. Mouse and keys go through them. */
export function FloatingReactions(): JSX.Element {
  const app = useApp();
  const { reactions } = app.call.activities;
  useEffect(() => listenForReactionKeys(app), [app]);
  useEffect(() => readOut(app), [app]);
  return (
    <>
      <div class="reactions-sky" aria-hidden="true">
        {reactions.shown.value.map(({ key, kind, name, isOwn }) => (
          <p
            key={key}
            class="flying"
            data-reaction={kind}
            style={{ insetInlineStart: `${(key % LANES) * LANE_PERCENT}%`, animationDelay: `${(key % 3) * 60}ms` }}
          >
            <span class="flying-emoji">{FACES[kind].emoji}</span>
            <span class="flying-name">{isOwn ? t("chat.you") : nameOrGuest(name)}</span>
          </p>
        ))}
      </div>
      <p class="visually-hidden" role="log" aria-live="polite">
        {spoken.value}
      </p>
    </>
  );
}

/** Not each one of a class that claps. */
function readOut({ call }: App): () => void {
  const { reactions } = call.activities;
  let gathered: ShownReaction[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    const latest = reactions.latest.value;
    if (!latest || latest.isOwn) return;
    gathered.push(latest);
    timer ??= setTimeout(() => {
      timer = undefined;
      const words = gathered.map(({ kind, name }) => `${nameOrGuest(name)}: ${t(FACES[kind].label)}`);
      spoken.value = [...new Set(words)].slice(0, MAX_READ_OUT).join(". ");
      gathered = [];
    }, READ_OUT_MS);
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}

function listenForReactionKeys({ call, settings }: App): () => void {
  const down = (event: KeyboardEvent) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.repeat || !settings.shortcuts.value) return;
    const kind = kindOf(event.code);
    if (!kind || !call.activities.reactions.isEnabled) return;
    // Browsers open their menus by Alt and a letter.
    event.preventDefault();
    call.activities.reactions.send(kind);
  };
  addEventListener("keydown", down);
  return () => removeEventListener("keydown", down);
}
