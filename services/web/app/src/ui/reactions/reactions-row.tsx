import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { REACTION_KINDS } from "../../protocol/conference/reactions.ts";
import { useApp } from "../parts/context.ts";
import { FACES } from "./kinds.ts";
import "./reactions.css";

/** Above the menu's items; it stays open, for whoever has more than one thing to say. */
export function ReactionsRow(): JSX.Element | null {
  const { call } = useApp();
  const { reactions } = call.activities;
  if (!reactions.isEnabled) return null;
  return (
    <div id="reactions-row" class="reactions-row" role="toolbar" aria-label={t("toolbar.reactions")}>
      {REACTION_KINDS.map((kind) => {
        const { emoji, label, code } = FACES[kind];
        const shortcut = `Alt+${code.slice(-1)}`;
        return (
          <button
            key={kind}
            type="button"
            data-reaction={kind}
            aria-label={t(label)}
            aria-keyshortcuts={shortcut}
            title={`${t(label)} (${shortcut})`}
            onClick={() => reactions.send(kind)}
          >
            {emoji}
          </button>
        );
      })}
    </div>
  );
}
