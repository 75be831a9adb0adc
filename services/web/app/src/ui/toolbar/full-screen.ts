import { signal } from "@preact/signals";

export const isFullScreen = signal(document.fullscreenElement !== null);

document.addEventListener("fullscreenchange", () => {
  isFullScreen.value = document.fullscreenElement !== null;
});

export function toggleFullscreen(): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
}
