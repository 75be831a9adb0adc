import type { Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import type { RoleName } from "@veche/proto/roles.ts";
import { Upstream } from "./upstream.ts";

/** What recorders and gateways say of themselves, as far as it matters here. */
type State = { readonly httpOrigin: string; readonly healthy: boolean; readonly draining: boolean };

type States = {
  watch(listener: (change: { readonly key: string; readonly value: State | undefined }) => void): Promise<Subscription>;
};

export type RoleGiven = {
  /** For the log: "recorder". */
  readonly name: string;
  readonly role: RoleName;
  readonly tls: PrivateTls | undefined;
  /** Its bucket. */
  readonly states: (bus: Bus) => Promise<States>;
  /** Its answers are read at the reader's pace: a film that is paused. */
  readonly isReadSlowly: boolean;
  readonly clock: Clock;
  readonly log: Log;
};

type Known = { readonly upstream: Upstream; readonly isWelcome: boolean };

/** Processes of a role by what they say of themselves: any of them answers for all. */
export class RoleUpstreams implements Disposable {
  readonly #given: RoleGiven;
  readonly #known = new Map<string, Known>();
  #wereSeen = false;

  constructor(given: RoleGiven) {
    this.#given = given;
  }

  /** The bus may be there later than the pages. */
  async listen(bus: Bus): Promise<Disposable> {
    const states = await this.#given.states(bus);
    const watching = await states.watch(({ key, value }) => this.#hear(key, value));
    return { [Symbol.dispose]: () => watching.close() };
  }

  /** Whether there has been one since the start: people are then shown the way to what it does. */
  get wereSeen(): boolean {
    return this.#wereSeen;
  }

  /** One that listens and is not about to end, where there is a choice; undefined: there is none. */
  pick(): Upstream | undefined {
    const known = [...this.#known.values()];
    const here = known.filter(({ upstream }) => !upstream.isAway);
    return (here.find(({ isWelcome }) => isWelcome) ?? here[0] ?? known[0])?.upstream;
  }

  [Symbol.dispose](): void {
    for (const { upstream } of this.#known.values()) upstream[Symbol.dispose]();
    this.#known.clear();
  }

  #hear(id: string, state: State | undefined): void {
    const before = this.#known.get(id);
    const origin = state && readOrigin(state.httpOrigin);
    if (state === undefined || origin === undefined) {
      before?.upstream[Symbol.dispose]();
      this.#known.delete(id);
      return;
    }
    const isWelcome = state.healthy && !state.draining;
    if (before?.upstream.origin === origin) {
      this.#known.set(id, { ...before, isWelcome });
      return;
    }
    before?.upstream[Symbol.dispose]();
    const { name, role, tls, clock, isReadSlowly, log } = this.#given;
    const onProblem = (problem: string | undefined) => {
      if (problem !== undefined) log.warn({ id, problem }, `${name} out of reach`);
    };
    const upstream = new Upstream({ name, role, tls, origin, clock, waitMs: 0, isReadSlowly, onProblem });
    upstream.watch();
    this.#known.set(id, { upstream, isWelcome });
    this.#wereSeen = true;
    log.info({ id, origin }, `${name} heard`);
  }
}

function readOrigin(text: string): string | undefined {
  try {
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) ? url.origin : undefined;
  } catch {
    return undefined;
  }
}
