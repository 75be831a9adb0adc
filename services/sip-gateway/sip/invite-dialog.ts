/**
 * The dialog of an answered call (RFC 3261, 12 to 15), over whatever speaks SIP: who listens, offers of either side and their
 * glare, REFER, the session timer and the end.
 */
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import {
  acceptTimer,
  answerTimer,
  askTimer,
  giveUpAfterMs,
  refreshAfterMs,
  type SessionTimer,
  type TimerHeaders,
  type TimerRules,
} from "./session-timer.ts";
import type { Dialog, DialogListener } from "./signalling.ts";

/** What a request of ours within the dialog came to: what a 2xx says, or the status it was refused with. */
export type Outcome = { readonly sdp: string; readonly timer: TimerHeaders } | number;

/** Requests within the dialog, as an implementation sends them. `headers` are whole lines, beside Contact and Allow. */
export type DialogRequests = {
  /** re-INVITE. A 2xx is acknowledged before `done`. 408, 481 and 503 also where nobody answered or nothing was sent. */
  invite(sdp: string, headers: readonly string[], done: (outcome: Outcome) => void): void;
  /** Without a body. */
  update(headers: readonly string[], done: (outcome: Outcome) => void): void;
  /** Resolves with the status of the answer. */
  info(contentType: string, body: string): Promise<number>;
  notify(headers: readonly string[], contentType: string, body: string): void;
  /** `done` when it was answered, or cannot be. */
  bye(done: () => void): void;
};

/** Answers a request of theirs. `headers` are whole lines; a 2xx to INVITE and UPDATE bears Contact and Allow beside them. */
export type Respond = (status: number, headers?: readonly string[], sdp?: string) => void;

export type InviteDialogOptions = {
  readonly clock: Clock;
  readonly log: Log;
  readonly timerRules: TimerRules;
};

export type InviteDialogGiven = {
  /** Call-ID. */
  readonly id: string;
  readonly localSdp: string;
  /** Of the ACK to our 200, where the INVITE had no offer; else "". */
  readonly ackSdp: string;
  readonly timer: SessionTimer;
  /** As fits the peer's Allow. */
  readonly knowsUpdate: boolean;
  /** We have sent the INVITE: the Call-ID is ours. */
  readonly isUac: boolean;
  /** Refreshes go out at this part of the time after which RFC 4028 wants them. */
  readonly refreshShare: number;
  /** It has ended, and told so. */
  readonly onEnded: (dialog: InviteDialog) => void;
};

type EndCause = Parameters<DialogListener["ended"]>[0];

const maxOffers = 4;

export class InviteDialog implements Dialog {
  readonly id: string;
  readonly ackSdp: string;
  readonly #requests: DialogRequests;
  readonly #given: InviteDialogGiven;
  readonly #options: InviteDialogOptions;
  readonly #told = Promise.withResolvers<void>();
  #listener: DialogListener | undefined;
  /** What comes right behind the ACK waits for who will listen; undefined: the call has ended before anybody did. */
  readonly #listened = Promise.withResolvers<DialogListener | undefined>();
  /** What came before anybody listened. */
  #endedBefore: EndCause | undefined;
  #hasEnded = false;
  #sessionTimer: Timer | undefined;
  /** What we last said of our sound: a refresh by re-INVITE says it again. */
  #localSdp: string;
  #knowsUpdate: boolean;
  /** An offer of theirs is being answered. */
  #isAnswering = false;
  #isOffering = false;

  constructor(requests: DialogRequests, given: InviteDialogGiven, options: InviteDialogOptions) {
    this.id = given.id;
    this.ackSdp = given.ackSdp;
    this.#requests = requests;
    this.#given = given;
    this.#options = options;
    this.#localSdp = given.localSdp;
    this.#knowsUpdate = given.knowsUpdate;
    this.#startTimer(given.timer);
  }

  /** Our BYE was answered. */
  get told(): Promise<void> {
    return this.#told.promise;
  }

  listen(listener: DialogListener): void {
    this.#listener = listener;
    this.#listened.resolve(listener);
    if (this.#endedBefore) listener.ended(this.#endedBefore);
  }

  async reoffer(sdp: string): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#offer(sdp);
      if (typeof outcome === "string") {
        this.#localSdp = sdp;
        return outcome;
      }
      if (outcome !== 491 || attempt === maxOffers || this.#hasEnded)
        throw new VecheError("failed-precondition", `re-INVITE: expected an answer, found ${outcome}`);
      await this.#waitOutGlare();
    }
  }

  async info(contentType: string, body: string): Promise<number> {
    return this.#hasEnded ? 481 : this.#requests.info(contentType, body);
  }

