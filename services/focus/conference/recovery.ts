import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { toVecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import type { RoomSnapshot, ServerSnapshotResponse } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import type { RoomRef } from "../domain/conference.ts";
import type { Archive, OpenSession } from "../edge/archive.ts";
import type { BridgeDirectory } from "../edge/bridge-directory.ts";
import type { Leases } from "../edge/leases.ts";
import { toRoomRef, toRoomSeen } from "../edge/occupants.ts";
import type { RoundTrip } from "../edge/round-trip.ts";
import { BridgeSnapshots } from "./bridge-snapshots.ts";
import type { Conferences, Recalled } from "./conferences.ts";
import type { Room } from "./room.ts";

export const recoveryTimes = { snapshotMs: 2_000, attempts: 3 } as const;

export type RecoveryGiven = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly unit: string;
  readonly conferences: Conferences;
  readonly archive: Archive;
  readonly leases: Leases;
  readonly directory: BridgeDirectory;
  readonly roundTrip: RoundTrip;
  readonly onServer: (server: { readonly instance: string; readonly hostId: string }) => void;
};

/**
 * Puts what the focus knows and what is really there together again: after its own start, and after the XMPP server's.
 * The stream tells what was said, the XMPP server who is there, the bridges what they hold.
 */
export class Recovery {
  readonly #given: RecoveryGiven;
  #looking: Promise<void> | undefined;
  #isAgainWanted = false;
  #hasSeen = false;
  #hasSwept = false;

  constructor(given: RecoveryGiven) {
    this.#given = given;
  }

