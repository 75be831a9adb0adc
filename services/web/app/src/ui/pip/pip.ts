import { signal } from "@preact/signals";
import type { App } from "../../model/app.ts";

export interface DocumentPip {
  requestWindow(options: { width: number; height: number }): Promise<Window>;
  readonly window: Window | null;
}

/** Whether somebody is shown in a window that stays above all others. */
export const isPipOpen = signal(false);

export function documentPip(): DocumentPip | undefined {
  return (globalThis as { documentPictureInPicture?: DocumentPip }).documentPictureInPicture;
}

export function hasPip(): boolean {
  return documentPip() !== undefined || document.pictureInPictureEnabled === true;
}

export async function togglePip(app: App): Promise<void> {
  if (isPipOpen.value) {
    documentPip()?.window?.close();
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    return;
  }
  if (documentPip()) await (await import("./pip-window.tsx")).openPipWindow(app);
  else await openVideoPip(app);
}

/** Where there are only windows for a single video: who is large, else whoever has a picture. */
async function openVideoPip({ quality }: App): Promise<void> {
  const video =
    document.querySelector<HTMLVideoElement>(".tile.large video") ??
    document.querySelector<HTMLVideoElement>('.tile[data-self="false"] video') ??
    document.querySelector<HTMLVideoElement>(".tile video");
  if (!video) return;
  await video.requestPictureInPicture();
  isPipOpen.value = true;
  quality.hasOwnWindow.value = true;
  video.addEventListener(
    "leavepictureinpicture",
    () => {
      isPipOpen.value = false;
      quality.hasOwnWindow.value = false;
    },
    { once: true },
  );
}
