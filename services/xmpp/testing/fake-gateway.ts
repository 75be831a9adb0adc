import assert from "node:assert/strict";
import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import { type ErrorCode, VecheError } from "@veche/kit/errors.ts";
import { MemoryBus, type MemoryNetwork } from "@veche/kit/memory-bus.ts";
import {
  type CallOccupant,
  type CallPresenceSchema,
  CallState,
  type EnterRoomRequestSchema,
} from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { roomId } from "@veche/proto/ids.ts";
import { calls, gateway as contracts } from "@veche/proto/subjects.ts";
import type { Element } from "../codec/xml/element.ts";
import { unit } from "./fake-focus.ts";
import { room } from "./meeting.ts";

type Init<M extends DescMessage> = Omit<MessageInitShape<M>, "$typeName">;
export type EnterInit = Omit<Init<typeof EnterRoomRequestSchema>, "presence"> & {
  readonly presence?: Init<typeof CallPresenceSchema>;
};

export const fails =
  (code: ErrorCode, message = /./) =>
  (error: unknown) =>
    error instanceof VecheError && error.code === code && message.test(error.message);

/** The presence of a call's occupant, or its departure. */
export const presenceOf = (endpoint: string, type?: string) => (stanza: Element) =>
  stanza.name === "presence" && stanza.attrs.from === `${room}/${endpoint}` && stanza.attrs.type === type;

let numbers = 0;

/** A call as its gateway asks for it. */
export function callTo(roomJid: string, more: EnterInit = {}): EnterInit & { call: string; endpoint: string } {
  const [name = "", host = ""] = roomJid.split("@");
  const number = (++numbers).toString(16);
  return {
    room: { tenant: "main", room: roomId(name, "main"), name, jid: `${name}@${host}` },
    call: `call-${number}`,
    endpoint: number.padStart(8, "c"),
    displayName: "+7 495 123-45-67",
    phone: "+74951234567",
    region: "eu",
    ...more,
  };
}

/** A gateway as far as the XMPP server sees one: it has calls come in, and notes what it is told. */
export class FakeGateway {
  readonly id: string;
  instance: string;
  readonly bus: Bus;
  readonly changes: CallOccupant[] = [];
  /** What the focus has said to a call, in order. */
  readonly told: { readonly type: string; readonly message: unknown }[] = [];
  refusal: VecheError | undefined;
  #listeners: (() => void)[] = [];

  constructor(bus: Bus, id = "gw1", instance = "i1") {
    this.id = id;
    this.instance = instance;
    this.bus = bus;
    const own = { gateway: id };
    bus.subscribe(calls.occupantChanged, (change) => this.#noted(this.changes, change), own);
    this.#serve("initiateSession", contracts.initiateSession);
    this.#serve("announceSources", contracts.announceSources);
    this.#serve("withdrawSources", contracts.withdrawSources);
    this.#serve("endSession", contracts.endSession);
    this.#serve("askToMute", contracts.askToMute);
    this.#serve("hangUp", contracts.hangUp);
  }

  static on(network: MemoryNetwork, id?: string, instance?: string): FakeGateway {
    return new FakeGateway(new MemoryBus(network, { role: "sip-gateway" }), id, instance);
  }

  async enter(call: EnterInit): Promise<CallOccupant> {
    const request = { gateway: this.id, instance: this.instance, ...call };
    const { occupant } = await this.bus.request(calls.enterRoom, { unit }, request, { timeoutMs: 20_000 });
    assert.ok(occupant);
    return occupant;
  }

  /** Comes in, and is inside. */
  async inside(call: EnterInit): Promise<CallOccupant> {
    const occupant = await this.enter(call);
    assert.equal(occupant.state, CallState.INSIDE);
    return occupant;
  }

  update(call: string, presence: MessageInitShape<typeof CallPresenceSchema>): Promise<unknown> {
    return this.bus.request(calls.updateCall, { unit }, { call, presence });
  }

  leave(call: string): Promise<unknown> {
    return this.bus.request(calls.leaveRoom, { unit }, { call });
  }

  beat(): void {
    const { id: gateway, instance } = this;
    this.bus.publish(contracts.heartbeat, { gateway }, { gateway, instance });
  }

  /** The first change of a call, also of those heard already, that is so. */
  async heard(call: string, isIt: (change: CallOccupant) => boolean): Promise<CallOccupant> {
    for (;;) {
      const found = this.changes.find((change) => change.call === call && isIt(change));
      if (found) return found;
      await new Promise<void>((resolve) => void this.#listeners.push(resolve));
    }
  }

  out(call: string): Promise<CallOccupant> {
    return this.heard(call, ({ state }) => state === CallState.OUT);
  }

  #serve(
    type: string,
    contract: typeof contracts.askToMute | (typeof contracts)[keyof Omit<typeof contracts, "heartbeat" | "dial">],
  ): void {
    this.bus.serve(
      contract as typeof contracts.askToMute,
      (message) => {
        this.#noted(this.told, { type, message });
        if (this.refusal) throw this.refusal;
        return {};
      },
      { gateway: this.id },
    );
  }

  #noted<T>(list: T[], one: T): void {
    list.push(one);
    for (const listener of this.#listeners.splice(0)) listener();
  }
}
