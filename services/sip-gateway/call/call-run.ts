/** One call being run: what happens to it goes into its state one at a time, and what that brings is done. */
import type { Timer } from "@veche/kit/clock.ts";
import { type Call, type NewCall, newCall, nextDue, type Say } from "../domain/call.ts";
import type { Effect } from "../domain/effects.ts";
import type { Input } from "../domain/inputs.ts";
import { step } from "../domain/step.ts";
import { otherLanguage } from "../domain/typing.ts";
import { limits } from "../limits.ts";
import { BridgeSession } from "./bridge-session.ts";
import { askUnmute } from "./moderation.ts";
import type { CallHead, CallPorts, CallTold } from "./ports.ts";
import { RoomLink } from "./room-link.ts";
import type { Telephone, TelephoneListener } from "./telephone.ts";

export type CallGiven = NewCall & {
  /** Shown to others. */
  readonly displayName: string;
  /** Number or address at the other end. */
  readonly phone: string;
  readonly trunk: string;
  /** Who dialled: endpoint and person; "" where it came in. */
  readonly by: { readonly endpoint: string; readonly person: string };
  /** As the trunk is told; "" where it came in. */
  readonly dialled: string;
};

type Held = { readonly told: CallTold; readonly atMs: number };

export class CallRun {
  readonly given: CallGiven;
  readonly beganMs: number;
  readonly bridge: BridgeSession;
  readonly #ports: CallPorts;
  readonly #room: RoomLink;
  #state: Call;
  #telephone: Telephone | undefined;
  #inputs: Input[] = [];
  #isStepping = false;
  #timer: Timer | undefined;
  /** Kept when the session is over: the last facts belong to it. */
  #session: string | undefined;
  #held: Held | undefined;
  #wrongCodes = 0;

