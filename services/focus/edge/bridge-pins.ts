import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";

export const pinLimits = {
  pins: 1_000,
  /** A month. */
  minutes: 31 * 24 * 60,
  /** Of an address and of a version. */
  length: 1_023,
} as const;

export type Pin = { readonly conference: string; readonly version: string; readonly expiresMs: number };

/** Conferences that are to be on bridges of one version for a while, by their addresses (focus.md 3.12). Kept in memory. */
export class BridgePins {
  readonly #clock: Clock;
  readonly #pins = new Map<string, Pin>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(conference: string, version: string, minutes: number): void {
    const current = this.list();
    const key = conference.toLowerCase();
    if (current.length >= pinLimits.pins && !this.#pins.has(key)) {
      throw new VecheError("resource-exhausted", `${current.length} conferences are pinned, which is all there may be`);
    }
    this.#pins.set(key, { conference: key, version, expiresMs: this.#clock.now() + minutes * 60_000 });
  }

  /** Whether it was pinned. */
  remove(conference: string): boolean {
    return this.#pins.delete(conference.toLowerCase());
  }

  list(): readonly Pin[] {
    for (const [key, { expiresMs }] of this.#pins) if (expiresMs <= this.#clock.now()) this.#pins.delete(key);
    return [...this.#pins.values()];
  }

  /** Empty: any version will do. */
  versionFor(conference: string): string {
    const pin = this.#pins.get(conference.toLowerCase());
    return pin && pin.expiresMs > this.#clock.now() ? pin.version : "";
  }
}
