import { recordIn } from "../../protocol/json.ts";

export type DeviceKind = "audioinput" | "videoinput" | "audiooutput";

export const DEVICE_KINDS: readonly DeviceKind[] = ["audioinput", "videoinput", "audiooutput"];

export interface Device {
  readonly id: string;
  readonly label: string;
  /** The same for microphone and speaker of one headset. */
  readonly group: string;
}

export type DeviceLists = Readonly<Record<DeviceKind, readonly Device[]>>;

/** What was chosen last, and what was chosen beside which other devices. */
export interface DeviceMemory {
  readonly last: Readonly<Partial<Record<DeviceKind, string>>>;
  /** By the set of devices that were there: at school another headset than at home. */
  readonly sets: Readonly<Record<string, string>>;
}

export const MAX_SETS = 40;
const ID_START = 12;

/** Chromium's names for whatever the system prefers; they stand beside the device itself. */
export function isAlias(id: string): boolean {
  return id === "default" || id === "communications";
}

export function setName(kind: DeviceKind, devices: readonly Device[]): string {
  const ids = devices.filter(({ id }) => !isAlias(id)).map(({ id }) => id.slice(0, ID_START));
  return `${kind} ${ids.toSorted().join(" ")}`;
}

export function withChoice(
  memory: DeviceMemory,
  kind: DeviceKind,
  id: string,
  devices: readonly Device[],
): DeviceMemory {
  const { [setName(kind, devices)]: _before, ...others } = memory.sets;
  const sets = Object.entries({ ...others, [setName(kind, devices)]: id }).slice(-MAX_SETS);
  return { last: { ...memory.last, [kind]: id }, sets: Object.fromEntries(sets) };
}

/** What this person would want of what there is; undefined leaves it to the browser. */
export function preferred(memory: DeviceMemory, kind: DeviceKind, devices: readonly Device[]): string | undefined {
  const isThere = (id: string | undefined): id is string => devices.some((each) => each.id === id);
  const ofSet = memory.sets[setName(kind, devices)];
  if (isThere(ofSet)) return ofSet;
  const last = memory.last[kind];
  return isThere(last) ? last : undefined;
}

export type Reaction =
  | { readonly type: "keep" }
  /** `lost`: what was in use is gone; `remembered`: beside these devices this one was chosen before. */
  | { readonly type: "take"; readonly device: Device; readonly why: "lost" | "remembered" }
  | { readonly type: "offer"; readonly device: Device }
  | { readonly type: "none-left" };

export interface Change {
  readonly kind: DeviceKind;
  readonly before: readonly Device[];
  readonly after: readonly Device[];
  /** The device in use, or what would be. */
  readonly inUse: string | undefined;
  readonly memory: DeviceMemory;
}

/** Something was plugged in or out. */
export function reactTo({ kind, before, after, inUse, memory }: Change): Reaction {
  // Before the first permission browsers tell of no device by name: those that appear then are not new.
  if (before.length === 0) return { type: "keep" };
  const found = (id: string | undefined) => after.find((each) => each.id === id);
  const wasThere = before.some(({ id }) => id === inUse);
  if (inUse !== undefined && wasThere && !found(inUse)) {
    const device = found(preferred(memory, kind, after)) ?? after.find(({ id }) => !isAlias(id)) ?? after[0];
    return device ? { type: "take", device, why: "lost" } : { type: "none-left" };
  }
  const added = after.filter(({ id }) => !isAlias(id) && before.every((each) => each.id !== id));
  const [first] = added;
  if (!first) return { type: "keep" };
  const wanted = added.find(({ id }) => id === memory.sets[setName(kind, after)]);
  return wanted ? { type: "take", device: wanted, why: "remembered" } : { type: "offer", device: first };
}

export function readMemory(stored: unknown): DeviceMemory {
  const { last, sets } = recordIn(stored);
  const ids = Object.entries(recordIn(last)).filter(([kind, id]) => isKind(kind) && typeof id === "string");
  const choices = Object.entries(recordIn(sets)).filter(([, id]) => typeof id === "string");
  return {
    last: Object.fromEntries(ids) as DeviceMemory["last"],
    sets: Object.fromEntries(choices.slice(-MAX_SETS)) as DeviceMemory["sets"],
  };
}

function isKind(value: string): value is DeviceKind {
  return (DEVICE_KINDS as readonly string[]).includes(value);
}
