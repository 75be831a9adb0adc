/** An answered call: what either side asks within it, its session timer and its end. */
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import { mediaTypeOf } from "../body.ts";
import type { Credentials } from "../digest.ts";
import { uriOf } from "../party.ts";
import {
  acceptTimer,
  answerTimer,
  askTimer,
  giveUpAfterMs,
  refreshAfterMs,
  type SessionTimer,
  type TimerRules,
} from "../session-timer.ts";
import type { Dialog, DialogListener } from "../signalling.ts";
import { ask, askOnce } from "./ask.ts";
import type { Link, Received, SipMessage } from "./link.ts";
import { allow, headersFrom, knowsUpdate, timerHeadersOf } from "./timer-headers.ts";

export type AnsweredOptions = {
  readonly link: Link;
  readonly clock: Clock;
  readonly log: Log;
  readonly timerRules: TimerRules;
  /** It has ended, and told so. */
  readonly onEnded: (call: AnsweredCall) => void;
};

export type AnsweredGiven = {
  /** Call-ID. */
  readonly id: string;
  /** drachtio-server's. */
  readonly dialogId: string;
  /** Our INVITE, or our answer to theirs, as drachtio-server wrote it. */
  readonly own: SipMessage;
  readonly localSdp: string;
  readonly ackSdp: string;
  readonly timer: SessionTimer;
  /** Their INVITE, or their answer to ours. */
  readonly said: SipMessage;
  readonly callerIsHere: boolean;
  readonly credentials: Credentials | undefined;
};

const maxOffers = 4;

/** Above all that drachtio-server has counted up to (RFC 3261, 8.1.1.5: below 2^31). */
const lastCseq = 2_000_000_000;

/** drachtio-server refreshes by itself at half of the time, give or take 5 s: we do before it, and its timer starts anew. */
const beforeServer = 0.8;

export class AnsweredCall implements Dialog {
  readonly id: string;
  readonly dialogId: string;
  readonly ackSdp: string;
  readonly #told = Promise.withResolvers<void>();
  readonly #options: AnsweredOptions;
  readonly #given: AnsweredGiven;
  readonly #contact: string;
  #listener: DialogListener | undefined;
  /** What comes right behind the ACK waits for who will listen; undefined: the call has ended before anybody did. */
  readonly #listened = Promise.withResolvers<DialogListener | undefined>();
  /** What came before anybody listened. */
  #endedBefore: "remote" | "timer" | "lost" | undefined;
  #hasEnded = false;
  #refreshing: Timer | undefined;
  /** What we last said of our sound: a refresh by re-INVITE says it again. */
  #localSdp: string;
  #knowsUpdate: boolean;
  /** An offer of theirs is being answered. */
  #isAnswering = false;
  #isOffering = false;

