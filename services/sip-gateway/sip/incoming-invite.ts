/** An INVITE that comes in, until it is answered, refused or cancelled; over whatever speaks SIP. */
import { VecheError } from "@veche/kit/errors.ts";
import type { InviteDialog } from "./invite-dialog.ts";
import { answerTimer, type SessionTimer, type TimerHeaders, type TimerRules } from "./session-timer.ts";
import type { Dialog, IncomingCall, Party, Source } from "./signalling.ts";

/** Answers to the INVITE, as an implementation sends them. `headers` are whole lines. */
export type InviteResponses = {
  /** 180. */
  ring(): void;
  /** 200. What becomes of it is said to `acknowledged` or `failed`. */
  accept(sdp: string, headers: readonly string[], timer: SessionTimer): void;
  /** 300 to 699; "" says the standard reason. */
  reject(status: number, reason: string, headers: readonly string[]): void;
};

export type IncomingInviteGiven = Pick<
  IncomingCall,
  "id" | "from" | "to" | "trunk" | "source" | "headers" | "offer"
> & {
  readonly timer: TimerHeaders;
  readonly timerRules: TimerRules;
  /** It was answered, with this dialog, or it was refused or cancelled. */
  readonly onDecided: (call: IncomingInvite, dialog: InviteDialog | undefined) => void;
};

export class IncomingInvite implements IncomingCall {
  readonly id: string;
  readonly from: Party;
  readonly to: Party;
  readonly trunk: string | undefined;
  readonly source: Source;
  readonly headers: ReadonlyMap<string, string>;
  readonly offer: string;
  readonly #given: IncomingInviteGiven;
  readonly #responses: InviteResponses;
  readonly #answered = Promise.withResolvers<Dialog>();
  #state: "ringing" | "answering" | "over" = "ringing";
  #isCancelled = false;
  #onCancelled: (() => void) | undefined;

  constructor(responses: InviteResponses, given: IncomingInviteGiven) {
    this.id = given.id;
    this.from = given.from;
    this.to = given.to;
    this.trunk = given.trunk;
    this.source = given.source;
    this.headers = given.headers;
    this.offer = given.offer;
    this.#given = given;
    this.#responses = responses;
  }

  /** Neither answered nor refused nor cancelled. */
  get isRinging(): boolean {
    return this.#state === "ringing";
  }

  ring(): void {
    if (this.isRinging) this.#responses.ring();
  }

  async answer(sdp: string): Promise<Dialog> {
    if (this.#isCancelled) throw new VecheError("failed-precondition", "the caller has hung up");
    if (!this.isRinging) throw new VecheError("failed-precondition", "it is answered already");
    const timer = answerTimer(this.#given.timer, this.#given.timerRules);
    if (timer.tooSmall) {
      this.#reject(422, "", timer.headers);
      throw new VecheError("failed-precondition", "the caller's session timer is too short");
    }
    this.#state = "answering";
    this.#responses.accept(sdp, timer.headers, timer.timer);
    return this.#answered.promise;
  }

  reject(status: number, reason = ""): void {
    this.#reject(status, reason.replace(/\p{Cc}/gu, " "), []);
  }

  onCancelled(listener: () => void): void {
    this.#onCancelled = listener;
    if (this.#isCancelled) listener();
  }

  /** The ACK has come. */
  acknowledged(dialog: InviteDialog): void {
    if (this.#state !== "answering") return;
    this.#decide(dialog);
    this.#answered.resolve(dialog);
  }

  /** It was answered, and no ACK will come. */
  failed(reason: string): void {
    if (this.#state !== "answering") return;
    this.#decide(undefined);
    this.#answered.reject(new VecheError("failed-precondition", reason));
  }

  /** CANCEL, which is answered already. */
  cancelled(): void {
    if (!this.isRinging) return;
    this.#isCancelled = true;
    this.#decide(undefined);
    this.#onCancelled?.();
  }

  /** The SIP process is away. */
  lose(): void {
    this.failed("the SIP process has died");
    this.cancelled();
  }

  #reject(status: number, reason: string, headers: readonly string[]): void {
    if (!this.isRinging) return;
    this.#responses.reject(status, reason, headers);
    this.#decide(undefined);
  }

  #decide(dialog: InviteDialog | undefined): void {
    this.#state = "over";
    this.#given.onDecided(this, dialog);
  }
}
