import { type ReadonlySignal, signal } from "@preact/signals-core";
import { remember, remembered } from "../remembered.ts";
import {
  DEVICE_KINDS,
  type DeviceKind,
  type DeviceLists,
  type DeviceMemory,
  preferred,
  readMemory,
  withChoice,
} from "./device-choice.ts";

export type { DeviceKind } from "./device-choice.ts";

type Chosen = Readonly<Partial<Record<DeviceKind, string>>>;

const NONE: DeviceLists = { audioinput: [], videoinput: [], audiooutput: [] };

/** Which devices there are and which the user prefers; preferences outlive the page. */
export class Devices {
  readonly available = signal<DeviceLists>(NONE);
  readonly #chosen = signal<Chosen>({});
  #memory: DeviceMemory = readMemory(remembered("devices"));
  /** Something was plugged in or out. */
  onPlugged: (before: DeviceLists, after: DeviceLists) => void = () => {};

  constructor() {
    this.#chosen.value = this.#memory.last;
    navigator.mediaDevices?.addEventListener?.("devicechange", () => void this.#plugged());
  }

  /** The devices to use, where they are not left to the browser. */
  get chosen(): ReadonlySignal<Chosen> {
    return this.#chosen;
  }

  get memory(): DeviceMemory {
    return this.#memory;
  }

  async refresh(): Promise<void> {
    const found = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    const ofKind = (kind: DeviceKind) =>
      found
        .filter((device) => device.kind === kind && device.deviceId)
        .map(({ deviceId, label, groupId }) => ({ id: deviceId, label, group: groupId }));
    this.available.value = {
      audioinput: ofKind("audioinput"),
      videoinput: ofKind("videoinput"),
      audiooutput: ofKind("audiooutput"),
    };
    this.#prefer();
  }

  /** Beside the devices that are there now, and until another is chosen. */
  choose(kind: DeviceKind, id: string): void {
    this.#memory = withChoice(this.#memory, kind, id, this.available.value[kind]);
    remember("devices", this.#memory);
    this.use(kind, id);
  }

  /** For now, without remembering it. */
  use(kind: DeviceKind, id: string): void {
    if (this.#chosen.value[kind] !== id) this.#chosen.value = { ...this.#chosen.value, [kind]: id };
  }

  /** What is in use is not taken from under the person; that is decided in `onPlugged`. */
  #prefer(): void {
    const available = this.available.value;
    const chosen: Record<string, string> = {};
    for (const kind of DEVICE_KINDS) {
      const now = this.#chosen.value[kind];
      const isThere = available[kind].some(({ id }) => id === now) || available[kind].length === 0;
      const id = now !== undefined && isThere ? now : preferred(this.#memory, kind, available[kind]);
      if (id !== undefined) chosen[kind] = id;
    }
    if (DEVICE_KINDS.some((kind) => chosen[kind] !== this.#chosen.value[kind])) this.#chosen.value = chosen;
  }

  async #plugged(): Promise<void> {
    const before = this.available.value;
    await this.refresh();
    this.onPlugged(before, this.available.value);
  }
}