  constructor(given: AnsweredGiven, options: AnsweredOptions) {
    this.id = given.id;
    this.dialogId = given.dialogId;
    this.ackSdp = given.ackSdp;
    this.#given = given;
    this.#contact = given.own.header("contact") ?? "";
    this.#options = options;
    this.#localSdp = given.localSdp;
    this.#knowsUpdate = knowsUpdate(given.said);
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
      await this.#wait(this.#glareWaitMs());
    }
  }

  async info(contentType: string, body: string): Promise<number> {
    if (this.#hasEnded) return 481;
    return statusOf(await this.#ask("INFO", { "Content-Type": contentType }, body));
  }

  hangUp(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#listened.resolve(undefined);
    this.#refreshing?.cancel();
    void this.#sayBye();
    this.#options.onEnded(this);
  }

  /** drachtio-server is away: nobody can be told but the listener. */
  lose(): void {
    this.#end("lost");
  }

  /** A drachtio-server that has started anew knows nothing of the call: the BYE says all of it. */
  sayByeAnew(): void {
    const { own, said, callerIsHere, credentials } = this.#given;
    const side = callerIsHere
      ? { from: own.header("from"), to: said.header("to") }
      : { from: own.header("to"), to: said.header("from") };
    const routes = (said.header("record-route") ?? "").split(",").filter((route) => route.trim() !== "");
    const route = (callerIsHere ? routes.toReversed() : routes).join(",");
    const headers = {
      From: side.from ?? "",
      To: side.to ?? "",
      "Call-ID": this.id,
      CSeq: `${lastCseq} BYE`,
      ...(route === "" ? {} : { Route: route }),
    };
    void askOnce(this.#options.link, { method: "BYE", uri: uriOf(said.header("contact")), headers }, credentials);
  }

  /** Anything within the call. */
  received(request: Received): void {
    const { message } = request;
    switch (message.method) {
      case "BYE":
        request.reply(200);
        // It hangs up by itself whom nobody refreshes.
        return void this.#end(request.isOfServer ? "timer" : "remote");
      case "ACK":
        if (message.sdp !== "") void this.#listened.promise.then((listener) => listener?.reanswered(message.sdp));
        return;
      case "INVITE":
      case "UPDATE":
        return void this.#offered(request);
      case "INFO":
        return void this.#informed(request);
      case "REFER":
        return void this.#referred(request);
      case "OPTIONS":
        return void request.reply(200, { headers: { ...allow, Accept: "application/sdp" } });
      case "NOTIFY":
        return void request.reply(200);
      default:
        return void request.reply(405, { headers: allow });
    }
  }

  /** BYE; what comes of it is of no interest (RFC 3261, 15.1.1). */
  async #sayBye(): Promise<void> {
    await this.#ask("BYE");
    this.#told.resolve();
  }

  #end(cause: "remote" | "timer" | "lost"): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#listened.resolve(undefined);
    this.#refreshing?.cancel();
    this.#told.resolve();
    if (this.#listener) this.#listener.ended(cause);
    else this.#endedBefore = cause;
    this.#options.onEnded(this);
  }

  #ask(method: string, headers: Record<string, string> = {}, body = ""): Promise<SipMessage | 481 | 503> {
    const { link } = this.#options;
    return askOnce(link, { method, dialogId: this.dialogId, headers, body }, this.#given.credentials);
  }

  #offer(sdp: string): Promise<string | number> {
    if (this.#hasEnded) return Promise.resolve(481);
    if (this.#isOffering || this.#isAnswering) return Promise.resolve(491);
    this.#isOffering = true;
    const headers = { ...allow, ...this.#timerQuestion(), "Content-Type": "application/sdp" };
    return new Promise<string | number>((resolve) => {
      ask(
        this.#options.link,
        { method: "INVITE", dialogId: this.dialogId, headers, body: sdp },
        this.#given.credentials,
        {
          answered: ({ message, ack }) => {
            if (message.status < 200) return;
            if (message.status >= 300) return resolve(message.status);
            ack();
            this.#startTimer(acceptTimer(timerHeadersOf(message), this.#options.timerRules));
            resolve(message.sdp);
          },
          failed: ({ isDialogGone }) => resolve(isDialogGone ? 481 : 503),
        },
      );
    }).finally(() => {
      this.#isOffering = false;
    });
  }

  async #informed({ message, reply }: Received): Promise<void> {
    const listener = await this.#listened.promise;
    reply(listener?.info(mediaTypeOf(message.header("content-type")), message.body) ?? 480);
  }

  /** A re-INVITE, or an UPDATE (RFC 3311), which without a body only refreshes the session. */
  async #offered(request: Received): Promise<void> {
    const { message } = request;
    if (this.#isOffering) return void request.reply(491);
    if (this.#isAnswering) return void request.reply(500, { headers: { "Retry-After": "2" } });
    const timer = answerTimer(timerHeadersOf(message), this.#options.timerRules);
    const headers = { ...allow, Contact: this.#contact, ...headersFrom(timer.headers) };
    if (timer.tooSmall) return void request.reply(422, { headers });
    const isRefresh = message.method === "UPDATE" && message.sdp === "";
    const answer = isRefresh ? "" : await this.#answerTo(message.sdp);
    if (this.#hasEnded) return;
    if (typeof answer === "number") return void request.reply(answer);
    this.#startTimer(timer.timer);
    if (isRefresh) return void request.reply(200, { headers });
    this.#localSdp = answer;
    request.reply(200, { headers: { ...headers, "Content-Type": "application/sdp" }, body: answer });
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
  async #referred(request: Received): Promise<void> {
    const to = uriOf(request.message.header("refer-to") ?? request.message.header("r"));
    const status = to === "" ? 400 : ((await this.#listened.promise)?.referred(to) ?? 480);
    request.reply(status);
    if (status !== 202 || this.#hasEnded) return;
    const headers = {
      Contact: this.#contact,
      Event: "refer",
      "Subscription-State": "terminated;reason=noresource",
      "Content-Type": "message/sipfrag",
    };
    void this.#ask("NOTIFY", headers, "SIP/2.0 100 Trying\r\n");
  }

  #startTimer(timer: SessionTimer): void {
    const { clock } = this.#options;
    this.#refreshing?.cancel();
    this.#refreshing = timer.isRefresher
      ? clock.after(refreshAfterMs(timer) * beforeServer, () => void this.#refresh(timer))
      : clock.after(giveUpAfterMs(timer), () => this.#timedOut());
  }

  /** By UPDATE where they know it; else by a re-INVITE that changes nothing. Whoever does not answer is gone. */
  async #refresh(timer: SessionTimer): Promise<void> {
    const leftMs = giveUpAfterMs(timer) - refreshAfterMs(timer) * beforeServer;
    this.#refreshing = this.#options.clock.after(leftMs, () => this.#timedOut());
    const outcome = this.#knowsUpdate ? await this.#update() : await this.#offer(this.#localSdp);
    if (outcome === 408 || outcome === 481) this.#timedOut();
    else if (outcome === 491 || outcome === 500) {
      await this.#wait(this.#glareWaitMs());
      if (!this.#hasEnded) await this.#refresh(timer);
    }
  }

  async #update(): Promise<number> {
    if (this.#hasEnded) return 481;
    const answer = await this.#ask("UPDATE", { ...allow, ...this.#timerQuestion() });
    const status = statusOf(answer);
    if (typeof answer === "object" && status < 300) {
      this.#startTimer(acceptTimer(timerHeadersOf(answer), this.#options.timerRules));
      return status;
    }
    // Some say that they know UPDATE and do not.
    if (status === 501 || status === 405) this.#knowsUpdate = false;
    return this.#knowsUpdate ? status : 500;
  }

  #timerQuestion(): Record<string, string> {
    return { Contact: this.#contact, Supported: "timer", ...headersFrom(askTimer(this.#options.timerRules)) };
  }

  #timedOut(): void {
    if (this.#hasEnded) return;
    void this.#sayBye();
    this.#end("timer");
  }

  /** After a 491: whoever made the Call-ID waits longer (RFC 3261, 14.1). */
  #glareWaitMs(): number {
    return this.#given.callerIsHere ? 2_100 + Math.random() * 1_900 : Math.random() * 2_000;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.after(ms, resolve));
  }
}

function statusOf(answer: SipMessage | 481 | 503): number {
  return typeof answer === "number" ? answer : answer.status;
}
