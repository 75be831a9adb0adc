import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import "./people-button.css";

/** The title says in which group we are; this leads back. */
export function GroupBadge(): JSX.Element | null {
  const { breakoutRooms } = useApp().call.activities;
  if (!breakoutRooms.isAside.value) return null;
  const label = t("breakoutRooms.actions.leaveBreakoutRoom");
  return (
    <button
      id="back-to-main-room"
      class="button group-badge"
      type="button"
      aria-label={label}
      title={label}
      onClick={() => breakoutRooms.leaveGroup()}
    >
      <Icon name="groups" size={18} />
      <span class="group-badge-long">{label}</span>
      <span class="group-badge-short">{t("breakoutRooms.actions.back")}</span>
    </button>
  );
}
