import type { Clock } from "@veche/kit/clock.ts";

/** Which gateways are alive: each says so every second. */
export class Gateways {
  readonly #clock: Clock;
  readonly #silentMs: number;
  readonly #known = new Map<string, { readonly instance: string; readonly heardMs: number }>();
  #trustedFromMs: number;

  constructor(clock: Clock, silentMs: number) {
    this.#clock = clock;
    this.#silentMs = silentMs;
    this.#trustedFromMs = clock.now();
  }

  /** Since when silence means something. */
  get trustedFromMs(): number {
    return this.#trustedFromMs;
  }

  countAnew(): void {
    this.#trustedFromMs = this.#clock.now();
  }

  /** False where it is another instance than was heard before. */
  heard(gateway: string, instance: string): boolean {
    const known = this.#known.get(gateway);
    this.#known.set(gateway, { instance, heardMs: this.#clock.now() });
    return known === undefined || known.instance === instance;
  }

  isSilent(gateway: string): boolean {
    const heardMs = this.#known.get(gateway)?.heardMs ?? 0;
    return this.#clock.now() - Math.max(heardMs, this.#trustedFromMs) >= this.#silentMs;
  }

  /** Forgets those that are silent, but for some. */
  keep(some: ReadonlySet<string>): void {
    for (const gateway of this.#known.keys()) {
      if (!some.has(gateway) && this.isSilent(gateway)) this.#known.delete(gateway);
    }
  }
}