  /** Resolves when every room that the XMPP server has is served. One look at a time; asked meanwhile, it looks again. */
  look(): Promise<void> {
    if (this.#looking) {
      this.#isAgainWanted = true;
      return this.#looking;
    }
    this.#looking = this.#lookUntilQuiet().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** One room whose events have a hole. */
  async lookAt(room: Room): Promise<void> {
    const { conferences, log } = this.#given;
    try {
      const snapshot = await conferences.openRoom(room.ref);
      room.running?.sitting.tell({ type: "room-seen", ...toRoomSeen(snapshot) });
      room.order.restart(Number(snapshot.roomSeq));
    } catch (error) {
      log.warn({ err: error, room: room.ref.room }, "a room could not be looked at");
      this.#given.clock.after(recoveryTimes.snapshotMs, () => {
        if (!room.isClosing) void this.lookAt(room);
      });
    }
  }

  /** A bridge that appeared may hold what a conference has left: that is cleared there. */
  async lookAtBridge(id: string): Promise<void> {
    const { bus, directory, conferences, log } = this.#given;
    const running = conferences.rooms().flatMap((room) => room.running ?? []);
    if (running.length === 0) return;
    try {
      const sessions = running.map(({ session }) => session);
      const held = await new BridgeSnapshots(bus, directory).of(id, sessions);
      for (const { session, sitting } of running) {
        const found = held.get(session);
        if (found) sitting.tell({ type: "held-by-bridge", ...found });
      }
    } catch (error) {
      log.warn({ err: error, bridge: id }, "what the bridge holds could not be looked at");
    }
  }

  /** The last look has seen the XMPP server's rooms. Before that no room may be taken for a new one. */
  get hasSeen(): boolean {
    return this.#hasSeen;
  }

  /** The rooms that are there have been looked at since the start. */
  get hasLooked(): boolean {
    return this.#hasSwept;
  }

  async #lookUntilQuiet(): Promise<void> {
    do {
      this.#isAgainWanted = false;
      await this.#lookOnce().catch((error: unknown) => {
        this.#given.log.error({ err: error }, "the rooms could not be looked at");
      });
    } while (this.#isAgainWanted);
  }

  async #lookOnce(): Promise<void> {
    const snapshot = await this.#askServer();
    this.#hasSeen = snapshot !== undefined;
    // With no server there is nobody to serve; it says when it is up. An answer may come when another serves by now.
    if (!snapshot || !this.#given.leases.isOnDuty) return;
    this.#given.onServer(snapshot);
    const bridges = new BridgeSnapshots(this.#given.bus, this.#given.directory);
    const seen = new Set(snapshot.rooms.map(({ room }) => room?.room ?? ""));
    for (const room of this.#given.conferences.rooms()) {
      if (!seen.has(room.ref.room)) room.running?.sitting.tell({ type: "room-lost" });
    }
    // Every room is prepared before anything is waited for, so that no event of theirs is missed.
    const work = snapshot.rooms.map((room) => this.#seeRoom(room, bridges));
    await Promise.all(work);
    if (!this.#hasSwept) {
      this.#hasSwept = true;
      void this.#sweep(bridges);
    }
  }

  async #askServer(): Promise<ServerSnapshotResponse | undefined> {
    const { bus, unit, clock, log, roundTrip } = this.#given;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const began = clock.now();
        const options = { timeoutMs: recoveryTimes.snapshotMs };
        const snapshot = await bus.request(xmpp.snapshot, { unit }, {}, options);
        roundTrip.note(clock.now() - began);
        return snapshot;
      } catch (error) {
        const { code } = toVecheError(error);
        if (code === "unavailable" || attempt === recoveryTimes.attempts) {
          log.info({ code }, "the XMPP server is not there yet");
          return undefined;
        }
      }
    }
  }

  #seeRoom(snapshot: RoomSnapshot, bridges: BridgeSnapshots): Promise<void> {
    const { conferences, leases } = this.#given;
    const ref = toRoomRef(snapshot.room);
    if (!ref) return Promise.resolve();
    const known = conferences.room(ref.room);
    if (known) return this.#reconcile(known, snapshot);
    if (leases.isForeign(ref.room)) return Promise.resolve();
    return this.#recover(conferences.prepare(ref), snapshot, bridges);
  }

  async #reconcile(room: Room, snapshot: RoomSnapshot): Promise<void> {
    const { running, ref } = room;
    if (!running || room.isClosing) return;
    running.sitting.tell({ type: "room-seen", ...toRoomSeen(snapshot) });
    room.order.restart(Number(snapshot.roomSeq));
    if (!snapshot.focusPresent) await this.#given.conferences.openRoom(ref);
  }

  async #recover(room: Room, snapshot: RoomSnapshot, bridges: BridgeSnapshots): Promise<void> {
    const { conferences, leases, log } = this.#given;
    try {
      const open = await this.#findOpen(room.ref);
      const recalled = open && (await this.#recall(open, bridges));
      if (!leases.isOnDuty) return;
      if (recalled) await conferences.resume(room, snapshot, recalled);
      else await conferences.adopt(room);
    } catch (error) {
      log.error({ err: error, room: room.ref.room }, "a room could not be taken over");
      conferences.giveUp(room, error);
    }
  }

  /** By the lease of the process before, or else by the stream. */
  async #findOpen({ tenant, room }: RoomRef): Promise<OpenSession | undefined> {
    const { leases } = this.#given;
    const session = (leases.seen(room) ?? leases.former(room))?.session;
    if (session) return { tenant, room, session };
    const open = await this.#given.archive.openSessions(this.#given.unit, { tenant, room });
    return open.at(-1);
  }

  /** Undefined: the sitting never began or is over. */
  async #recall(open: OpenSession, bridges: BridgeSnapshots): Promise<Recalled | undefined> {
    const memory = await this.#given.archive.recall(open);
    if (memory.startedMs === 0 || memory.hasEnded) return undefined;
    const held = await bridges.heldBy(open.session, memory.bridges);
    const { leases } = this.#given;
    const lease = leases.seen(open.room) ?? leases.former(open.room);
    const isIts = lease?.session === open.session;
    const sessions = new Map(isIts ? Object.entries(lease.jingleSessions) : []);
    return { session: open.session, memory, messages: isIts ? lease.messages : 0, held, sessions };
  }

  /** Ends the sittings that an earlier process left open and whose rooms are gone. */
  async #sweep(bridges: BridgeSnapshots): Promise<void> {
    const { archive, conferences, leases, unit, log } = this.#given;
    try {
      for (const open of await archive.openSessions(unit)) {
        // It goes on here, or has just been found empty and ended.
        const isOurs = conferences.isSpeakingOf(open.session);
        // Another unit has taken it over.
        if (isOurs || leases.isForeign(open.room)) continue;
        const recalled = await this.#recall(open, bridges);
        if (!leases.isOnDuty) return;
        if (!recalled) continue;
        log.info(open, "a sitting that was left open is ended");
        const { tenant, room } = open;
        await conferences.endOrphan({ tenant, room, name: "", jid: "" }, recalled);
      }
    } catch (error) {
      log.error({ err: error }, "sittings left open could not be looked through");
    }
  }
}
