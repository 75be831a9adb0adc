import { signal } from "@preact/signals";
import type { App } from "../../model/app.ts";
import { openDialog } from "../parts/dialog.tsx";
import type { Tab } from "./tabs.ts";

export const tab = signal<Tab>("audio");

export function openSettings(at?: Tab): void {
  if (at) tab.value = at;
  openDialog("settings");
}

/** Notices about devices lead into the settings. */
export function linkSettings({ deviceWatch, microphoneWatch }: App): void {
  deviceWatch.showSettings = (media) => openSettings(media);
  microphoneWatch.showSettings = () => openSettings("audio");
}
