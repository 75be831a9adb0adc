import { createHash, randomUUID } from "node:crypto";
import type { Bus } from "@veche/kit/bus.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { EnterRoomRequest, UpdateCallRequest } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { calls } from "@veche/proto/subjects.ts";
import { parseJid } from "../codec/jid.ts";
import type { RoomAddress } from "../domain/room.ts";
import type { Feature } from "../features/feature.ts";
import type { Limits } from "../limits.ts";
import type { Rooms } from "../rooms/rooms.ts";
import { anonymous, type Identity } from "../stream/identity.ts";
import type { Arrival, KeptCall, RoomOf, Session } from "../stream/session.ts";
import type { EndReason } from "../stream/sessions.ts";
import { type AnswersGiven, CallAnswers } from "./answers.ts";
import { Call, type CallGiven, type CallOccupantInit } from "./call.ts";
import type { Dialled } from "./dialled.ts";
import { readShowing, readWish, type Wish } from "./fields.ts";
import { Gateways } from "./gateways.ts";

type Given = Omit<CallGiven, "answer" | "say" | "limits"> &
  AnswersGiven & {
    readonly bus: Bus;
    readonly rooms: Rooms;
    readonly limits: Limits;
    readonly dialled: Dialled;
  };

/** A gateway proves itself by its place on the bus; it is not its business who has a room. */
const service: Identity = { ...anonymous, kind: "service" };

/** The telephone calls of all gateways. */
export class Calls {
  readonly #given: Given;
  readonly #callGiven: CallGiven;
  readonly #byId = new Map<string, Call>();
  readonly #gateways: Gateways;

  constructor(given: Given) {
    this.#given = given;
    const answers = new CallAnswers(given);
    this.#callGiven = {
      ...given,
      answer: (session, iq) => answers.answer(session, iq),
      say: (gateway, occupant) => given.bus.publish(calls.occupantChanged, { gateway }, occupant),
    };
    this.#gateways = new Gateways(given.clock, given.limits.calls.silentMs);
  }

  /** Those that are out left aside. */
  get size(): number {
    return [...this.#byId.values()].filter(({ isOut }) => !isOut).length;
  }

  feature(): Feature {
    return {
      rooms: {
        name: "calls",
        entered: (room) => this.#countChanged(room),
        left: (room, { nick }) => {
          this.#given.dialled.forget(room, nick);
          this.#countChanged(room);
        },
      },
      restored: () => this.#takeUp(),
      sessionEnded: (session, reason) => this.#sessionEnded(session, reason),
    };
  }

  enter(request: EnterRoomRequest): Promise<CallOccupantInit> {
    const { calls: callLimits, passwordLength } = this.#given.limits;
    const wish = readWish(request, { ...callLimits, passwordLength });
    this.heard(wish.gateway, wish.instance);
    const address = this.#addressOf(wish);
    const known = this.#byId.get(wish.call);
    if (known && !isSame(known.kept, wish, address)) {
      throw new VecheError("already-exists", `the call "${wish.call}" is in another room, or another gateway's`);
    }
    return (known ?? this.#open(wish, address)).enter(wish);
  }

  update({ call, presence }: UpdateCallRequest): void {
    const known = this.#byId.get(call);
    if (!known) throw new VecheError("not-found", `the call "${call.slice(0, 64)}" is in no room`);
    known.update(readShowing(presence, this.#given.limits.calls));
  }

  /** Also of a call that is out: its id may come in again. */
  leave(id: string): void {
    this.#byId.get(id)?.end("client");
    this.#byId.delete(id);
  }

  /** A sign of life. Calls of an earlier instance are over. */
  heard(gateway: string, instance: string): void {
    if (this.#gateways.heard(gateway, instance)) return;
    this.#endAll(({ kept }) => kept.gateway === gateway && kept.instance !== instance);
  }

  /** The link to gateways was gone, or everything stood still: nobody could be heard. */
  countAnew(): void {
    this.#gateways.countAnew();
  }

  /** To be called every second or so: ends what nobody stands for any more. */
  look(): void {
    const now = this.#given.clock.now();
    const { unaskedMs } = this.#given.limits.calls;
    const sinceMs = this.#gateways.trustedFromMs;
    this.#endAll(
      ({ kept, askedMs }) => this.#gateways.isSilent(kept.gateway) || now - Math.max(askedMs, sinceMs) >= unaskedMs,
    );
    const live = new Set([...this.#byId.values()].map(({ kept }) => kept.gateway));
    this.#gateways.keep(live);
  }

  #endAll(isOver: (call: Call) => boolean): void {
    for (const call of [...this.#byId.values()]) {
      if (!isOver(call)) continue;
      call.end("timeout");
      this.#byId.delete(call.kept.call);
    }
  }

  /** A room that is open under another spelling of its name is that room. */
  #addressOf({ roomJid }: Wish): RoomAddress {
    const { rooms } = this.#given;
    const jid = parseJid(roomJid);
    const address = jid && jid.resource === "" ? rooms.addressOf(jid) : undefined;
    if (!address) throw new VecheError("invalid-argument", `"${roomJid.slice(0, 100)}" is no address of a room here`);
    return rooms.byId(address.room)?.address ?? address;
  }

  #open(wish: Wish, room: RoomAddress): Call {
    const { perGateway } = this.#given.limits.calls;
    const { call, gateway, instance, endpoint, phone } = wish;
    const many = [...this.#byId.values()].filter(({ kept }) => kept.gateway === gateway).length;
    if (many >= perGateway) throw new VecheError("resource-exhausted", `at most ${perGateway} calls of a gateway`);
    const { sessions, domains } = this.#given;
    const session = sessions.open(randomUUID(), domains.main, arrivalOf(gateway), service);
    session.call = { call, gateway, instance, room, endpoint, phone };
    session.machineUid = machineOf(phone);
    session.resumeMs = this.#given.limits.calls.unaskedMs;
    sessions.enableStreamManagement(session, true);
    return this.#add(session, session.call);
  }

  #add(session: Session, kept: KeptCall): Call {
    const call = new Call(session, kept, this.#callGiven);
    this.#byId.set(kept.call, call);
    return call;
  }

  /** Calls that a process before this one had; they wait for their gateways. */
  #takeUp(): void {
    for (const session of this.#given.sessions.all()) {
      if (!session.call) continue;
      this.#gateways.heard(session.call.gateway, session.call.instance);
      this.#add(session, session.call);
    }
  }

  #sessionEnded(session: Session, reason: EndReason): void {
    const call = session.call && this.#byId.get(session.call.call);
    if (call?.session === session) call.sessionEnded(reason);
  }

  #countChanged(room: RoomOf): void {
    for (const { receiver } of room.occupants.values()) {
      if (receiver.call) this.#byId.get(receiver.call.call)?.countChanged();
    }
  }
}

function isSame(kept: KeptCall, { gateway, instance, endpoint }: Wish, { room }: RoomAddress): boolean {
  const isIts = kept.gateway === gateway && kept.instance === instance;
  return isIts && kept.endpoint === endpoint && kept.room.room === room;
}

/** Whoever is known by an address is known by the gateway: a caller's own is nobody's business here. */
function arrivalOf(gateway: string): Arrival {
  const client = { app: "sip", version: "", browser: "", os: "", isMobileApp: false };
  return { address: `call:${gateway}`, origin: "", room: "", prefix: "", client };
}

/** Who is banned is known again by their number. */
function machineOf(phone: string): string {
  return phone === "" ? "" : `tel-${createHash("sha256").update(phone).digest("hex").slice(0, 32)}`;
}
