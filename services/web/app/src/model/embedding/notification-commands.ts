import { recordIn } from "../../protocol/json.ts";
import { listOf, textOf } from "./arguments.ts";
import type { Command } from "./embedder.ts";

const MAX_WORDS = 500;
const MAX_ACTIONS = 3;

const KINDS: Readonly<Record<string, "info" | "warning" | "error">> = {
  normal: "info",
  success: "info",
  warning: "warning",
  error: "error",
};

/** How long each of Jitsi's lengths lasts; what is "sticky" stays. */
const LENGTHS_MS: Readonly<Record<string, number>> = { short: 2500, medium: 5000, long: 10_000, extra_long: 60_000 };

export const NOTIFICATION_COMMANDS: Readonly<Record<string, Command>> = {
  "show-notification": ({ app, tell, complain }, options) => {
    const { title, description, uid, type = "normal", timeout = "short", customActions } = recordIn(options);
    const kind = KINDS[textOf(type)];
    const stays = timeout === "sticky";
    const forMs = LENGTHS_MS[textOf(timeout)];
    if (kind === undefined || (!stays && forMs === undefined)) {
      complain("show-notification: expected type normal, success, warning or error, timeout short to sticky");
      return;
    }
    const words = [title, description].map(textOf).filter(Boolean).join(". ").slice(0, MAX_WORDS);
    const actions = listOf(customActions)
      .slice(0, MAX_ACTIONS)
      .map(recordIn)
      .map(({ label, uuid }) => ({
        label: { words: textOf(label).slice(0, MAX_WORDS) },
        act: () => tell("custom-notification-action-triggered", { data: { id: uuid } }),
      }));
    app.state.notices.show("notify.words", {
      values: { words },
      kind,
      stays,
      ...(forMs !== undefined && { forMs }),
      ...(actions.length > 0 && { actions }),
      ...(uid !== undefined && { group: groupOf(uid) }),
    });
  },
  "hide-notification": ({ app: { state } }, uid) => {
    for (const { id, group } of state.notices.list.value) if (group === groupOf(uid)) state.notices.dismiss(id);
  },
};

function groupOf(uid: unknown): string {
  return `embedder-${textOf(uid)}`;
}
