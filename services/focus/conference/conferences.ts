import type { Bus } from "@veche/kit/bus.ts";
import { type Clock, waitAtMost } from "@veche/kit/clock.ts";
import { toVecheError, VecheError } from "@veche/kit/errors.ts";
import type { RoomSnapshot } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { type Conference, emptyPresence, openConference, type RoomRef, type StartMuted } from "../domain/conference.ts";
import type { Failure, HeldConference, Input } from "../domain/inputs.ts";
import { type Memory, restore } from "../domain/memory.ts";
import { modesOf } from "../domain/recording-presence.ts";
import type { Rules } from "../domain/rules.ts";
import type { BridgeDirectory } from "../edge/bridge-directory.ts";
import type { BridgePins } from "../edge/bridge-pins.ts";
import { BridgeRequests } from "../edge/bridge-requests.ts";
import type { ChatArchive } from "../edge/chat-archive.ts";
import type { GatewayDirectory } from "../edge/gateway-directory.ts";
import { noteJingle } from "../edge/jingle-count.ts";
import type { JobWriter } from "../edge/job-writer.ts";
import type { LeaseNote, Leases } from "../edge/leases.ts";
import { toPolicy, toRoomSeen } from "../edge/occupants.ts";
import { Outbox } from "../edge/outbox.ts";
import type { Persons } from "../edge/persons.ts";
import type { RecordingDirectory } from "../edge/recording-directory.ts";
import { toJobMessage } from "../edge/recording-messages.ts";
import { focusPresence, RoomRequests } from "../edge/room-requests.ts";
import type { RoundTrip } from "../edge/round-trip.ts";
import type { FocusEvents } from "../events.ts";
import { Room, type Running } from "./room.ts";
import { newSessionId } from "./session-id.ts";
import { Sitting, type SittingEffect } from "./sitting.ts";

export type ConferencesGiven = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly unit: string;
  readonly instance: string;
  /** As they are now: some of them follow the live settings. */
  readonly rules: () => Rules;
  readonly chat: ChatArchive;
  readonly leases: Leases;
  readonly persons: Persons;
  readonly directory: BridgeDirectory;
  readonly pins: BridgePins;
  readonly recordings: RecordingDirectory;
  readonly gateways: GatewayDirectory;
  readonly jobs: JobWriter;
  readonly events: FocusEvents;
  readonly roundTrip: RoundTrip;
  /** An event of this room is missing: somebody has to look at the room again. */
  readonly onHole: (room: Room) => void;
};

/** What a request that opens a room brings into the sitting. */
export type OpeningRequest = {
  readonly startMuted?: StartMuted;
  /** Person who signed in and asks. */
  readonly opener?: string;
  /** Asked where the room is not there yet; throws what keeps it from being opened. */
  readonly admit?: () => void;
};

/** A sitting whose facts were read back. */
export type Recalled = {
  readonly session: string;
  readonly memory: Memory;
  readonly messages: number;
  /** Jingle sessions that clients had, by endpoint. */
  readonly sessions: ReadonlyMap<string, string>;
  readonly held: readonly HeldConference[];
};

const openTimeoutMs = 5_000;
const closeTimeoutMs = 3_000;

/** The rooms of this signalling unit that have a conference. */
export class Conferences {
  readonly #given: ConferencesGiven;
  readonly #rooms = new Map<string, Room>();
  readonly #bridges: BridgeRequests;
  /** Of sittings that go on and of those whose last facts are still on their way. */
  readonly #outboxes = new Map<Outbox, string>();
  readonly #ending = new AbortController();

