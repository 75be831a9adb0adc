import type { App } from "../../model/app.ts";
import { openDialog } from "../parts/dialog.tsx";
import { toggleFullscreen } from "./full-screen.ts";
import { openDialog } from "../parts/dialog.tsx";

/** Keys by their place on the keyboard, so that they work under any layout, Russian included. */
export const KEYS: Readonly<Record<string, (app: App) => void>> = {
  KeyM: ({ media }) => void media.setAudioMuted(!media.audioMuted.value),
  KeyV: ({ media }) => void media.setVideoMuted(media.camera.value !== undefined),
  KeyC: ({ state }) => state.openChat(!state.chatOpen.value),
  KeyD: ({ call }) => void call.toggleScreen(),
  KeyP: ({ state }) => state.openPanel(state.panel.value === "participants" ? undefined : "participants"),
  KeyT: () => openDialog("speakerStats"),
  KeyR: ({ call }) => call.toggleHand(),
  KeyW: ({ view }) => view.toggleTileView(),
  KeyF: ({ view }) => view.toggleFilmstrip(),
  KeyS: toggleFullscreen,
  KeyA: () => openDialog("videoQuality"),
  ...Object.fromEntries(Array.from({ length: 10 }, (_, number) => [`Digit${number}`, ({ view }: App) => view.focus(number)])),
};

export function listenForKeys(app: App): () => void {
  let talking = false;
  const down = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return;
    if (event.code === "Space" && app.media.audioMuted.value && !isButton(event.target)) {
      event.preventDefault();
      talking = true;
      void app.media.setAudioMuted(false);
      return;
    }
    if (event.code === "Escape" && app.state.panel.value) app.state.openPanel(undefined);
    KEYS[event.code]?.(app);
  };
  const up = (event: KeyboardEvent) => {
    if (event.code !== "Space" || !talking) return;
    talking = false;
    void app.media.setAudioMuted(true);
  };
  addEventListener("keydown", down);
  addEventListener("keyup", up);
  return () => {
    removeEventListener("keydown", down);
    removeEventListener("keyup", up);
  };
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.closest("input, textarea, select, dialog[open]") !== null || target.isContentEditable)
  );
}

/** Space presses the button that has the focus. */
function isButton(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("button, a, summary") !== null;
}
