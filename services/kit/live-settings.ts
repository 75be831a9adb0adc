import {
  LiveSettingsSchema,
  type LiveSettings as StoredSettings,
} from "@veche/proto/gen/veche/settings/v1/settings_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import type { Bus, Subscription } from "./bus.ts";
import { choice, type Environment, readConfig } from "./config.ts";
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

/**
 * What the environment may fix for as long as it is set. docker-jitsi-meet has no live settings: there the variable is
 * the only switch, and an `.env` that was brought along goes on meaning what it did.
 */
export const lockSchema = {
  ENABLE_AUTH: {
    ...choice(
      ["", "0", "1", "false", "true"],
      "",
      "Fixes whether the domain is secure; while it is empty, that is a live setting.",
    ),
    kind: "0 | 1",
  },
};

/** Settings that the environment fixes: they win over what is stored. */
export type LockedSettings = Partial<LiveSettings>;

export function readLocks(env: Environment): LockedSettings {
  return locksOf(readConfig(lockSchema, env));
}

export function locksOf({ ENABLE_AUTH }: { readonly ENABLE_AUTH: string }): LockedSettings {
  return ENABLE_AUTH === "" ? {} : { secureDomain: ENABLE_AUTH === "1" || ENABLE_AUTH === "true" };
}

/** The variable that fixes a setting, for people. */
export const lockVariable: Readonly<Partial<Record<keyof LiveSettings, string>>> = { secureDomain: "ENABLE_AUTH" };

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

  /** What the environment of this process fixes wins, unless `locked` says what is fixed. */
  static async open(bus: Bus, options: { readonly locked?: LockedSettings } = {}): Promise<LiveSettingsWatch> {
    const locked = options.locked ?? readLocks(process.env);
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
