import { effect, untracked } from "@preact/signals-core";
import type { Overrides } from "../url.ts";
import type { DeviceKind, Devices } from "./devices.ts";
import type { LocalMedia } from "./local-media.ts";

/** By Jitsi's names in addresses: `devices.videoInput="Camera of the room"`. */
const NAMES: Readonly<Record<DeviceKind, string>> = {
  audioinput: "devices.audioInput",
  audiooutput: "devices.audioOutput",
  videoinput: "devices.videoInput",
};

/** Devices that a link or an embedding page names are used as soon as the browser tells of them, and not remembered. */
export function useWishedDevices(overrides: Overrides, devices: Devices, media: LocalMedia): void {
  const wishes = new Map<DeviceKind, unknown>();
  for (const kind of Object.keys(NAMES) as DeviceKind[]) {
    const label = overrides.get(NAMES[kind]);
    if (typeof label === "string" && label !== "") wishes.set(kind, label);
  }
  if (wishes.size === 0) return;
  effect(() => {
    const available = devices.available.value;
    untracked(() => {
      for (const [kind, wish] of wishes) {
        const device = available[kind].find(({ label }) => label === wish);
        if (!device) continue;
        wishes.delete(kind);
        devices.use(kind, device.id);
        if (kind !== "audiooutput") void media.switchDevice(kind);
      }
    });
  });
}