  constructor(given: CallGiven, ports: CallPorts) {
    this.given = given;
    this.#ports = ports;
    this.#state = newCall(given);
    this.beganMs = ports.clock.now();
    this.#room = new RoomLink({
      ...ports,
      call: given.call,
      enterRoom: () => this.#enterRoom(),
      presence: () => presenceOf(this.#state),
      tell: (input) => this.tell(input),
    });
    this.bridge = new BridgeSession({
      ...ports,
      endpoint: given.endpoint,
      leg: () => this.#telephone?.leg,
      accepted: ({ conference, startMuted }) => this.#accepted(conference, startMuted),
      ended: () => this.tell({ type: "session-ended" }),
      silent: () => ports.bridgeSilent(given.call),
    });
  }

  get state(): Call {
    return this.#state;
  }

  get telephone(): Telephone | undefined {
    return this.#telephone;
  }

  get wrongCodes(): number {
    return this.#wrongCodes;
  }

  get listener(): TelephoneListener {
    return {
      ringing: (status) => this.tell({ type: "ringing", status }),
      answered: () => this.tell({ type: "answered" }),
      notAnswered: (status) =>
        this.tell(this.given.direction === "out" ? { type: "dial-failed", status } : { type: "not-answered" }),
      ended: (cause) => this.tell({ type: "line-ended", cause }),
      key: (key, way) => this.tell({ type: "key", key, way }),
      says: (says) => this.tell({ type: "phone-said", says }),
      held: (isHeld) => this.tell({ type: "held", isHeld }),
      silent: (isSilent) => this.tell({ type: "silent", isSilent }),
      bridgeSilent: (isSilent) => this.bridge.noteSilence(isSilent),
      failed: () => this.tell({ type: "end-asked", cause: "failed", why: "fault" }),
    };
  }

  begin(telephone: Telephone): void {
    this.#telephone = telephone;
    this.tell({ type: this.given.direction === "in" ? "rang" : "dialled" });
  }

  /** Once more though nothing is due: the XMPP server was started anew. */
  enterAgain(): void {
    if (this.#state.isAsked) this.#room.enter();
  }

  tell(input: Input): void {
    this.#inputs.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) this.#step(next);
    } finally {
      this.#isStepping = false;
    }
    this.#watch();
  }

  /** Resolves when the XMPP server has been told the last. */
  settled(): Promise<void> {
    return this.#room.settled();
  }

  #step(input: Input): void {
    const { clock, rules } = this.#ports;
    const [state, effects] = step(this.#state, input, clock.now(), rules);
    this.#state = state;
    for (const effect of effects) this.#do(effect);
  }

  /** What can't be done is this call's loss, and nobody else's. */
  #do(effect: Effect): void {
    const act = this.#acts[effect.type] as (effect: Effect) => void;
    try {
      act(effect);
    } catch (error) {
      const { log } = this.#ports;
      log.error({ call: this.given.call, effect: effect.type, err: error }, "a part of a call failed");
      if (effect.type !== "over") this.tell({ type: "end-asked", cause: "failed", why: "fault" });
    }
  }

  #watch(): void {
    this.#timer?.cancel();
    const at = nextDue(this.#state);
    const { clock } = this.#ports;
    this.#timer = at === undefined ? undefined : clock.after(at - clock.now(), () => this.tell({ type: "tick" }));
  }

  readonly #acts: { readonly [T in Effect["type"]]: (effect: Extract<Effect, { readonly type: T }>) => void } = {
    ring: () => this.#telephone?.ring(),
    answer: () => void this.#telephone?.answer(),
    reject: ({ status }) => this.#telephone?.reject(status),
    "hang-up": () => this.#telephone?.hangUp(),
    say: ({ number, say }) => this.#say(number, say),
    hush: () => this.#telephone?.leg.stopPrompts(),
    "look-up": ({ code }) => this.#lookUp(code),
    "count-wrong-code": () => {
      this.#wrongCodes += 1;
    },
    enter: () => this.#room.enter(),
    show: () => this.#room.show(),
    leave: () => {
      this.#leaveConference();
      this.#room.leave();
    },
    "set-muted": ({ isMuted }) => this.#telephone?.setMuted(isMuted),
    "ask-unmute": () => this.#askUnmute(),
    "tell-phone": ({ tell }) => this.#telephone?.tell(tell),
    "tell-incoming": () => this.#fact({ name: "sipCallIncoming" }),
    "tell-ringing": ({ status }) => this.#fact({ name: "sipCallRinging", sipStatus: status }),
    "tell-started": () => this.#fact({ name: "sipCallStarted", codec: this.#telephone?.codec ?? "" }),
    "tell-key": ({ key, way }) => this.#fact({ name: "sipDtmf", digit: key, via: way }),
    over: ({ ending }) => {
      const { answeredMs } = this.#state;
      const seconds = answeredMs === 0 ? 0 : (this.#ports.clock.now() - answeredMs) / 1_000;
      this.#tellHeld();
      this.#fact({ name: "sipCallEnded", cause: ending.cause, sipStatus: ending.sipStatus, seconds });
      this.#ports.over(this.given.call, ending);
      this.#leaveConference();
      this.#telephone?.close();
    },
  };

  #say(number: number, say: readonly Say[]): void {
    const played = () => this.tell({ type: "played", number });
    const prompts = say.flatMap((one) => this.#promptsOf(one));
    this.#telephone?.leg.play(prompts).then(played, played);
  }

  #promptsOf(say: Say): readonly string[] {
    const { language } = this.#state;
    if (typeof say === "object") return this.#ports.prompts.people(language, say.people);
    return [`${say === "press-star" ? otherLanguage(language) : language}/${say}`];
  }

  #lookUp(code: string): void {
    this.#ports.lookUp(code).then(
      (room) => this.tell(room === undefined ? { type: "code-unknown" } : { type: "code-found", room }),
      (error: unknown) => {
        this.#ports.log.warn({ call: this.given.call, err: error }, "codes are out of reach");
        this.tell({ type: "code-not-looked-up" });
      },
    );
  }

  #askUnmute(): void {
    const { room, endpoint } = this.#state;
    if (room === undefined) return;
    askUnmute(this.#ports, room, endpoint).then((isAllowed) =>
      this.tell({ type: isAllowed ? "unmute-allowed" : "unmute-refused" }),
    );
  }

  #accepted(conference: string, startMuted: boolean): void {
    const isFirst = !this.#state.hadSession;
    this.#session = conference;
    this.#tellHeld();
    this.tell({ type: "session-accepted", startMuted });
    this.#ports.heard(isFirst);
    if (isFirst) this.#ports.announce(conference, "tone/joined");
  }

  #leaveConference(): void {
    const { conference } = this.bridge;
    this.bridge.close();
    if (conference !== undefined) this.#ports.announce(conference, "tone/left");
  }

  /** That a call out rings belongs to a sitting which is known a moment later. */
  #fact(told: CallTold): void {
    const { clock } = this.#ports;
    if (told.name === "sipCallRinging" && this.#session === undefined) this.#held = { told, atMs: clock.now() };
    else this.#tellFact({ told, atMs: clock.now() });
  }

  #tellHeld(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#tellFact(held);
  }

  #tellFact({ told, atMs }: Held): void {
    this.#ports.tellFact(headOf(this.#state, this.#session), told, atMs);
  }

  #enterRoom() {
    const { gateway } = this.#ports;
    const { call, endpoint, displayName, phone } = this.given;
    const { room, password } = this.#state;
    return {
      room,
      gateway: gateway.id,
      instance: gateway.instance,
      call,
      endpoint,
      displayName: clean(displayName, limits.nameLength),
      phone: clean(phone, limits.phoneLength),
      password: clean(password, limits.passwordLength),
      region: gateway.region,
      headers: {},
      presence: presenceOf(this.#state),
    };
  }
}

function headOf({ call, direction, endpoint, room, answeredMs, isAsked }: Call, session: string | undefined): CallHead {
  return { call, direction, endpoint: room === undefined && !isAsked ? "" : endpoint, room, session, answeredMs };
}

function presenceOf({ presence: { isMuted, raisedHandMs, status } }: Call) {
  return { audioMuted: isMuted, raisedHandMs: BigInt(raisedHandMs), status };
}

/** What comes from a telephone network is anything at all. */
export function clean(text: string, length: number): string {
  return [...text.replaceAll(/\p{C}/gu, " ").trim()].slice(0, length).join("");
}
