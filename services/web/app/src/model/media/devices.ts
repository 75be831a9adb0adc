import { signal } from "@preact/signals-core";
import { remember, remembered } from "../remembered.ts";

export type DeviceKind = "audioinput" | "videoinput" | "audiooutput";

export interface Device {
  readonly id: string;
  readonly label: string;
}

const KINDS: readonly DeviceKind[] = ["audioinput", "videoinput", "audiooutput"];

/** Which devices there are and which the user prefers; preferences outlive the page. */
export class Devices {
  readonly available = signal<Readonly<Record<DeviceKind, readonly Device[]>>>({
    audioinput: [],
    videoinput: [],
    audiooutput: [],
  });
  readonly chosen = signal<Readonly<Partial<Record<DeviceKind, string>>>>(storedChoice());

  constructor() {
    navigator.mediaDevices?.addEventListener?.("devicechange", () => void this.refresh());
  }

  async refresh(): Promise<void> {
    const found = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    const ofKind = (kind: DeviceKind) =>
      found
        .filter((device) => device.kind === kind && device.deviceId)
        .map(({ deviceId, label }) => ({ id: deviceId, label }));
    this.available.value = {
      audioinput: ofKind("audioinput"),
      videoinput: ofKind("videoinput"),
      audiooutput: ofKind("audiooutput"),
    };
  }

  choose(kind: DeviceKind, id: string): void {
    this.chosen.value = { ...this.chosen.value, [kind]: id };
    remember("devices", this.chosen.value);
  }
}

function storedChoice(): Partial<Record<DeviceKind, string>> {
  const stored = remembered("devices");
  if (typeof stored !== "object" || stored === null) return {};
  const entries = KINDS.map((kind) => [kind, (stored as Record<string, unknown>)[kind]] as const);
  return Object.fromEntries(entries.filter(([, id]) => typeof id === "string"));
}
