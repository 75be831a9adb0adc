import { randomUUID } from "node:crypto";
import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import {
  changeLiveSettings,
  type LiveChange,
  type LiveSettings,
  type LiveSettingsWatch,
} from "@veche/kit/live-settings.ts";
import { type LiveKey, liveKeys, liveTable, originOf, readLive } from "@veche/kit/live-table.ts";
import type { Log } from "@veche/kit/log.ts";
import { service } from "@veche/proto/facts.ts";
import type { Checked } from "../accounts/fields.ts";
import { type Answer, ApiError } from "./answer.ts";
import type { Asker } from "./authentication.ts";
import { readJson } from "./body.ts";
import type { Call } from "./call.ts";

type Given = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: LiveSettingsWatch;
  readonly instance: string;
  readonly personOf: (name: string) => string;
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
    const named = liveKeys.flatMap((key) => {
      const value = body.value(key, (given) => checkLive(key, given));
      return value === undefined ? [] : [[key, value] as const];
    });
    body.done();
    const change = Object.fromEntries(named) as LiveChange;
    this.#refuseLocked(change);
    const { bus, clock, settings } = this.#given;
    const name = asker.type === "operator" ? "operator" : asker.account.name;
    const stored = await changeLiveSettings(bus, change, { name, nowMs: clock.now() });
    await this.#tell(stored.changed, asker);
    return this.#shown({ ...stored.settings, ...settings.locked });
  }

  #refuseLocked(change: LiveChange): void {
    const { locked } = this.#given.settings;
    for (const key of liveKeys) {
      if (change[key] === undefined || locked[key] === undefined || change[key] === locked[key]) continue;
      throw new ApiError(
        "failed-precondition",
        `${key} is fixed by ${variableOf(key)} in the environment: change or remove it there and start again`,
      );
    }
  }

  /** The change is made whether or not the fact of it can be stored. */
  async #tell(changed: readonly LiveKey[], asker: Asker): Promise<void> {
    if (changed.length === 0) return;
    const { bus, clock, log, instance, personOf } = this.#given;
    const place = { role: "xmpp", instance };
    const time = new Date(clock.now()).toISOString();
    const by = asker.type === "operator" ? "operator" : personOf(asker.account.name);
    const headers = { id: `xmpp-${instance}-config-${randomUUID()}`, source: `/xmpp/${instance}`, time };
    try {
      await bus.record(service.configChanged, place, { ...place, time, settings: [...changed], by }, headers);
    } catch (error) {
      log.warn({ err: error, settings: changed }, "the fact about changed settings was not stored");
    }
  }

  #shown(settings: LiveSettings): Answer {
    const { locked } = this.#given.settings;
    const fixed = liveKeys.filter((key) => locked[key] !== undefined);
    return {
      status: 200,
      body: {
        settings,
        locked: Object.fromEntries(fixed.map((key) => [key, variableOf(key)])),
        from: Object.fromEntries(liveKeys.map((key) => [key, originOf(key, settings, locked)])),
      },
    };
  }
}

/** Null: as if nobody had said it. */
function checkLive(key: LiveKey, given: unknown): Checked<LiveSettings[LiveKey] | null> {
  if (given === null) return { ok: true, value: null };
  const read = readLive(key, given);
  return "value" in read
    ? { ok: true, value: read.value as LiveSettings[LiveKey] }
    : { ok: false, fault: `expected ${read.expected}` };
}

function variableOf(key: LiveKey): string {
  return liveTable[key].variables.join(", ");
}
