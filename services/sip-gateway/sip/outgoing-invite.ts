/** An INVITE that goes out, until it is answered, refused or cancelled; over whatever speaks SIP. */
import type { InviteDialog } from "./invite-dialog.ts";
import { acceptTimer, type SessionTimer, type TimerHeaders, type TimerRules } from "./session-timer.ts";
import type { OutgoingCall, OutgoingListener } from "./signalling.ts";

/** RFC 4028 names no most: a day is as long as a call may be. */
const maxExpiresS = 86_400;

/** How an implementation sends it. */
export type InviteRequests = {
  /** INVITE; after a 422 once more, with what that wants. */
  invite(timerRules: TimerRules): void;
  cancel(): void;
};

export type OutgoingInviteGiven = {
  /** Call-ID. */
  readonly id: string;
  readonly timerRules: TimerRules;
  readonly listener: OutgoingListener;
  /** It was answered, with this dialog, or it was refused or cancelled. */
  readonly onDecided: (call: OutgoingInvite, dialog: InviteDialog | undefined) => void;
};

export class OutgoingInvite implements OutgoingCall {
  readonly id: string;
  readonly #given: OutgoingInviteGiven;
  readonly #requests: InviteRequests;
  #state: "calling" | "cancelled" | "over" = "calling";
  #timerRules: TimerRules;

  constructor(requests: InviteRequests, given: OutgoingInviteGiven) {
    this.id = given.id;
    this.#given = given;
    this.#requests = requests;
    this.#timerRules = given.timerRules;
  }

  get state(): "calling" | "cancelled" | "over" {
    return this.#state;
  }

  start(): void {
    this.#requests.invite(this.#timerRules);
  }

  cancel(): void {
    if (this.#state !== "calling") return;
    this.#state = "cancelled";
    this.#requests.cancel();
  }

  /** The SIP process is away. */
  lose(): void {
    this.failed(503, "Service Unavailable");
  }

  /** A provisional answer. */
  progressed(status: number): void {
    if (status > 100 && this.#state === "calling") this.#given.listener.ringing(status === 183 ? 183 : 180);
  }

  /** A 2xx, which has been acknowledged, while `state` is calling. */
  accepted(sdp: string, timer: TimerHeaders, openDialog: (timer: SessionTimer) => InviteDialog): void {
    const dialog = openDialog(acceptTimer(timer, this.#timerRules));
    this.#decide(dialog);
    this.#given.listener.answered(dialog, sdp);
  }

  /** 300 to 699. */
  refused(status: number, reason: string, minSe: string | undefined): void {
    const wantedS = Number(status === 422 ? minSe : undefined);
    if (wantedS > this.#timerRules.expires && wantedS <= maxExpiresS && this.#state === "calling") {
      this.#timerRules = { expires: wantedS, min: wantedS };
      this.#requests.invite(this.#timerRules);
    } else this.failed(status, reason);
  }

  failed(status: number, reason: string): void {
    const wasCalling = this.#state === "calling";
    this.over();
    if (wasCalling) this.#given.listener.failed(status, reason);
  }

  /** Nothing more will come of it. */
  over(): void {
    if (this.#state !== "over") this.#decide(undefined);
  }

  #decide(dialog: InviteDialog | undefined): void {
    this.#state = "over";
    this.#given.onDecided(this, dialog);
  }
}
