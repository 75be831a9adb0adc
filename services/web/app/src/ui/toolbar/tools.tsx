import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import type { App } from "../../model/app.ts";
import { useApp } from "../parts/context.ts";
import { openDialog } from "../parts/dialog.tsx";
import type { IconName } from "../parts/icons.tsx";
import { hangUp, hasChoice } from "../people/hangup-menu.tsx";

/** A button of the toolbar; where there is no room for it, a line behind "More". */
export interface ToolItem {
  /** Jitsi's id of the button, by which scripts, settings and habits find it. */
  readonly id: string;
  readonly icon: (app: App) => IconName;
  readonly label: (app: App) => TextKey;
  /** The key that does the same. */
  readonly shortcut?: string;
  readonly isPressed?: (app: App) => boolean;
  readonly isOff?: (app: App) => boolean;
  readonly isDanger?: boolean;
  /** A press opens a choice instead of doing it. */
  readonly hasMenu?: (app: App) => boolean;
  /** Where the browser can't do it it is not there. */
  readonly isShown?: (app: App) => boolean;
  readonly act: (app: App) => void;
  readonly Badge?: () => JSX.Element | null;
}

const isSharing = ({ media }: App) => media.screen.value !== undefined;
const hasHandUp = ({ state }: App) => state.handRaisedAt.value > 0;
const hasMicrophone = ({ media }: App) => media.microphone.value !== undefined && !media.audioMuted.value;
const hasCamera = ({ media }: App) => media.camera.value !== undefined;
const isAlike = ({ view }: App) => view.stage.value === undefined;

/** In the order of Jitsi's manual, and with its ids, so that habits and scripts keep working. "More" follows. */
export const TOOLS: readonly ToolItem[] = [
  {
    id: "desktop",
    icon: (app) => (isSharing(app) ? "screenOff" : "screen"),
    label: (app) => (isSharing(app) ? "toolbar.stopScreenSharing" : "toolbar.startScreenSharing"),
    shortcut: "D",
    isPressed: isSharing,
    isShown: () => navigator.mediaDevices === undefined || "getDisplayMedia" in navigator.mediaDevices,
    act: ({ call }) => void call.toggleScreen(),
  },
  {
    id: "raisehand",
    icon: () => "hand",
    label: (app) => (hasHandUp(app) ? "toolbar.lowerHand" : "toolbar.raiseHand"),
    shortcut: "R",
    isPressed: hasHandUp,
    act: ({ call }) => call.toggleHand(),
  },
  {
    id: "chat",
    icon: () => "chat",
    label: ({ state }) => (state.chatOpen.value ? "toolbar.closeChat" : "toolbar.openChat"),
    shortcut: "C",
    isPressed: ({ state }) => state.chatOpen.value,
    act: ({ state }) => state.togglePanel("chat"),
    Badge: Unread,
  },
  {
    id: "microphone",
    icon: (app) => (hasMicrophone(app) ? "mic" : "micOff"),
    label: (app) => (hasMicrophone(app) ? "toolbar.mute" : "toolbar.unmute"),
    shortcut: "M",
    isOff: (app) => !hasMicrophone(app),
    act: (app) => void app.media.setAudioMuted(hasMicrophone(app)),
  },
  {
    id: "hangup",
    icon: () => "hangup",
    label: () => "toolbar.hangup",
    isDanger: true,
    hasMenu: hasChoice,
    act: hangUp,
  },
  {
    id: "camera",
    icon: (app) => (hasCamera(app) ? "camera" : "cameraOff"),
    label: (app) => (hasCamera(app) ? "toolbar.videomute" : "toolbar.videounmute"),
    shortcut: "V",
    isOff: (app) => !hasCamera(app),
    act: (app) => void app.media.setVideoMuted(hasCamera(app)),
  },
  {
    id: "tileview",
    icon: (app) => (isAlike(app) ? "stage" : "grid"),
    label: (app) => (isAlike(app) ? "toolbar.exitTileView" : "toolbar.enterTileView"),
    shortcut: "W",
    isPressed: isAlike,
    act: ({ view }) => view.toggleTileView(),
  },
  {
    id: "security",
    icon: () => "shieldCheck",
    label: () => "toolbar.security",
    act: () => openDialog("security"),
  },
];

function Unread(): JSX.Element | null {
  const { chat, polls } = useApp().call.activities;
  const count = chat.unread.value + polls.unread.value;
  if (count === 0) return null;
  return (
    <span class="badge" data-testid="unread">
      <span aria-hidden="true">{count > 99 ? "99+" : count}</span>
      <span class="visually-hidden">{t("chat.unread", { count })}</span>
    </span>
  );
}
