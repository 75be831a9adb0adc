import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { App } from "../../model/app.ts";
import { useApp } from "../parts/context.ts";
import { MenuItem } from "../parts/menu.tsx";

const ID = "hangup-menu";
const GAP = 8;

/** Who can only leave leaves at once; else there is something to choose. */
export function hangUp(app: App): void {
  const menu = document.getElementById(ID);
  if (hasChoice(app) && menu) menu.togglePopover();
  else app.call.leave();
}

export function hasChoice({ call, state }: App): boolean {
  const { breakoutRooms } = call.activities;
  const areOthersHere =
    state.occupants.value.size > 0 || breakoutRooms.groups.value.some(({ people }) => people.length);
  return breakoutRooms.isAside.value || (state.isModerator.value && areOthersHere);
}

export function HangupMenu(): JSX.Element {
  const { call, state } = useApp();
  const { breakoutRooms } = call.activities;
  const then = (act: () => void) => () => {
    document.getElementById(ID)?.hidePopover();
    act();
  };
  return (
    <div id={ID} popover="auto" class="menu" onToggle={place}>
      {breakoutRooms.isAside.value && (
        <MenuItem
          id="hangup-leave-breakout-room"
          icon="groups"
          text={t("breakoutRooms.actions.leaveBreakoutRoom")}
          act={then(() => breakoutRooms.leaveGroup())}
        />
      )}
      <MenuItem
        id="leave-conference"
        icon="hangup"
        text={t("toolbar.leaveConference")}
        act={then(() => call.leave())}
      />
      {state.isModerator.value && (
        <MenuItem
          id="end-conference"
          icon="close"
          text={t("toolbar.endConference")}
          danger
          act={then(() => call.moderation.endForAll())}
        />
      )}
    </div>
  );
}

/** Above the button, wherever the page is wide enough for it; the first line has the focus. */
function place(event: Event): void {
  const menu = event.currentTarget as HTMLElement;
  if (!menu.matches(":popover-open")) return;
  const button = document.getElementById("hangup")?.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const middle = button ? button.left + button.width / 2 : innerWidth / 2;
  const above = (button ? button.top : innerHeight) - height - GAP;
  menu.style.left = `${Math.min(Math.max(GAP, middle - width / 2), innerWidth - width - GAP)}px`;
  menu.style.top = `${Math.max(GAP, above)}px`;
  menu.querySelector("button")?.focus();
}
