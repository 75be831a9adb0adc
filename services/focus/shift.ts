import type { Bus, Subscription } from "@veche/kit/bus.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { focus } from "@veche/proto/subjects.ts";
import type { Conferences } from "./conference/conferences.ts";
import type { Recovery } from "./conference/recovery.ts";
import type { Config } from "./config.ts";
import type { ConferenceRequests } from "./edge/conference-request.ts";
import type { GatewayDirectory } from "./edge/gateway-directory.ts";
import type { Leases } from "./edge/leases.ts";
import type { Persons } from "./edge/persons.ts";
import { serveRequests } from "./edge/requests.ts";
import { hearRooms } from "./edge/room-events.ts";
import type { FocusEvents } from "./events.ts";

export type ShiftGiven = {
  readonly bus: Bus;
  readonly unit: string;
  readonly instance: string;
  readonly conferences: Conferences;
  readonly conferenceRequests: ConferenceRequests;
  readonly gateways: GatewayDirectory;
  readonly recovery: Recovery;
  readonly persons: Persons;
  readonly events: FocusEvents;
  /** Nobody else can be on duty. */
  readonly isSure: () => boolean;
  readonly config: Pick<Config, "VECHE_HOST_ID">;
};

/** What this process does for its unit while it is on duty: it hears the rooms, and serves what clients ask. */
export class Shift {
  readonly #given: ShiftGiven;
  #open: Subscription[] = [];
  #recovered: Promise<void> | undefined;

  constructor(given: ShiftGiven) {
    this.#given = given;
  }

  /** Resolves when the rooms of whoever served before are served again; rejects while this process stands by. */
  recovered(): Promise<void> {
    if (!this.#recovered) return Promise.reject(new VecheError("unavailable", "this focus stands by"));
    if (this.#given.isSure()) return this.#recovered;
    return Promise.reject(new VecheError("unavailable", "another focus may be on duty by now: this one has to look"));
  }

  /** Resolves when it is also known which rooms go on: what is asked for then is answered. */
  async ready(): Promise<void> {
    await this.recovered();
    await this.#seen();
  }

  begin(): void {
    const { bus, unit, conferences, conferenceRequests, gateways, recovery, persons } = this.#given;
    const { events, instance, config } = this.#given;
    this.#open = [
      ...hearRooms({
        bus,
        unit,
        conferences,
        onUnknown: (ref) =>
          void this.#seen()
            .then(() => conferences.open(ref))
            .catch(() => undefined),
        onServerUp: () => {
          for (const room of conferences.rooms()) room.order.forget();
          conferences.abandonRoomRequests();
          void recovery.look();
        },
      }),
    ];
    const recovered = recovery.look();
    this.#recovered = recovered;
    const served = () => this.ready();
    const requests = { bus, unit, instance, conferences, conferenceRequests, gateways, events, recovered: served };
    this.#open.push(...serveRequests(requests));
    void recovered.then(() => {
      if (this.#recovered !== recovered) return;
      void persons.refreshUsers();
      bus.publish(focus.focusUp, { unit }, { unit, instance, hostId: config.VECHE_HOST_ID });
    });
  }

  /** A room that goes on is not begun anew because nobody said that it is there: then it is asked once more. */
  async #seen(): Promise<void> {
    const { recovery } = this.#given;
    await this.#recovered;
    if (this.#recovered && !recovery.hasSeen) await recovery.look();
    if (!recovery.hasSeen) throw new VecheError("unavailable", "the XMPP server does not say which rooms there are");
  }

  /** Another process serves the unit: nothing more is done here. */
  end(leases: Leases): void {
    this.close();
    const { conferences } = this.#given;
    for (const { ref } of conferences.rooms()) {
      leases.letGo(ref.room);
      conferences.fence(ref.room);
    }
  }

  close(): void {
    this.#recovered = undefined;
    for (const subscription of this.#open.splice(0)) subscription.close();
  }
}