  hangUp(): void {
    if (this.#hasEnded) return;
    this.#close();
    this.sayBye();
    this.#given.onEnded(this);
  }

  /** The SIP process is away: nobody can be told but the listener. */
  lose(): void {
    this.#end("lost");
  }

  /** BYE; what comes of it is of no interest (RFC 3261, 15.1.1). Also tries once for a call that was lost. */
  sayBye(): void {
    this.#requests.bye(() => this.#told.resolve());
  }

  /** `timer`: the SIP process has hung up by itself whom nobody refreshed. */
  receivedBye(cause: "remote" | "timer"): void {
    this.#end(cause);
  }

  /** Of a re-INVITE. */
  receivedAck(sdp: string): void {
    if (sdp !== "") this.#listener?.reanswered(sdp);
  }

  receivedInfo(contentType: string, body: string, respond: Respond): void {
    this.#see(async () => respond((await this.#listened.promise)?.info(contentType, body) ?? 480));
  }

  /** A re-INVITE; "" asks us for an offer. */
  receivedInvite(offer: string, timer: TimerHeaders, respond: Respond): void {
    this.#see(() => this.#answer(offer, timer, respond));
  }

  /** RFC 3311. Without an offer it only refreshes the session. */
  receivedUpdate(offer: string, timer: TimerHeaders, respond: Respond): void {
    if (offer !== "") return void this.receivedInvite(offer, timer, respond);
    const answered = answerTimer(timer, this.#options.timerRules);
    if (answered.tooSmall) return void respond(422, answered.headers);
    this.#startTimer(answered.timer);
    respond(200, answered.headers);
  }

  /** `to`: the address of Refer-To, "" where there is none. */
  receivedRefer(to: string, respond: Respond): void {
    this.#see(() => this.#refer(to, respond));
  }

  #end(cause: EndCause): void {
    if (this.#hasEnded) return;
    this.#close();
    if (this.#listener) this.#listener.ended(cause);
    else this.#endedBefore = cause;
    this.#given.onEnded(this);
  }

  #close(): void {
    this.#hasEnded = true;
    this.#listened.resolve(undefined);
    this.#sessionTimer?.cancel();
  }

  /** What is answered late may find its transaction gone. */
  #see(answering: () => Promise<void>): void {
    answering().catch((error: unknown) =>
      this.#options.log.debug({ err: error, call: this.id }, "nobody waits for an answer"),
    );
  }

  /** The answer's SDP, or the status that the offer was refused with. */
  #offer(sdp: string): Promise<string | number> {
    if (this.#hasEnded) return Promise.resolve(481);
    if (this.#isOffering || this.#isAnswering) return Promise.resolve(491);
    this.#isOffering = true;
    return new Promise((resolve) =>
      this.#requests.invite(sdp, askTimer(this.#options.timerRules), (outcome) => {
        this.#isOffering = false;
        if (typeof outcome === "number") return resolve(outcome);
        this.#startTimer(acceptTimer(outcome.timer, this.#options.timerRules));
        resolve(outcome.sdp);
      }),
    );
  }

  /** RFC 3261, 14.2, and RFC 3311, 5.2: one offer at a time. */
  async #answer(offer: string, timer: TimerHeaders, respond: Respond): Promise<void> {
    if (this.#isOffering) return respond(491);
    if (this.#isAnswering) return respond(500, ["Retry-After: 2"]);
    const answered = answerTimer(timer, this.#options.timerRules);
    if (answered.tooSmall) return respond(422, answered.headers);
    const answer = await this.#answerTo(offer);
    if (this.#hasEnded) return;
    if (typeof answer === "number") return respond(answer);
    this.#startTimer(answered.timer);
    this.#localSdp = answer;
    respond(200, answered.headers, answer);
  }

  async #answerTo(offer: string): Promise<string | number> {
    this.#isAnswering = true;
    try {
      const listener = await this.#listened.promise;
      return (await listener?.reoffered(offer)) ?? 480;
    } catch (error) {
      this.#options.log.warn({ err: error, call: this.id }, "an offer could not be answered");
      return 500;
    } finally {
      this.#isAnswering = false;
    }
  }

  /** The transfer itself is nobody's: after a 202 the phone learns that it will hear no more of it (RFC 3515, 2.4.4). */
  async #refer(to: string, respond: Respond): Promise<void> {
    const status = to === "" ? 400 : ((await this.#listened.promise)?.referred(to) ?? 480);
    respond(status);
    if (status !== 202 || this.#hasEnded) return;
    const headers = ["Event: refer", "Subscription-State: terminated;reason=noresource"];
    this.#requests.notify(headers, "message/sipfrag", "SIP/2.0 100 Trying\r\n");
  }

  /** RFC 4028, 10. */
  #startTimer(timer: SessionTimer): void {
    if (this.#hasEnded) return;
    const { clock } = this.#options;
    const refreshMs = refreshAfterMs(timer) * this.#given.refreshShare;
    this.#sessionTimer?.cancel();
    this.#sessionTimer = timer.isRefresher
      ? clock.after(refreshMs, () => {
          this.#sessionTimer = clock.after(giveUpAfterMs(timer) - refreshMs, () => this.#timedOut());
          void this.#refresh();
        })
      : clock.after(giveUpAfterMs(timer), () => this.#timedOut());
  }

  /** By UPDATE where they know it; else by a re-INVITE that changes nothing. Whoever does not answer is gone. */
  async #refresh(): Promise<void> {
    while (!this.#hasEnded) {
      const outcome = this.#knowsUpdate ? await this.#update() : await this.#offer(this.#localSdp);
      if (outcome === 408 || outcome === 481) return this.#timedOut();
      if (outcome !== 491 && outcome !== 500) return;
      await this.#waitOutGlare();
    }
  }

  #update(): Promise<number> {
    return new Promise((resolve) =>
      this.#requests.update(askTimer(this.#options.timerRules), (outcome) => {
        if (typeof outcome === "object") {
          this.#startTimer(acceptTimer(outcome.timer, this.#options.timerRules));
          return resolve(200);
        }
        // Some say that they know UPDATE and do not.
        if (outcome === 501 || outcome === 405) this.#knowsUpdate = false;
        resolve(this.#knowsUpdate ? outcome : 500);
      }),
    );
  }

  #timedOut(): void {
    if (this.#hasEnded) return;
    this.sayBye();
    this.#end("timer");
  }

  /** After a 491: whoever owns the Call-ID waits longer (RFC 3261, 14.1). */
  #waitOutGlare(): Promise<void> {
    const waitMs = this.#given.isUac ? 2_100 + Math.random() * 1_900 : Math.random() * 2_000;
    return new Promise((resolve) => void this.#options.clock.after(waitMs, resolve));
  }
}
