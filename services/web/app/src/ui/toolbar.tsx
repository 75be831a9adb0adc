import type { ComponentChildren, JSX } from "preact";
import { useRef } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { useApp } from "./context.ts";
import { openDialog } from "./dialog.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { Item, placeMenu } from "./tile-menu.tsx";

/** In the order of Jitsi's manual, and with its ids, so that habits and scripts keep working. */
export function Toolbar(): JSX.Element {
  const { call, media, state, view } = useApp();
  const sharing = media.screen.value !== undefined;
  const handUp = state.handRaisedAt.value > 0;
  const chatOpen = state.chatOpen.value;
  const micOn = media.microphone.value !== undefined && !media.audioMuted.value;
  const cameraOn = media.camera.value !== undefined;
  const alike = view.stage.value === undefined;
  return (
    <div class="toolbar" role="toolbar" aria-label={t("toolbar")}>
      <Tool
        id="desktop"
        icon={sharing ? "screenOff" : "screen"}
        label={t(sharing ? "stopSharing" : "shareScreen")}
        shortcut="D"
        pressed={sharing}
        act={() => void call.toggleScreen()}
      />
      <Tool
        id="raisehand"
        icon="hand"
        label={t(handUp ? "lowerHand" : "raiseHand")}
        shortcut="R"
        pressed={handUp}
        act={() => call.toggleHand()}
      />
      <Tool
        id="chat"
        icon="chat"
        label={t(chatOpen ? "closeChat" : "openChat")}
        shortcut="C"
        pressed={chatOpen}
        act={() => state.openChat(!chatOpen)}
      >
        {state.unread.value > 0 && (
          <span class="badge" data-testid="unread">
            <span aria-hidden="true">{state.unread.value > 99 ? "99+" : state.unread.value}</span>
            <span class="visually-hidden">{t("unread", { count: state.unread.value })}</span>
          </span>
        )}
      </Tool>
      <Tool
        id="microphone"
        icon={micOn ? "mic" : "micOff"}
        label={t(micOn ? "muteMic" : "unmuteMic")}
        shortcut="M"
        off={!micOn}
        act={() => void media.setAudioMuted(micOn)}
      />
      <Tool id="hangup" icon="hangup" label={t("hangup")} danger act={() => call.leave()} />
      <Tool
        id="camera"
        icon={cameraOn ? "camera" : "cameraOff"}
        label={t(cameraOn ? "stopCamera" : "startCamera")}
        shortcut="V"
        off={!cameraOn}
        act={() => void media.setVideoMuted(cameraOn)}
      />
      <Tool
        id="tileview"
        icon={alike ? "stage" : "grid"}
        label={t(alike ? "stageView" : "tileView")}
        shortcut="W"
        pressed={alike}
        act={() => view.toggleTileView()}
      />
      <Tool id="security" icon="link" label={t("invite")} act={() => openDialog("invite")} />
      <More />
    </div>
  );
}

interface ToolProps {
  readonly id: string;
  readonly icon: IconName;
  readonly label: string;
  readonly shortcut?: string;
  readonly pressed?: boolean;
  readonly off?: boolean;
  readonly danger?: boolean;
  readonly act: () => void;
  readonly children?: ComponentChildren;
}

function Tool({
  id,
  icon,
  label,
  shortcut,
  pressed,
  off = false,
  danger = false,
  act,
  children,
}: ToolProps): JSX.Element {
  const classes = ["tool", pressed && id !== "tileview" && "on", off && "off", danger && "danger"]
    .filter(Boolean)
    .join(" ");
  const title = shortcut ? `${label} (${shortcut})` : label;
  return (
    <button
      id={id}
      class={classes}
      type="button"
      aria-label={label}
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
      title={title}
      onClick={act}
    >
      <Icon name={icon} />
      {children}
    </button>
  );
}

function More(): JSX.Element {
  const { call, state } = useApp();
  const menu = useRef<HTMLDivElement>(null);
  const act = (what: () => void) => () => {
    menu.current?.hidePopover();
    what();
  };
  return (
    <div class="more">
      <button id="more" class="tool" type="button" popovertarget="more-menu" aria-label={t("more")} title={t("more")}>
        <Icon name="more" />
      </button>
      <div id="more-menu" ref={menu} popover="auto" class="menu" onToggle={placeMenu}>
        <Item id="settings" icon="gear" text={t("settings")} act={act(() => openDialog("settings"))} />
        <Item id="fullscreen" icon="expand" text={t("fullscreen")} act={act(toggleFullscreen)} />
        <Item id="shortcuts" icon="keyboard" text={t("shortcuts")} act={act(() => openDialog("shortcuts"))} />
        {state.isModerator.value && (
          <Item
            id="end-meeting"
            icon="hangup"
            text={t("endForAll")}
            act={act(() => call.moderation.endForAll())}
            danger
          />
        )}
      </div>
    </div>
  );
}

export function toggleFullscreen(): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
}
