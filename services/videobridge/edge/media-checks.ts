import type { Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { instance as contracts } from "@veche/proto/subjects.ts";
import type { MediaEngine } from "./media-engine.ts";

export const mediaCheckLimits = { openS: 20, atOnce: 10 } as const;

/** Opens transports for others to try: whoever reaches one gets an answer to a connectivity check, and nothing else. */
export class MediaChecks implements Disposable {
  readonly #engine: MediaEngine;
  readonly #clock: Clock;
  readonly #closing = new Set<() => void>();

  constructor(engine: MediaEngine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  serve(bus: Bus, instance: string): Subscription {
    return bus.serve(contracts.openMediaCheck, () => this.#open(), { instance }, { group: `videobridge-${instance}` });
  }

  async #open() {
    const { openS, atOnce } = mediaCheckLimits;
    if (this.#closing.size >= atOnce)
      throw new VecheError("resource-exhausted", `expected at most ${atOnce} checks at once: try again in ${openS} s`);
    const router = await this.#engine.openRouter();
    const close = () => {
      timer.cancel();
      this.#closing.delete(close);
      router.close();
    };
    const timer = this.#clock.after(openS * 1000, close);
    this.#closing.add(close);
    const { local } = await router.createTransport();
    const addresses = local.candidates.map(({ protocol, ip, port }) => ({ protocol, ip, port }));
    return { ufrag: local.ufrag, pwd: local.pwd, addresses, seconds: openS };
  }

  [Symbol.dispose](): void {
    for (const close of [...this.#closing]) close();
  }
}
