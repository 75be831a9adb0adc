import { effect } from "@preact/signals-core";
import type { TextKey } from "../../i18n/text-key.ts";
import type { App } from "../../model/app.ts";
import { PushToTalk } from "../../model/media/push-to-talk.ts";
import { current, openDialog } from "../parts/dialog.tsx";
import { toggleFullscreen } from "./full-screen.ts";

interface Shortcut {
  /** By place on the keyboard, so that it works under any layout, Russian included. */
  readonly code: string;
  readonly shift?: boolean;
  /** What is printed on the key. */
  readonly shown: string;
  readonly label: TextKey;
  readonly act: (app: App) => void;
}

const TALK = "Space";

/** Jitsi's map. */
export const SHORTCUTS: readonly Shortcut[] = [
  { code: "KeyM", shown: "M", label: "keyboardShortcuts.mute", act: toggleMicrophone },
  { code: TALK, shown: "␣", label: "keyboardShortcuts.pushToTalk", act: () => {} },
  {
    code: "KeyV",
    shown: "V",
    label: "keyboardShortcuts.videoMute",
    act: ({ media }) => void media.setVideoMuted(media.camera.value !== undefined),
  },
  {
    code: "KeyD",
    shown: "D",
    label: "keyboardShortcuts.toggleScreensharing",
    act: ({ call }) => void call.toggleScreen(),
  },
  { code: "KeyR", shown: "R", label: "keyboardShortcuts.raiseHand", act: ({ call }) => call.toggleHand() },
  {
    code: "KeyC",
    shown: "C",
    label: "keyboardShortcuts.toggleChat",
    act: ({ state }) => state.togglePanel("chat"),
  },
  {
    code: "KeyP",
    shown: "P",
    label: "keyboardShortcuts.toggleParticipantsPane",
    act: ({ state }) => state.togglePanel("participants"),
  },
  { code: "KeyW", shown: "W", label: "keyboardShortcuts.toggleTileView", act: ({ view }) => view.toggleTileView() },
  { code: "KeyF", shown: "F", label: "keyboardShortcuts.toggleFilmstrip", act: ({ view }) => view.toggleFilmstrip() },
  { code: "KeyS", shown: "S", label: "keyboardShortcuts.fullScreen", act: toggleFullscreen },
  { code: "KeyA", shown: "A", label: "keyboardShortcuts.videoQuality", act: () => openDialog("videoQuality") },
  { code: "KeyT", shown: "T", label: "keyboardShortcuts.showSpeakerStats", act: () => openDialog("speakerStats") },
  {
    code: "Slash",
    shift: true,
    shown: "?",
    label: "keyboardShortcuts.toggleShortcuts",
    act: () => openDialog("shortcuts"),
  },
  { code: "Digit0", shown: "0", label: "keyboardShortcuts.focusLocal", act: ({ view }) => view.focus(0) },
  { code: "Digit1", shown: "1–9", label: "keyboardShortcuts.focusRemote", act: ({ view }) => view.focus(1) },
];

function shortcutOf({ code, key, shiftKey }: KeyboardEvent): ((app: App) => void) | undefined {
  const digit = /^Digit([0-9])$/.exec(code)?.[1];
  if (digit !== undefined && !shiftKey) return ({ view }) => view.focus(Number(digit));
  const atPlace = SHORTCUTS.find((each) => each.code === code && (each.shift ?? false) === shiftKey);
  // A sign stands elsewhere on a Russian keyboard: "?" is above 7.
  return (SHORTCUTS.find(({ shift, shown }) => shift && shown === key) ?? atPlace)?.act;
}

function toggleMicrophone({ media }: App): void {
  void media.setAudioMuted(!media.audioMuted.value);
}

export function listenForKeys(app: App): () => void {
  const { media, settings, state } = app;
  let isOurs = false;
  const talk = new PushToTalk({
    isMuted: () => media.audioMuted.peek(),
    setMuted: (muted) => {
      isOurs = true;
      void media.setAudioMuted(muted);
      isOurs = false;
    },
  });
  const stopFollowing = effect(() => {
    void media.audioMuted.value;
    if (!isOurs) talk.forget();
  });
  const down = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    // A menu or dialog that is open closes by itself, and alone.
    const isMenuOpen = document.querySelector(":popover-open, dialog[open]") !== null;
    if (event.code === "Escape" && !event.repeat && !isMenuOpen && state.panel.value) state.openPanel(undefined);
    if (!settings.shortcuts.value || app.config.rules.value.disableShortcuts) return;
    if (event.code === TALK) {
      if (settings.pushToTalk.value && !pressesSomething(event.target) && talk.press()) event.preventDefault();
    } else if (!event.repeat) shortcutOf(event)?.(app);
  };
  const up = (event: KeyboardEvent) => {
    if (event.code !== TALK || !talk.isTalking) return;
    // Else the button that was clicked last would be pressed as well.
    event.preventDefault();
    talk.release();
  };
  // The key goes up elsewhere: in another window, in a dialog, under the system's own.
  const lose = () => talk.release();
  const unfollow = effect(() => {
    if (current.value) talk.release();
  });
  addEventListener("keydown", down);
  addEventListener("keyup", up);
  addEventListener("blur", lose);
  document.addEventListener("visibilitychange", lose);
  return () => {
    talk.release();
    stopFollowing();
    unfollow();
    removeEventListener("keydown", down);
    removeEventListener("keyup", up);
    removeEventListener("blur", lose);
    document.removeEventListener("visibilitychange", lose);
  };
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.closest("input, textarea, select, dialog[open]") !== null || target.isContentEditable)
  );
}

/** Space presses the button that has the focus of the keyboard; one that was clicked is done with. */
function pressesSomething(target: EventTarget | null): boolean {
  const pressed = target instanceof HTMLElement ? target.closest("button, a, summary") : null;
  return pressed?.matches(":focus-visible") ?? false;
}
