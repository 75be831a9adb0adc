import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import "./people-button.css";

/** How many are here; a press shows who. Moderators see at once that somebody waits at the door. */
export function PeopleButton(): JSX.Element | null {
  const { config, state } = useApp();
  const count = useComputed(() => state.occupants.value.size + 1).value;
  const waiting = useComputed(() => state.knockers.value.length).value;
  const isOpen = useComputed(() => state.panel.value === "participants").value;
  if (config.rules.value.disableParticipantsPane) return null;
  const label = t("toolbar.participantsCount", { count });
  return (
    <button
      id="participants-count"
      class="people-button"
      type="button"
      aria-label={waiting > 0 ? `${label}, +${waiting}` : label}
      aria-pressed={isOpen}
      aria-keyshortcuts="P"
      title={`${label} (P)`}
      onClick={() => state.togglePanel("participants")}
    >
      <Icon name="people" size={18} /> <span>{count}</span>
      {waiting > 0 && <span class="people-waiting">{`+${waiting}`}</span>}
    </button>
  );
}
