import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { language, t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import type { App } from "../../model/app.ts";
import { BackgroundControl } from "../../model/media/background/control.ts";
import { hasSoundShare } from "../../model/media/screen-capture.ts";
import { useApp } from "../parts/context.ts";
import { openDialog } from "../parts/dialog.tsx";
import { Icon, type IconName } from "../parts/icons.tsx";
import { MenuItem, placeMenu } from "../parts/menu.tsx";
import { hasPip, isPipOpen, togglePip } from "../pip/pip.ts";
import { ReactionsRow } from "../reactions/reactions-row.tsx";
import { openSettings } from "../settings/open.ts";
import { buttonName, isAllowed } from "./allowed.ts";
import { CustomButtons } from "./custom-buttons.tsx";
import { isFullScreen, toggleFullscreen } from "./full-screen.ts";
import type { ToolItem } from "./tools.tsx";

export interface MoreItem {
  readonly id: string;
  readonly icon: IconName;
  readonly label: (app: App) => TextKey;
  /** Where it is of no use it is not there. */
  readonly isShown?: (app: App) => boolean;
  readonly isPressed?: (app: App) => boolean;
  readonly act: (app: App) => void;
}

/** Behind "More", in groups with a line between them. */
const GROUPS: readonly (readonly MoreItem[])[] = [
  [
    {
      id: "participants",
      icon: "people",
      label: ({ state }) =>
        state.panel.value === "participants" ? "toolbar.closeParticipantsPane" : "toolbar.participants",
      isShown: ({ config }) => !config.rules.value.disableParticipantsPane,
      act: ({ state }) => state.togglePanel("participants"),
    },
    {
      id: "invite-people",
      icon: "personAdd",
      label: () => "addPeople.title",
      isShown: ({ config }) => !config.rules.value.disableInvite,
      act: () => openDialog("invite"),
    },
    {
      id: "polls",
      icon: "poll",
      label: () => "polls.title",
      isShown: ({ config }) => !config.disablePolls,
      isPressed: ({ state }) => state.panel.value === "polls",
      act: ({ state }) => state.togglePanel("polls"),
    },
    {
      id: "recording",
      icon: "record",
      label: ({ call }) => (call.activities.recording.file.value ? "dialog.stopRecording" : "dialog.startRecording"),
      isShown: ({ call }) => call.activities.recording.isOffered("file"),
      act: () => openDialog("recording"),
    },
    {
      id: "livestreaming",
      icon: "stream",
      label: ({ call }) =>
        call.activities.recording.stream.value ? "dialog.stopLiveStreaming" : "liveStreaming.start",
      isShown: ({ call }) => call.activities.recording.isOffered("stream"),
      act: () => openDialog("liveStreaming"),
    },
    {
      id: "recordings",
      icon: "play",
      label: () => "library.yours",
      isShown: ({ config, state }) => config.recordingLibrary && state.isModerator.value,
      // The meeting goes on in this tab.
      act: () => void open("/recordings", "_blank", "noopener"),
    },
    {
      id: "closedcaptions",
      icon: "captions",
      label: ({ call }) => (call.activities.captions.isWanted.value ? "transcribing.stop" : "transcribing.start"),
      isShown: ({ call }) => call.activities.captions.isOffered,
      act: ({ call }) => call.activities.captions.want(!call.activities.captions.isWanted.value, language.value),
    },
    {
      id: "reaction-sounds",
      icon: "speakerOff",
      label: ({ call }) =>
        call.activities.reactions.soundsMuted.value ? "toolbar.enableReactionSounds" : "toolbar.disableReactionSounds",
      isShown: ({ call, config, state }) =>
        state.isModerator.value && call.activities.reactions.isEnabled && !config.disableReactionsModeration,
      act: ({ call }) => call.activities.reactions.setSoundsMuted(!call.activities.reactions.soundsMuted.value),
    },
    {
      id: "stats",
      icon: "chart",
      label: () => "toolbar.speakerStats",
      isShown: ({ config }) => !config.rules.value.disableSpeakerStats,
      act: () => openDialog("speakerStats"),
    },
  ],
  [
    {
      id: "select-background",
      icon: "image",
      label: () => "toolbar.selectBackground",
      isShown: () => BackgroundControl.isSupported,
      act: () => openSettings("background"),
    },
    {
      id: "noisesuppression",
      icon: "audioLines",
      label: ({ settings }) =>
        settings.noiseSuppression.value ? "toolbar.disableNoiseSuppression" : "toolbar.enableNoiseSuppression",
      act: ({ media }) => void media.setNoiseSuppression(),
    },
    {
      id: "shareaudio",
      icon: "speaker",
      label: ({ media }) =>
        media.screenSound.value && !media.screen.value ? "toolbar.stopAudioSharing" : "toolbar.shareaudio",
      isShown: ({ media }) => hasSoundShare() && media.screen.value === undefined,
      act: ({ call }) => void call.toggleSoundShare(),
    },
    {
      id: "toggle-camera",
      icon: "switchCamera",
      label: () => "toolbar.toggleCamera",
      isShown: ({ devices, media }) =>
        media.camera.value !== undefined && devices.available.value.videoinput.length > 1,
      act: ({ media }) => void media.switchCamera(),
    },
    {
      id: "videoquality",
      icon: "gauge",
      label: () => "toolbar.callQuality",
      act: () => openDialog("videoQuality"),
    },
    {
      id: "audioonly",
      icon: "headphones",
      label: ({ quality }) => (quality.isAudioOnly.value ? "toolbar.audioOnlyOff" : "toolbar.audioOnlyOn"),
      act: ({ quality }) => quality.setAudioOnly(!quality.isAudioOnly.value),
    },
    {
      id: "filmstrip",
      icon: "filmstrip",
      label: ({ settings }) => (settings.filmstrip.value ? "toolbar.hideFilmstrip" : "toolbar.showFilmstrip"),
      isShown: ({ view }) => view.large.value.length > 0,
      act: ({ view }) => view.toggleFilmstrip(),
    },
    {
      id: "showselfview",
      icon: "person",
      label: () => "toolbar.showSelfView",
      isShown: ({ settings }) => settings.hideSelf.value,
      act: ({ settings }) => {
        settings.hideSelf.value = false;
      },
    },
    {
      id: "pip",
      icon: "pictureInPicture",
      label: () => (isPipOpen.value ? "toolbar.exitPip" : "toolbar.pip"),
      isShown: hasPip,
      act: (app) => void togglePip(app).catch(() => {}),
    },
    {
      id: "fullscreen",
      icon: "expand",
      label: () => (isFullScreen.value ? "toolbar.exitFullScreen" : "toolbar.enterFullScreen"),
      isShown: () => document.fullscreenEnabled,
      act: toggleFullscreen,
    },
  ],
  [
    { id: "settings", icon: "gear", label: () => "toolbar.Settings", act: () => openDialog("settings") },
    {
      id: "shortcuts",
      icon: "keyboard",
      label: () => "keyboardShortcuts.keyboardShortcuts",
      act: () => openDialog("shortcuts"),
    },
  ],
];

interface MoreMenuProps {
  /** Buttons for which the toolbar has no room. */
  readonly overflow: readonly ToolItem[];
}

export function MoreMenu({ overflow }: MoreMenuProps): JSX.Element {
  const app = useApp();
  const menu = useRef<HTMLDivElement>(null);
  const moved = overflow.map((item): MoreItem => ({ ...item, icon: item.icon(app) }));
  return (
    <div class="more">
      <button
        id="more"
        class="tool"
        type="button"
        popovertarget="more-menu"
        aria-label={t("toolbar.moreActions")}
        title={t("toolbar.moreActions")}
      >
        <Icon name="more" />
      </button>
      <div id="more-menu" ref={menu} popover="auto" class="menu" onToggle={placeMenu}>
        <ReactionsRow />
        <CustomButtons
          buttons={app.config.rules.value.customToolbarButtons}
          press={(id) => {
            menu.current?.hidePopover();
            app.clicks.onCustom(id);
          }}
        />
        {[moved, ...GROUPS]
          .map((group) => group.filter(({ id, isShown }) => isAllowed(app, id) && (isShown?.(app) ?? true)))
          .filter((group) => group.length > 0)
          .map((group) => (
            <div key={group[0]?.id} class="menu-group">
              {group.map(({ id, icon, label, isPressed, act }) => (
                <MenuItem
                  key={id}
                  id={id}
                  icon={icon}
                  text={t(label(app))}
                  pressed={isPressed?.(app)}
                  act={() => {
                    menu.current?.hidePopover();
                    app.clicks.onToolbar(buttonName(id), () => act(app));
                  }}
                />
              ))}
            </div>
          ))}
      </div>
    </div>
  );
}
