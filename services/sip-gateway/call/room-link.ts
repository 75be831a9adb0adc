/** One call as an occupant: what the XMPP server is asked for it, one thing at a time, in the order in which it was wanted. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import { toVecheError, type VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import {
  type CallOccupant,
  type CallPresenceSchema,
  CallState,
  type EnterRoomRequestSchema,
} from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { calls } from "@veche/proto/subjects.ts";
import type { Input, Occupant } from "../domain/inputs.ts";
import { limits } from "../limits.ts";

type EnterRoom = MessageInitShape<typeof EnterRoomRequestSchema>;
type CallPresence = MessageInitShape<typeof CallPresenceSchema>;

export type RoomLinkGiven = {
  readonly bus: Bus;
  readonly unit: string;
  readonly log: Log;
  readonly call: string;
  /** As it is to be asked now. */
  readonly enterRoom: () => EnterRoom;
  readonly presence: () => CallPresence;
  readonly tell: (input: Input) => void;
};

type Task = "enter" | "show" | "leave";

export class RoomLink {
  readonly #given: RoomLinkGiven;
  #tasks: Task[] = [];
  #working: Promise<void> | undefined;

  constructor(given: RoomLinkGiven) {
    this.#given = given;
  }

  enter(): void {
    this.#want("enter");
  }

  show(): void {
    this.#want("show");
  }

  leave(): void {
    this.#tasks = this.#tasks.filter((task) => task === "leave");
    this.#want("leave");
  }

  /** Resolves when nothing is asked any more. */
  async settled(): Promise<void> {
    while (this.#working) await this.#working;
  }

  /** What is asked twice before it was asked once is asked once, as it stands then. */
  #want(task: Task): void {
    if (this.#tasks.at(-1) !== task) this.#tasks.push(task);
    this.#working ??= this.#work();
  }

  async #work(): Promise<void> {
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) {
      if (task === "enter") await this.#enter();
      else if (task === "show") await this.#show();
      else await this.#leave();
    }
    this.#working = undefined;
  }

  async #enter(): Promise<void> {
    const { bus, unit, enterRoom, tell } = this.#given;
    try {
      const options = { timeoutMs: limits.enterTimeoutMs };
      const { occupant } = await bus.request(calls.enterRoom, { unit }, enterRoom(), options);
      const read = occupant && readOccupant(occupant);
      if (read) tell({ type: "occupant", occupant: read });
      else tell({ type: "not-entered", why: "unavailable" });
    } catch (error) {
      const fault = toVecheError(error);
      this.#given.log.debug({ call: this.#given.call, code: fault.code }, "not let in");
      tell({ type: "not-entered", why: whyNot(fault) });
    }
  }

  /** What is lost here stands in the next `enter-room`. */
  async #show(): Promise<void> {
    const { bus, unit, call, presence, log } = this.#given;
    await bus
      .request(calls.updateCall, { unit }, { call, presence: presence() })
      .catch((error: unknown) => log.debug({ call, err: error }, "a call's presence was not taken"));
  }

  /** A server that does not hear it has the call leave when nobody asks for it any more. */
  async #leave(): Promise<void> {
    const { bus, unit, call, log } = this.#given;
    await bus
      .request(calls.leaveRoom, { unit }, { call })
      .catch((error: unknown) => log.debug({ call, err: error }, "a call's leaving was not taken"));
  }
}

export function readOccupant(occupant: CallOccupant): Occupant | undefined {
  const state = states[occupant.state];
  if (state === undefined) return undefined;
  const { instance, revision, reason, audioModerated, maySpeak, participants, humans } = occupant;
  return { instance, revision, state, reason, isModerated: audioModerated, maySpeak, participants, humans };
}

const states: Readonly<Partial<Record<CallState, Occupant["state"]>>> = {
  [CallState.WAITING]: "waiting",
  [CallState.LOBBY]: "lobby",
  [CallState.INSIDE]: "inside",
  [CallState.OUT]: "out",
};

function whyNot({ code, message }: VecheError): Extract<Input, { readonly type: "not-entered" }>["why"] {
  switch (code) {
    case "unauthenticated":
      return "password-wanted";
    case "permission-denied":
      return /password/i.test(message) ? "password-wrong" : "refused";
    case "resource-exhausted":
      return "full";
    case "invalid-argument":
    case "not-found":
      return "invalid";
    default:
      return "unavailable";
  }
}
