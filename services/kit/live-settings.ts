import {
  LiveSettingsSchema,
  type LiveSettings as StoredSettings,
} from "@veche/proto/gen/veche/settings/v1/settings_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import type { Bus, Subscription } from "./bus.ts";
import { VecheError } from "./errors.ts";

export const roomOpeners = ["signed-in", "teachers"] as const;
export type RoomOpeners = (typeof roomOpeners)[number];

/** What an operator changes while everything runs. */
export type LiveSettings = {
  /** Only people who have signed in open rooms; others come in once a room is open. */
  readonly secureDomain: boolean;
  /** Who may open a room while the domain is secure. */
  readonly roomOpeners: RoomOpeners;
  /** 0: chat is not kept. */
  readonly keepChatDays: number;
};

export const initialSettings: LiveSettings = { secureDomain: false, roomOpeners: "signed-in", keepChatDays: 0 };

/** The most days that chat may be kept: as long as the facts. */
export const keepChatDaysAtMost = 400;

const key = "live";

/** The settings as they are now, and each change of them, from the bucket `settings`. */
export class LiveSettingsWatch implements Disposable {
  readonly #listeners = new Set<(settings: LiveSettings) => void>();
  #current = initialSettings;
  #subscription: Subscription | undefined;

  static async open(bus: Bus): Promise<LiveSettingsWatch> {
    const watch = new LiveSettingsWatch();
    const bucket = await bus.bucket(buckets.settings, LiveSettingsSchema);
    const stored = await bucket.get(key);
    watch.#current = readSettings(stored?.value);
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

  #take(settings: LiveSettings): void {
    if (JSON.stringify(settings) === JSON.stringify(this.#current)) return;
    this.#current = settings;
    for (const listener of this.#listeners) listener(settings);
  }
}

/** Changes some of the settings; of two changes at once the second is made on top of the first. */
export async function changeLiveSettings(
  bus: Bus,
  change: Partial<LiveSettings>,
  by: { readonly name: string; readonly nowMs: number },
): Promise<LiveSettings> {
  const bucket = await bus.bucket(buckets.settings, LiveSettingsSchema);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const stored = await bucket.get(key);
    const settings = { ...readSettings(stored?.value), ...change };
    const value = { ...settings, changedMs: BigInt(by.nowMs), changedBy: by.name };
    try {
      if (stored) await bucket.update(key, value, stored.revision);
      else await bucket.create(key, value);
      return settings;
    } catch (error) {
      const isOvertaken =
        error instanceof VecheError && (error.code === "failed-precondition" || error.code === "already-exists");
      if (!isOvertaken) throw error;
    }
  }
  throw new VecheError("unavailable", "the settings are being changed by others; try again");
}

const attempts = 5;

function readSettings(stored: StoredSettings | undefined): LiveSettings {
  if (!stored) return initialSettings;
  return {
    secureDomain: stored.secureDomain,
    roomOpeners: roomOpeners.find((openers) => openers === stored.roomOpeners) ?? initialSettings.roomOpeners,
    keepChatDays: Math.min(stored.keepChatDays, keepChatDaysAtMost),
  };
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