  constructor(given: ConferencesGiven) {
    this.#given = given;
    const { bus, directory, events } = given;
    this.#bridges = new BridgeRequests({
      bus,
      onUnserved: (bridge, instance) => void directory.suspect(bridge, instance),
      onAllocated: (bridge) => directory.noteAllocation(bridge),
      onFailure: ({ type, bridge }, failure) => events.requestFailed("bridge", type, { bridge }, failure),
    });
  }

  room(id: string): Room | undefined {
    return this.#rooms.get(id);
  }

  rooms(): readonly Room[] {
    return [...this.#rooms.values()];
  }

  states(): readonly Conference[] {
    return this.rooms().flatMap(({ running }) => running?.sitting.state ?? []);
  }

  /** Facts of that sitting are on their way: what the stream has of it is not the whole. */
  isSpeakingOf(session: string): boolean {
    return [...this.#outboxes.keys()].some((outbox) => outbox.session === session);
  }

  get factsWaiting(): number {
    return [...this.#outboxes.keys()].reduce((sum, outbox) => sum + outbox.length, 0);
  }

  /** Resolves when clients may join the room; rejects where that can't be. */
  async open(ref: RoomRef, request: OpeningRequest = {}): Promise<void> {
    for (;;) {
      const room = this.#rooms.get(ref.room);
      if (!room) {
        if (this.#given.leases.isForeign(ref.room)) throw foreign(ref);
        request.admit?.();
        const fresh = this.prepare(ref);
        void this.#openFresh(fresh, request);
        return fresh.ready;
      }
      if (!room.isClosing) return room.ready;
      await room.closed;
    }
  }

  /** A room whose events are kept until a sitting of it runs. */
  prepare(ref: RoomRef): Room {
    const room: Room = new Room(ref, this.#given.clock, () => this.#given.onHole(room));
    this.#rooms.set(ref.room, room);
    return room;
  }

  /** Begins a new sitting. */
  async #openFresh(room: Room, { startMuted, opener = "" }: OpeningRequest = {}): Promise<void> {
    const { leases, clock, unit, events } = this.#given;
    const { ref } = room;
    const session = newSessionId(clock.now());
    // Clients need not wait for the lease: the room's other owners are known from watching.
    const lease = leases.take({ tenant: ref.tenant, room: ref.room, session });
    lease.catch(() => undefined);
    try {
      const snapshot = await this.openRoom(ref);
      room.markReady();
      const epoch = await lease;
      this.#checkOurs(room);
      const { meetingId } = snapshot;
      const { videoCodec } = this.#rulesOf(ref);
      const policy = toPolicy(snapshot.policy);
      const opening = { room: ref, session, epoch, unit, meetingId, opener, policy, videoCodec };
      const state = openConference(startMuted ? { ...opening, startMuted } : opening, clock.now());
      events.conferenceOpened(ref.room, session, epoch);
      this.#run(room, state, { type: "room-seen", ...toRoomSeen(snapshot) });
      room.order.restart(Number(snapshot.roomSeq));
    } catch (error) {
      events.requestFailed("xmpp", "open-room", { room: ref.room }, toVecheError(error));
      this.giveUp(room, error);
      void lease.then(
        () => leases.release(ref.room, session),
        // Off duty it is another's to say what becomes of the room.
        () => (leases.isOnDuty ? this.#closeRoom(ref, { reason: "operator", onlyEmpty: false }) : undefined),
      );
    }
  }

  /** Goes on with a sitting of an earlier process. */
  async resume(room: Room, snapshot: RoomSnapshot, recalled: Recalled): Promise<void> {
    const { leases, clock, unit, events } = this.#given;
    const { ref } = room;
    const { session, memory, messages, held, sessions } = recalled;
    const [taken] = await Promise.all([
      leases.take({ tenant: ref.tenant, room: ref.room, session }),
      snapshot.focusPresent ? undefined : this.openRoom(ref),
    ]);
    this.#checkOurs(room);
    const epoch = Math.max(taken, memory.epoch + 1);
    const state = restore(memory, { room: ref, session, epoch, unit, messages }, clock.now());
    const adopted = held.reduce((sum, { endpoints }) => sum + endpoints.length, 0);
    events.conferenceTakenOver(ref.room, session, epoch, adopted);
    const jobs = this.#given.recordings.jobsOf(session);
    this.#run(room, state, { type: "taken-over", ...toRoomSeen(snapshot), held, sessions, jobs });
    room.order.restart(Number(snapshot.roomSeq));
    room.markReady();
  }

  /** It may have become another's while it was asked about. */
  #checkOurs(room: Room): void {
    if (this.#rooms.get(room.ref.room) !== room) throw foreign(room.ref);
  }

  /** A room that is there without a sitting of its own: begins one with whoever is in it. */
  async adopt(room: Room): Promise<void> {
    await this.#openFresh(room);
  }

  /** A room that could not be opened: the next request for it tries again. */
  giveUp(room: Room, error: unknown): void {
    if (this.#rooms.get(room.ref.room) === room) this.#rooms.delete(room.ref.room);
    room.fail(error);
  }

  /** Ends a sitting whose room is gone. */
  endOrphan(ref: RoomRef, { session, memory, messages, held, sessions }: Recalled): Promise<void> {
    const room = new Room(ref, this.#given.clock, () => undefined);
    const restoring = { room: ref, session, unit: this.#given.unit, messages, epoch: memory.epoch + 1 };
    const state = restore(memory, restoring, this.#given.clock.now());
    const jobs = this.#given.recordings.jobsOf(session);
    this.#run(room, state, { type: "taken-over", occupants: [], policy: undefined, held, sessions, jobs });
    return room.closed;
  }

  async openRoom(room: RoomRef): Promise<RoomSnapshot> {
    const { bus, unit, clock, directory, roundTrip, recordings, gateways } = this.#given;
    const began = clock.now();
    const bridgeCount = directory.operational > 0 ? 1 : 0;
    const seen = { recorderModes: modesOf(recordings.pool), dialsOut: gateways.dialsOut };
    const presence = focusPresence({ ...emptyPresence, bridgeCount, ...seen }, began);
    const { snapshot } = await bus.request(xmpp.openRoom, { unit }, { room, presence }, { timeoutMs: openTimeoutMs });
    roundTrip.note(clock.now() - began);
    if (!snapshot) throw new VecheError("internal", "open-room was answered without a snapshot");
    return snapshot;
  }

  /** What whoever takes the room over will need. */
  noteFor(id: string): LeaseNote {
    const state = this.#rooms.get(id)?.running?.sitting.state;
    const invited = [...(state?.members.values() ?? [])].flatMap(({ endpoint, session }) =>
      session.invite && session.state !== "inviting" ? [[endpoint, session.invite.jingleSession] as const] : [],
    );
    return { messages: state?.totals.messages ?? 0, jingleSessions: Object.fromEntries(invited) };
  }

  tellAll(input: Input): void {
    for (const { running } of this.#rooms.values()) running?.sitting.tell(input);
  }

  /** The breakout rooms of a main room. */
  tellBreakouts(mainRoom: string, input: Input): void {
    if (mainRoom === "") return;
    for (const { running } of this.#rooms.values()) {
      if (running?.sitting.state.policy.mainRoom === mainRoom) running.sitting.tell(input);
    }
  }

  /** By the id that bridges know a conference by. */
  tellSession(session: string, input: Input): void {
    for (const { running } of this.#rooms.values()) {
      if (running?.session === session) running.sitting.tell(input);
    }
  }

  /** Another focus owns the room: whatever was to be done or said is not ours to do or say any more. */
  fence(id: string): void {
    this.#given.jobs.abandon(id);
    const room = this.#rooms.get(id);
    for (const [outbox, of] of this.#outboxes) if (of === id) this.#drop(outbox);
    if (!room) return;
    if (room.running) {
      this.#given.events.conferenceFenced(id, room.running.session);
      this.#bridges.abandonConference(room.running.session);
    }
    this.#rooms.delete(id);
    room.fail(foreign(room.ref));
  }

  connectionChanged(isConnected: boolean): void {
    if (isConnected) for (const outbox of this.#outboxes.keys()) outbox.poke();
  }

  /** Its people are invited elsewhere, or wait: what it was asked is not waited for. */
  loseBridge(bridge: string, instance: string, reason: string): void {
    this.tellAll({ type: "bridge-lost", bridge, instance, reason });
    this.#bridges.abandonBridge(bridge, instance);
  }

  /** The XMPP server is another process than the one that was asked. */
  abandonRoomRequests(): void {
    for (const { running } of this.#rooms.values()) running?.requests.abandonRunning();
  }

  /** Stops everything here and leaves it to the next process; what was said is still sent, for a while. */
  async close(limitMs: number): Promise<void> {
    for (const { running, order } of this.#rooms.values()) {
      running?.sitting.stop();
      if (running) this.#bridges.abandonConference(running.session);
      order.close();
    }
    const stored = this.#given.jobs.drained();
    const drained = Promise.all([stored, ...[...this.#outboxes.keys()].map((outbox) => outbox.drained())]);
    await waitAtMost(this.#given.clock, limitMs, drained);
    this.#ending.abort();
    for (const outbox of this.#outboxes.keys()) this.#drop(outbox);
    this.#rooms.clear();
  }

  #run(room: Room, state: Conference, ...inputs: readonly Input[]): void {
    const { clock, directory, bus, unit, events } = this.#given;
    const { session } = state;
    const requests = new RoomRequests(room.ref, {
      bus,
      clock,
      unit,
      session,
      createdMs: state.startedMs || state.openedMs,
      ending: this.#ending.signal,
      onSent: ({ type }) => noteJingle(events, type),
      onFailure: ({ type }, failure) => events.requestFailed("xmpp", type, { room: room.ref.room }, failure),
    });
    const outbox = this.#newOutbox(room.ref, session);
    const sitting = new Sitting(state, {
      clock,
      rules: () => this.#rulesOf(room.ref),
      bridges: () => directory.views(),
      recorders: () => this.#given.recordings.pool,
      perform: (effect, of) => this.#perform(room, { session, sitting: of, outbox, requests }, effect),
    });
    room.run({ session, sitting, outbox, requests });
    for (const input of inputs) sitting.tell(input);
    sitting.tell({ type: "gateways-changed", dialsOut: this.#given.gateways.dialsOut });
    this.#given.leases.noteChanged(room.ref.room);
  }

  #rulesOf({ jid }: RoomRef): Rules {
    const { rules, pins } = this.#given;
    const bridgeVersion = pins.versionFor(jid);
    return bridgeVersion === "" ? rules() : { ...rules(), bridgeVersion };
  }

  #newOutbox({ tenant, room }: RoomRef, session: string): Outbox {
    const { bus, clock, instance, leases, events } = this.#given;
    const outbox = new Outbox(
      { tenant, room, session },
      {
        bus,
        clock,
        source: `/focus/${instance}`,
        confirmOwnership: () => leases.confirm(room),
        onTrouble: (error) => events.factDelayed(session, error),
      },
    );
    this.#outboxes.set(outbox, room);
    return outbox;
  }

  #drop(outbox: Outbox): void {
    outbox.close();
    this.#outboxes.delete(outbox);
  }

  #perform(room: Room, running: Running, effect: SittingEffect): void {
    const { session, sitting, outbox, requests } = running;
    const { events, persons, leases } = this.#given;
    const { ref } = room;
    const tell = (input: Input) => sitting.tell(input);
    switch (effect.type) {
      case "record":
        events.factSaid(ref.room, session, effect.fact);
        if (effect.fact.name === "bridgeMoved") events.movedFromBridge(ref.room, invitedNow(sitting.state));
        outbox.add(effect.fact);
        return;
      case "remember-person":
        persons.remember(effect.person, effect);
        return;
      case "keep-chat":
        this.#given.chat.keep({ tenant: ref.tenant, room: ref.room, session, epoch: sitting.state.epoch }, effect.chat);
        return;
      case "put-job": {
        const { job, ask } = effect;
        const message = toJobMessage(job, { room: ref, session, unit: this.#given.unit });
        const settle = (failure?: Failure) => {
          if (ask === undefined) return;
          if (failure) tell({ type: "job-not-put", job: job.id, ask, failure });
          else tell({ type: "job-put", ask });
        };
        this.#given.jobs.put(job.id, { room: ref.room, session }, message, settle);
        return;
      }
      case "close-room":
        room.startClosing(effect);
        return;
      case "finish":
        void this.#finish(room, running);
        return;
      default:
        if (effect.type === "initiate-session") leases.noteChanged(ref.room);
        if (!("bridge" in effect)) requests.perform(effect, tell);
        else {
          if (effect.type === "create-endpoint") events.invited(ref.room, effect.endpoint, effect.bridge);
          const { epoch, videoCodec } = sitting.state;
          this.#bridges.perform(effect, { session, room: ref.room, epoch, videoCodec }, tell);
        }
    }
  }

  async #finish(room: Room, { session, outbox }: Running): Promise<void> {
    const { events, leases } = this.#given;
    const { ref } = room;
    events.conferenceEnded(ref.room, session);
    const isOurs = this.#rooms.get(ref.room) === room;
    const { closing } = room;
    if (closing && isOurs) await this.#closeRoom(ref, { reason: "empty", onlyEmpty: true, ...closing });
    if (this.#rooms.get(ref.room) === room) this.#rooms.delete(ref.room);
    const { cameLate } = room;
    room.close();
    if (cameLate) void this.open(ref).catch(() => undefined);
    this.#given.chat.forget(session);
    await Promise.all([outbox.drained(), this.#given.jobs.drained(session)]);
    this.#outboxes.delete(outbox);
    if (!this.#rooms.has(ref.room)) await leases.release(ref.room, session);
  }

  async #closeRoom(
    room: RoomRef,
    how: { readonly reason: string; readonly onlyEmpty: boolean; readonly withoutPeople?: boolean },
  ): Promise<void> {
    const { bus, unit, events } = this.#given;
    try {
      await bus.request(xmpp.closeRoom, { unit }, { room, ...how }, { timeoutMs: closeTimeoutMs });
    } catch (error) {
      events.requestFailed("xmpp", "close-room", { room: room.room }, toVecheError(error));
    }
  }
}

function invitedNow({ members }: Conference): number {
  return [...members.values()].filter(({ session }) => session.state === "inviting").length;
}

function foreign(ref: RoomRef): VecheError {
  return new VecheError("unavailable", `room ${ref.room} belongs to another signalling unit`);
}
