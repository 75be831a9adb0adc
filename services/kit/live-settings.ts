import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  LiveSettingsSchema,
  type LiveSettings as StoredSettings,
} from "@veche/proto/gen/veche/settings/v1/settings_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import type { Bus, Subscription } from "./bus.ts";
import { VecheError } from "./errors.ts";
import { initialSettings, type LiveSettings, type LockedSettings, liveKeys, readLive } from "./live-table.ts";

export { initialSettings, type LiveSettings, type LockedSettings, locksOf, readLocks } from "./live-table.ts";

const key = "live";

/** The settings as they are now, and each change of them, from the bucket `settings`. */
export class LiveSettingsWatch implements Disposable {
  /** What the environment fixes. */
  readonly locked: LockedSettings;
  readonly #listeners = new Set<(settings: LiveSettings) => void>();
  #current: LiveSettings;
  #subscription: Subscription | undefined;

  private constructor(locked: LockedSettings, stored: StoredSettings | undefined) {
    this.locked = locked;
    this.#current = { ...readSettings(stored), ...locked };
  }

  /** What is `locked` wins over what is stored. */
  static async open(bus: Bus, { locked = {} }: { readonly locked?: LockedSettings } = {}): Promise<LiveSettingsWatch> {
    const bucket = await bus.bucket(buckets.settings, LiveSettingsSchema);
    const stored = await bucket.get(key);
    const watch = new LiveSettingsWatch(locked, stored?.value);
    watch.#subscription = await bucket.watch((change) => {
      if (change.key === key) watch.#take(readSettings(change.value));
    });
    return watch;
  }

  get current(): LiveSettings {
    return this.#current;
  }

  onChange(listener: (settings: LiveSettings) => void): Subscription {
    this.#listeners.add(listener);
    return { close: () => void this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    this.#subscription?.close();
    this.#listeners.clear();
  }

  #take(stored: LiveSettings): void {
    const settings = { ...stored, ...this.locked };
    if (JSON.stringify(settings) === JSON.stringify(this.#current)) return;
    this.#current = settings;
    for (const listener of this.#listeners) listener(settings);
  }
}

/** Null: back to what it is while nobody has said another. */
export type LiveChange = { readonly [K in keyof LiveSettings]?: LiveSettings[K] | null };

export type ChangedSettings = {
  readonly settings: LiveSettings;
  /** What is another value now. */
  readonly changed: readonly (keyof LiveSettings)[];
};

/** Changes some of the settings; of two changes at once the second is made on top of the first. */
export async function changeLiveSettings(
  bus: Bus,
  change: LiveChange,
  by: { readonly name: string; readonly nowMs: number },
): Promise<ChangedSettings> {
  const bucket = await bus.bucket(buckets.settings, LiveSettingsSchema);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const stored = await bucket.get(key);
    const value = merge(stored?.value, change, by);
    try {
      const before = readSettings(stored?.value);
      if (stored) await bucket.update(key, value, stored.revision);
      else await bucket.create(key, value);
      const settings = readSettings(create(LiveSettingsSchema, value));
      return { settings, changed: liveKeys.filter((name) => before[name] !== settings[name]) };
    } catch (error) {
      const isOvertaken =
        error instanceof VecheError && (error.code === "failed-precondition" || error.code === "already-exists");
      if (!isOvertaken) throw error;
    }
  }
  throw new VecheError("unavailable", "the settings are being changed by others; try again");
}

const attempts = 5;

type StoredInit = MessageInitShape<typeof LiveSettingsSchema>;

/** What nobody has said stays unsaid, so that a later version may have another standard for it. */
function merge(
  stored: StoredSettings | undefined,
  change: LiveChange,
  by: { readonly name: string; readonly nowMs: number },
): StoredInit {
  const said = liveKeys.flatMap((name) => {
    const value = change[name] === undefined ? stored?.[name] : change[name];
    return value === undefined || value === null ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(said), changedMs: BigInt(by.nowMs), changedBy: by.name };
}

/** What this version can't read, because a later one wrote it, is as if nobody had said it. */
function readSettings(stored: StoredSettings | undefined): LiveSettings {
  const said = liveKeys.flatMap((name) => {
    const read = readLive(name, stored?.[name]);
    return "value" in read ? [[name, read.value]] : [];
  });
  return { ...initialSettings, ...Object.fromEntries(said) };
}

/** Nobody who has not signed in comes in, into open rooms neither. */
export function areGuestsShutOut({ secureDomain, guests }: LiveSettings): boolean {
  return secureDomain && !guests;
}

/** May somebody open a room? `accountRole` is empty without an account. */
export function mayOpenRooms(
  settings: LiveSettings,
  who: { readonly authenticated: boolean; readonly entitledModerator: boolean; readonly accountRole: string },
): boolean {
  if (!settings.secureDomain) return true;
  if (!who.authenticated) return false;
  return settings.roomOpeners === "signed-in" || who.entitledModerator;
}
