import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import type { EventContract } from "@veche/proto/contract.ts";
import { muc } from "@veche/proto/subjects.ts";
import type { RoomAddress } from "../domain/room.ts";
import type { Domains } from "../domains.ts";
import type { RoleEvents } from "../events.ts";
import type { OccupantOf, RoomOf } from "../stream/session.ts";
import { fingerprintOf, occupantMessage } from "./occupant-message.ts";
import type { AllRoomHooks } from "./room-hooks.ts";

export type LeaveReason = "client" | "kicked" | "ended" | "timeout" | "replaced" | "moved";
type EventHead = { readonly room: RoomAddress; readonly roomSeq: bigint };

/** Subjects of events about one room. */
type RoomSubject = `evt.muc.{unit}.{room}.${string}`;

export type DestroyReason = "empty" | "moderator" | "limit" | "operator";

/** Says what happens in rooms, numbered per room without holes. */
export class RoomEvents {
  readonly #bus: Bus;
  readonly #unit: string;
  readonly #domains: Domains;
  readonly #role: RoleEvents;
  readonly #hooks: AllRoomHooks;
  readonly #sequences = new WeakMap<RoomOf, number>();
  readonly #said = new WeakMap<OccupantOf, string>();

  constructor(bus: Bus, unit: string, domains: Domains, role: RoleEvents, hooks: AllRoomHooks) {
    this.#role = role;
    this.#hooks = hooks;
    this.#bus = bus;
    this.#unit = unit;
    this.#domains = domains;
  }

  sequenceOf(room: RoomOf): number {
    return this.#sequences.get(room) ?? 0;
  }

  joined(room: RoomOf, occupant: OccupantOf): void {
    const message = occupantMessage(room, occupant, this.#domains);
    this.#said.set(occupant, fingerprintOf(message));
    this.#role.joined(room.address.room, occupant.nick);
    this.#say(muc.occupantJoined, this.#values(room), { ...this.#head(room), occupant: message });
  }

  /** A restored occupant: what is known of it was said before the process died. */
  known(room: RoomOf, occupant: OccupantOf): void {
    this.#said.set(occupant, fingerprintOf(occupantMessage(room, occupant, this.#domains)));
  }

  /** Says something only where what others know of the occupant has changed. */
  updated(room: RoomOf, occupant: OccupantOf): void {
    const message = occupantMessage(room, occupant, this.#domains);
    const fingerprint = fingerprintOf(message);
    if (this.#said.get(occupant) === fingerprint) return;
    this.#said.set(occupant, fingerprint);
    this.#say(muc.occupantUpdated, this.#values(room), { ...this.#head(room), occupant: message });
  }

  interrupted(room: RoomOf, { nick }: OccupantOf): void {
    this.#role.interrupted(room.address.room, nick);
    this.#say(muc.occupantInterrupted, this.#values(room), { ...this.#head(room), endpoint: nick });
  }

  resumed(room: RoomOf, { nick }: OccupantOf): void {
    this.#role.resumed(room.address.room, nick);
    this.#say(muc.occupantResumed, this.#values(room), { ...this.#head(room), endpoint: nick });
  }

  left(room: RoomOf, { nick }: OccupantOf, reason: LeaveReason, by = ""): void {
    this.#role.left(room.address.room, nick, reason);
    this.#say(muc.occupantLeft, this.#values(room), { ...this.#head(room), endpoint: nick, reason, by });
  }

  roomUpdated(room: RoomOf, changed: readonly string[], by = ""): void {
    const policy = this.#hooks.policy(room);
    this.#say(muc.roomUpdated, this.#values(room), { ...this.#head(room), changed: [...changed], policy, by });
  }

  /** An event of a feature: `build` adds to what every event of a room has. */
  say<M extends DescMessage>(
    contract: EventContract<RoomSubject, M>,
    room: RoomOf,
    build: (head: EventHead) => MessageInitShape<M>,
  ): void {
    this.#say(contract, this.#values(room), build(this.#head(room)));
  }

  destroyed(room: RoomOf, reason: DestroyReason, by = ""): void {
    this.#role.roomDestroyed(room.address.room, reason);
    this.#say(muc.roomDestroyed, this.#values(room), { ...this.#head(room), reason, by });
  }

  messageSent(
    room: RoomOf,
    endpoint: string,
    message: { readonly private: boolean; readonly text?: string; readonly message?: string; readonly to?: string },
  ): void {
    this.#say(muc.messageSent, this.#values(room), { ...this.#head(room), endpoint, ...message });
  }

  /** A message that can't be written costs that message: who hears a hole in the numbers asks for a snapshot. */
  #say: Bus["publish"] = (contract, values, message) => {
    try {
      this.#bus.publish(contract, values, message);
    } catch (error) {
      this.#role.unsaid(contract.subject, error);
    }
  };

  #values(room: RoomOf) {
    return { unit: this.#unit, room: room.address.room };
  }

  #head(room: RoomOf): EventHead {
    const sequence = this.sequenceOf(room) + 1;
    this.#sequences.set(room, sequence);
    return { room: room.address, roomSeq: BigInt(sequence) };
  }
}
