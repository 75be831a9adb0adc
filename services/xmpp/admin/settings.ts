import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import {
  changeLiveSettings,
  keepChatDaysAtMost,
  type LiveSettings,
  type LiveSettingsWatch,
  lockVariable,
  roomOpeners,
} from "@veche/kit/live-settings.ts";
import { type Answer, ApiError } from "./answer.ts";
import { readJson } from "./body.ts";
import type { Call } from "./call.ts";

type Given = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly settings: LiveSettingsWatch;
  readonly bodyBytes: number;
};

/** What is changed while everything runs. */
export class Settings {
  readonly #given: Given;

  constructor(given: Given) {
    this.#given = given;
  }

  get(): Answer {
    return this.#shown(this.#given.settings.current);
  }

  async change({ request, asker }: Call): Promise<Answer> {
    const body = await readJson(request, this.#given.bodyBytes);
    const change = {
      secureDomain: body.flag("secureDomain"),
      roomOpeners: body.text("roomOpeners", checkRoomOpeners),
      keepChatDays: body.integer("keepChatDays", keepChatDaysAtMost),
    };
    body.done();
    const { bus, clock, settings } = this.#given;
    const named = onlyNamed(change);
    this.#refuseLocked(named);
    const name = asker.type === "operator" ? "operator" : asker.account.name;
    const stored = await changeLiveSettings(bus, named, { name, nowMs: clock.now() });
    return this.#shown({ ...stored, ...settings.locked });
  }

  #refuseLocked(change: Partial<LiveSettings>): void {
    const { locked } = this.#given.settings;
    for (const [name, variable] of Object.entries(lockVariable)) {
      const key = name as keyof LiveSettings;
      if (!(key in change) || locked[key] === undefined || change[key] === locked[key]) continue;
      throw new ApiError(
        "failed-precondition",
        `${name} is fixed by ${variable} in the environment: change or remove it there and start again`,
      );
    }
  }

  #shown(settings: LiveSettings): Answer {
    const locked = Object.keys(this.#given.settings.locked).map((name) => [
      name,
      lockVariable[name as keyof LiveSettings],
    ]);
    return { status: 200, body: { settings, locked: Object.fromEntries(locked) } };
  }
}

function checkRoomOpeners(text: string) {
  const value = roomOpeners.find((known) => known === text);
  return value
    ? ({ ok: true, value } as const)
    : ({ ok: false, fault: `expected ${roomOpeners.join(" or ")}` } as const);
}

function onlyNamed(change: { [K in keyof LiveSettings]: LiveSettings[K] | undefined }): Partial<LiveSettings> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
