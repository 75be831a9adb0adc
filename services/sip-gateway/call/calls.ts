/** All calls of this gateway: who may begin one, and who is meant when one is asked for. */
import { randomBytes } from "node:crypto";
import { toVecheError, VecheError } from "@veche/kit/errors.ts";
import type { DialRequest } from "@veche/proto/gen/veche/gateway/v1/gateway_pb.ts";
import type { CallOccupant, RoomRef } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import type { Cause, Ending, Language, Room } from "../domain/call.ts";
import {
  type DialBook,
  type DialLimits,
  type DialRules,
  dialString,
  excessOf,
  forgetOld,
  refusalOf,
} from "../domain/dial-rules.ts";
import { type Dialled, readDialled } from "../domain/numbers.ts";
import { chooseRoom, type RoomingRules } from "../domain/rooming.ts";
import { type Failures, forgetFailures, isShutOut, noteFailure, type RateRules } from "../domain/source-rates.ts";
import type { Tally } from "../edge/tally.ts";
import type { GatewayEvents } from "../events.ts";
import { limits, rates } from "../limits.ts";
import type { IncomingCall, Party, Signalling, Trunk } from "../sip/signalling.ts";
import { CallRun, clean } from "./call-run.ts";
import type { CallPorts } from "./ports.ts";
import { readOccupant } from "./room-link.ts";
import { Telephone, Unacceptable } from "./telephone.ts";

export type CallsGiven = Omit<CallPorts, "over" | "bridgeSilent"> & {
  readonly events: GatewayEvents;
  readonly trunks: readonly Trunk[];
  readonly signalling: () => Signalling | undefined;
  readonly rooming: RoomingRules;
  /** Undefined: no such room can be. */
  readonly roomOf: (address: string, tenant: string) => Room | undefined;
  readonly dialRules: DialRules;
  readonly dialLimits: DialLimits;
  readonly maxCalls: number;
  /** Of calls from nowhere we know, by address. */
  readonly unknownRate: RateRules;
  readonly language: Language;
  readonly onChange: () => void;
  readonly tally: Tally;
};

type WayOut = Pick<Trunk, "name" | "isTrusted">;

/** Who has withheld name and number. */
const nameless: Readonly<Record<Language, string>> = { ru: "Телефон", en: "Phone" };

/** A request that is asked again, because its answer was lost, is the same call. */
const sameDialMs = 5_000;

export class Calls {
  readonly #given: CallsGiven;
  readonly #runs = new Map<string, CallRun>();
  #isDraining = false;
  #unknown: Failures = new Map();
  #failed: Failures = new Map();
  #begun: DialBook["begun"] = [];
  #whenEmpty: (() => void)[] = [];

  constructor(given: CallsGiven) {
    this.#given = given;
  }

