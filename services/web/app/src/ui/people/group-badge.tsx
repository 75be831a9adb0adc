import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import "./people-button.css";

/** In which group we are, and the way back. */
export function GroupBadge(): JSX.Element | null {
  const { breakoutRooms } = useApp().call.activities;
  if (!breakoutRooms.isAside.value) return null;
  return (
    <p class="group-badge">
      <Icon name="groups" size={18} />
      <span id="group-name" class="group-badge-name">
        {breakoutRooms.current.value?.name ?? t("breakoutRooms.title")}
      </span>
      <button id="back-to-main-room" class="button small" type="button" onClick={() => breakoutRooms.leaveGroup()}>
        {t("breakoutRooms.actions.leaveBreakoutRoom")}
      </button>
    </p>
  );
}
