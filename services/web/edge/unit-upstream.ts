import type { Bus } from "@veche/kit/bus.ts";
import { dutyKey } from "@veche/kit/duty.ts";
import type { Log } from "@veche/kit/log.ts";
import { DutySchema } from "@veche/proto/gen/veche/signalling/v1/duty_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import type { Upstream } from "./upstream.ts";

type Given = {
  readonly unit: string;
  readonly role: "xmpp" | "focus";
  /** The operator's setting; "" follows whoever is on duty. */
  readonly fixedOrigin: string;
  /** Where it is until somebody is heard: on this host. */
  readonly usualOrigin: string;
  readonly open: (origin: string) => Upstream;
  readonly log: Log;
  /** Who talks with it has to begin anew, with its successor. */
  readonly onMoved: (former: Upstream) => void;
};

/** The process on duty for a role of the signalling unit, on whichever host that is. */
export class UnitUpstream implements Disposable {
  readonly #given: Given;
  #current: Upstream;
  #revision = 0;

  constructor(given: Given) {
    this.#given = given;
    this.#current = given.open(given.fixedOrigin || given.usualOrigin);
  }

  get current(): Upstream {
    return this.#current;
  }

  /** The bus may be there later than the pages. */
  async listen(bus: Bus): Promise<Disposable> {
    const { fixedOrigin, unit, role } = this.#given;
    if (fixedOrigin !== "") return { [Symbol.dispose]: () => {} };
    const bucket = await bus.bucket(buckets.units, DutySchema);
    const watching = await bucket.watch(({ key, value, revision }) => {
      if (key !== dutyKey(unit, role) || value === undefined) return;
      // A server that is behind the others tells again what was.
      if (revision <= this.#revision) return;
      this.#revision = revision;
      this.#follow(value.origin, value.hostId);
    });
    return { [Symbol.dispose]: () => watching.close() };
  }

  [Symbol.dispose](): void {
    this.#current[Symbol.dispose]();
  }

  #follow(origin: string, hostId: string): void {
    const { open, log, role, onMoved } = this.#given;
    const former = this.#current;
    if (URL.parse(origin)?.origin === former.origin) return;
    if (URL.parse(origin) === null) {
      log.error({ origin, hostId }, `${role} says where it is in a way that is no address`);
      return;
    }
    log.warn({ origin, hostId }, `${role} is on duty on another host`);
    // First: it takes back what it said was wrong, under the same name.
    former[Symbol.dispose]();
    this.#current = open(origin);
    onMoved(former);
  }
}