  get all(): readonly CallRun[] {
    return [...this.#runs.values()];
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Never throws: what goes wrong with one call is that call's end. */
  async take(incoming: IncomingCall): Promise<void> {
    try {
      await this.#take(incoming);
    } catch (error) {
      this.#given.log.error({ err: error }, "a call could not be taken");
    }
  }

  /** The cheapest to refuse are refused first: nothing is opened, looked up or asked for them. */
  async #take(incoming: IncomingCall): Promise<void> {
    const { events } = this.#given;
    const source = this.#sourceOf(incoming);
    const refusal = this.#refusalOf(incoming, source);
    if (refusal !== undefined) {
      events.refused(refusal.why, incoming.trunk);
      incoming.reject(refusal.status);
      return;
    }
    const { rooming, roomOf } = this.#given;
    const isTrusted = this.#given.trunks.find(({ name }) => name === incoming.trunk)?.isTrusted ?? false;
    const chosen = chooseRoom({ dialled: incoming.to.user, headers: incoming.headers, isTrusted }, rooming);
    const room = chosen.type === "room" ? roomOf(chosen.address, chosen.tenant) : undefined;
    if (chosen.type === "refused") this.#refuse(incoming, chosen.status, "no-room", chosen.reason);
    else if (chosen.type === "room" && room === undefined) this.#refuse(incoming, 404, "no-room", "");
    else await this.#begin(incoming, source, room, chosen.type === "room" ? chosen.password : "");
  }

  /** Answers at once; what becomes of it is seen in the room. */
  dial(request: DialRequest): { readonly call: string; readonly endpoint: string } {
    const { dialRules: rules, dialLimits, clock } = this.#given;
    const room = roomOfRef(request.room);
    const dialled = readDialled(request.to, rules);
    if (dialled === undefined) throw new VecheError("invalid-argument", "expected a telephone number or a SIP address");
    const refusal = refusalOf(dialled, rules);
    if (refusal !== undefined) {
      this.#given.events.refused("number", undefined);
      throw new VecheError("permission-denied", refusal);
    }
    const to = dialString(dialled, rules);
    const again = this.#begunLately(room, to, request.byEndpoint);
    if (again !== undefined) return { call: again.given.call, endpoint: again.given.endpoint };
    this.#roomForOne();
    const asked = { room: room.room, person: request.byPerson === "" ? request.byEndpoint : request.byPerson };
    const underWay = this.all
      .filter(({ given }) => given.direction === "out")
      .map(({ given }) => ({ room: given.room?.room ?? "", person: personOf(given.by) }));
    const excess = excessOf(asked, { underWay, begun: this.#begun }, dialLimits, clock.now());
    if (excess !== undefined) throw new VecheError("resource-exhausted", excess);
    const trunk = this.#wayOut(dialled);
    if (trunk === undefined) throw new VecheError("unavailable", "no trunk can dial out just now");
    this.#begun = [...forgetOld(this.#begun, clock.now()), { ...asked, atMs: clock.now() }];
    const run = this.#newRun({
      direction: "out",
      room,
      password: request.headers.JvbRoomPassword ?? "",
      displayName: shownOf(dialled),
      phone: shownOf(dialled),
      trunk: trunk.name,
      by: { endpoint: request.byEndpoint, person: request.byPerson },
      dialled: to,
    });
    void this.#ring(run, request, to, trunk);
    return { call: run.given.call, endpoint: run.given.endpoint };
  }

  /** Throws `not-found`. */
  hangUp(room: RoomRef | undefined, endpoint: string): void {
    this.find(room, endpoint).tell({ type: "end-asked", cause: "gateway", why: "moderator" });
  }

  /** Throws `not-found`. */
  find(room: RoomRef | undefined, endpoint: string): CallRun {
    const run = this.all.find(({ given, state }) => given.endpoint === endpoint && state.room?.room === room?.room);
    if (run === undefined) throw new VecheError("not-found", "no such call is here");
    return run;
  }

  note(occupant: CallOccupant): void {
    const read = readOccupant(occupant);
    if (read) this.#runs.get(occupant.call)?.tell({ type: "occupant", occupant: read });
  }

  /** The XMPP server was started anew. */
  enterAgain(): void {
    for (const run of this.all) run.enterAgain();
  }

  /** No new calls from now on; resolves when the last one is over. */
  drain(): Promise<void> {
    this.#isDraining = true;
    this.#given.onChange();
    return this.#runs.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#whenEmpty.push(resolve));
  }

  /** Ends all, with a word or without. */
  async endAll(cause: Cause, hasWord: boolean): Promise<void> {
    this.#isDraining = true;
    const runs = this.all;
    for (const run of runs) run.tell({ type: "end-asked", cause, why: "restart" });
    if (!hasWord) for (const run of this.all) run.tell({ type: "end-asked", cause, why: "restart" });
    await this.drain();
    await Promise.all(runs.map((run) => run.settled()));
  }

  canDialOut(): boolean {
    const { dialRules, signalling } = this.#given;
    if (this.#isDraining || signalling()?.isReachable !== true) return false;
    return dialRules.hosts.length > 0 || (dialRules.allowed.length > 0 && this.#trunkOut() !== undefined);
  }

  /** What is remembered of who failed is forgotten in time. */
  tidy(): void {
    const now = this.#given.clock.now();
    this.#unknown = forgetFailures(this.#unknown, now, this.#given.unknownRate);
    this.#failed = forgetFailures(this.#failed, now, rates.failedCallers);
  }

  #refusalOf(
    incoming: IncomingCall,
    source: string,
  ): { readonly status: number; readonly why: "rate" | "full" | "draining" } | undefined {
    const now = this.#given.clock.now();
    if (isShutOut(this.#failed, source, now, rates.failedCallers)) return { status: 403, why: "rate" };
    if (incoming.trunk === undefined) {
      if (isShutOut(this.#unknown, source, now, this.#given.unknownRate)) return { status: 403, why: "rate" };
      this.#unknown = noteFailure(this.#unknown, source, now, this.#given.unknownRate);
    }
    if (this.#isDraining) return { status: 503, why: "draining" };
    return this.#isFull() ? { status: 503, why: "full" } : undefined;
  }

  #isFull(): boolean {
    return this.#runs.size >= this.#given.maxCalls;
  }

  #refuse(incoming: IncomingCall, status: number, why: "no-room" | "offer" | "full" | "failed", reason: string): void {
    this.#given.events.refused(why, incoming.trunk);
    incoming.reject(status, reason);
  }

  async #begin(incoming: IncomingCall, source: string, room: Room | undefined, password: string): Promise<void> {
    const { displayName, user } = incoming.from;
    const name = clean(displayName || user, limits.nameLength) || nameless[this.#given.language];
    const run = this.#newRun({
      direction: "in",
      room,
      password,
      displayName: name,
      phone: addressOf(incoming.from),
      trunk: incoming.trunk ?? "",
      by: { endpoint: "", person: "" },
      dialled: "",
      source,
    });
    try {
      const telephone = await Telephone.take(incoming, this.#given.telephone, run.listener);
      this.#given.events.came(run.given.call, incoming.trunk, room?.room);
      run.begin(telephone);
    } catch (error) {
      this.#forget(run.given.call);
      this.#notTaken(incoming, source, error);
    } finally {
      this.#given.onChange();
    }
  }

  #notTaken(incoming: IncomingCall, source: string, error: unknown): void {
    if (error instanceof Unacceptable && error.status === 487) return;
    if (error instanceof Unacceptable) {
      this.#failed = noteFailure(this.#failed, source, this.#given.clock.now(), rates.failedCallers);
      this.#refuse(incoming, error.status, "offer", error.message);
      return;
    }
    this.#given.log.warn({ err: error }, "a call could not be taken");
    this.#refuse(incoming, 503, toVecheError(error).code === "resource-exhausted" ? "full" : "failed", "");
  }

  /** As the room's own number: who is asked for it, and nothing that a dialler may write. */
  async #ring(run: CallRun, request: DialRequest, to: string, trunk: WayOut): Promise<void> {
    const { telephone: given, events } = this.#given;
    const signalling = this.#given.signalling();
    const headers = trunk.isTrusted ? trustedHeaders(request) : {};
    try {
      if (signalling === undefined) throw new VecheError("unavailable", "the SIP process is away");
      const target = { trunk: trunk.name, to, from: "", displayName: "", headers };
      const telephone = await Telephone.dial(target, signalling, given, run.listener);
      events.dialled(run.given.call, trunk.name, run.given.room?.room);
      run.begin(telephone);
    } catch (error) {
      this.#given.log.warn({ call: run.given.call, err: error }, "a call out could not begin");
      run.tell({ type: "dial-failed", status: 503 });
    }
  }

  #newRun(given: {
    readonly direction: "in" | "out";
    readonly room: Room | undefined;
    readonly password: string;
    readonly displayName: string;
    readonly phone: string;
    readonly trunk: string;
    readonly by: { readonly endpoint: string; readonly person: string };
    readonly dialled: string;
    readonly source?: string;
  }): CallRun {
    const call = randomBytes(12).toString("hex");
    const endpoint = randomBytes(4).toString("hex");
    const over = (_call: string, ending: Ending) => this.#over(run, ending, given.source);
    const bridgeSilent = (silent: string) => this.#given.events.bridgeSilent(silent);
    const ports = { ...this.#given, over, bridgeSilent };
    const run = new CallRun({ ...given, call, endpoint, language: this.#given.language }, ports);
    this.#runs.set(call, run);
    return run;
  }

  #over(run: CallRun, { cause, sipStatus }: Ending, source: string | undefined): void {
    const { clock, events, tally } = this.#given;
    for (let n = 0; source !== undefined && n < run.wrongCodes; n += 1)
      this.#failed = noteFailure(this.#failed, source, clock.now(), rates.failedCallers);
    const seconds = run.state.answeredMs === 0 ? 0 : (clock.now() - run.state.answeredMs) / 1_000;
    const isLast = !this.all.some((other) => other !== run && other.state.room?.room === run.state.room?.room);
    if (run.state.hadSession) tally.over(cause, seconds, isLast);
    events.over({ call: run.given.call, direction: run.given.direction, cause, sipStatus, seconds });
    this.#forget(run.given.call);
  }

  #forget(call: string): void {
    this.#runs.delete(call);
    this.#given.onChange();
    if (this.#runs.size > 0) return;
    for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  /** Who calls by a trunk is told apart by number: all of them come from its address. */
  #sourceOf({ trunk, from, source }: IncomingCall): string {
    return trunk === undefined ? source.address : `${trunk} ${from.user}`;
  }

  #roomForOne(): void {
    if (this.#isDraining) throw new VecheError("unavailable", "this gateway is going away");
    if (this.#isFull()) throw new VecheError("resource-exhausted", "too many calls");
  }

  #begunLately(room: Room, to: string, by: string): CallRun | undefined {
    const now = this.#given.clock.now();
    return this.all.find(
      ({ given, beganMs, state }) =>
        given.direction === "out" &&
        given.dialled === to &&
        given.by.endpoint === by &&
        given.room?.room === room.room &&
        state.line === "ringing" &&
        now - beganMs < sameDialMs,
    );
  }

  /** Addresses are dialled where they are, and headers of ours are not for them. */
  #wayOut(dialled: Dialled): WayOut | undefined {
    if (dialled.type !== "address") return this.#trunkOut();
    return this.#given.signalling()?.isReachable === true ? { name: "", isTrusted: false } : undefined;
  }

  /** One that is registered, or needs not be. */
  #trunkOut(): Trunk | undefined {
    const signalling = this.#given.signalling();
    if (signalling?.isReachable !== true) return undefined;
    const states = new Map(signalling.registrations.map(({ trunk, state }) => [trunk, state]));
    const isWell = ({ name, registers }: Trunk) => !registers || states.get(name) === "registered";
    return this.#given.trunks.find((trunk) => trunk.dialsOut && isWell(trunk));
  }
}

function roomOfRef(ref: RoomRef | undefined): Room {
  if (ref === undefined || ref.room === "") throw new VecheError("invalid-argument", "which room?");
  const { tenant, room, name, jid } = ref;
  return { tenant, room, name, jid };
}

function personOf({ endpoint, person }: { readonly endpoint: string; readonly person: string }): string {
  return person === "" ? endpoint : person;
}

function addressOf({ user, host }: Party): string {
  return user === "" ? host : user;
}

function shownOf(dialled: Dialled): string {
  if (dialled.type === "number") return `+${dialled.digits}`;
  return dialled.type === "short" ? dialled.digits : dialled.uri;
}

/** As Jigasi sends them, and what the dialler gave for the other end: only to telephone systems that are the operator's own. */
function trustedHeaders({ room, headers }: DialRequest): Readonly<Record<string, string>> {
  const further = Object.entries(headers)
    .filter(([name, value]) => /^X-[A-Za-z0-9-]{1,60}$/.test(name) && /^[\x20-\x7e]{0,256}$/.test(value))
    .slice(0, limits.headers);
  return {
    ...Object.fromEntries(further),
    "Jitsi-Conference-Room": room?.jid ?? "",
    JigasiCallDirection: "outgoing",
  };
}
