import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { openDialog } from "../parts/dialog.tsx";
import { MoreMenu } from "./more-menu.tsx";
import { Tool } from "./tool.tsx";

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
    <div class="toolbar" role="toolbar" aria-label={t("toolbar.accessibilityLabel.toolbar")}>
      <Tool
        id="desktop"
        icon={sharing ? "screenOff" : "screen"}
        label={t(sharing ? "toolbar.stopScreenSharing" : "toolbar.startScreenSharing")}
        shortcut="D"
        pressed={sharing}
        act={() => void call.toggleScreen()}
      />
      <Tool
        id="raisehand"
        icon="hand"
        label={t(handUp ? "toolbar.lowerHand" : "toolbar.raiseHand")}
        shortcut="R"
        pressed={handUp}
        act={() => call.toggleHand()}
      />
      <Tool
        id="chat"
        icon="chat"
        label={t(chatOpen ? "toolbar.closeChat" : "toolbar.openChat")}
        shortcut="C"
        pressed={chatOpen}
        act={() => state.openChat(!chatOpen)}
      >
        {state.unread.value > 0 && (
          <span class="badge" data-testid="unread">
            <span aria-hidden="true">{state.unread.value > 99 ? "99+" : state.unread.value}</span>
            <span class="visually-hidden">{t("chat.unread", { count: state.unread.value })}</span>
          </span>
        )}
      </Tool>
      <Tool
        id="microphone"
        icon={micOn ? "mic" : "micOff"}
        label={t(micOn ? "toolbar.mute" : "toolbar.unmute")}
        shortcut="M"
        off={!micOn}
        act={() => void media.setAudioMuted(micOn)}
      />
      <Tool id="hangup" icon="hangup" label={t("toolbar.hangup")} danger act={() => call.leave()} />
      <Tool
        id="camera"
        icon={cameraOn ? "camera" : "cameraOff"}
        label={t(cameraOn ? "toolbar.videomute" : "toolbar.videounmute")}
        shortcut="V"
        off={!cameraOn}
        act={() => void media.setVideoMuted(cameraOn)}
      />
      <Tool
        id="tileview"
        icon={alike ? "stage" : "grid"}
        label={t(alike ? "toolbar.exitTileView" : "toolbar.enterTileView")}
        shortcut="W"
        pressed={alike}
        act={() => view.toggleTileView()}
      />
      <Tool id="security" icon="link" label={t("toolbar.invite")} act={() => openDialog("invite")} />
      <MoreMenu />
    </div>
  );
}
