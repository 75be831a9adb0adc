/** An answered call: what either side asks within it, its session timer and its end. */
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import {
  type IncomingInfoRequest,
  type IncomingInviteRequest,
  type IncomingReferRequest,
  type IncomingRequestMessage,
  type IncomingResponseMessage,
  NonInviteClientTransaction,
  NonInviteServerTransaction,
  type Session,
  type SessionDialog,
  Dialog as SipDialog,
  UserAgentClient,
  UserAgentServer,
} from "sip.js/lib/core/index.js";
import {
  acceptTimer,
  answerTimer,
  askTimer,
  giveUpAfterMs,
  refreshAfterMs,
  type SessionTimer,
  type TimerHeaders,
  type TimerRules,
} from "../session-timer.ts";
import type { Dialog, DialogListener } from "../signalling.ts";
import { type Agent, allowHeader, bodyOf, contentTypeOf, sdpOf, sessionBody } from "./agents.ts";

export type AnsweredOptions = {
  readonly clock: Clock;
  readonly log: Log;
  readonly timerRules: TimerRules;
  /** It has ended, and told so. */
  readonly onEnded: (call: AnsweredCall) => void;
};

const maxOffers = 4;

export class AnsweredCall implements Dialog {
  readonly id: string;
  /** Of the ACK to our 200, where the INVITE had no offer. */
  ackSdp = "";
  readonly #told = Promise.withResolvers<void>();
  readonly #agent: Agent;
  readonly #session: SessionDialog;
  readonly #options: AnsweredOptions;
  readonly #callerIsHere: boolean;
  #listener: DialogListener | undefined;
  /** What comes right behind the ACK waits for who will listen; undefined: the call has ended before anybody did. */
  readonly #listened = Promise.withResolvers<DialogListener | undefined>();
  /** What came before anybody listened. */
  #endedBefore: "remote" | "timer" | "lost" | undefined;
  #hasEnded = false;
  #isRefreshing: Timer | undefined;
  /** What we last said of our sound: a refresh by re-INVITE says it again. */
  #localSdp: string;
  #knowsUpdate: boolean;
  /** An offer of theirs is being answered. */
  #isAnswering = false;
  #isOffering = false;

  constructor(
    agent: Agent,
    session: Session,
    given: { localSdp: string; timer: SessionTimer; knowsUpdate: boolean; callerIsHere: boolean },
    options: AnsweredOptions,
  ) {
    this.id = session.callId;
    this.#agent = agent;
    this.#session = session as SessionDialog;
    this.#localSdp = given.localSdp;
    this.#knowsUpdate = given.knowsUpdate;
    this.#callerIsHere = given.callerIsHere;
    this.#options = options;
    this.#startTimer(given.timer);
    agent.onUpdate = (request) => this.#updated(request);
    this.#session.delegate = {
      onBye: (request) => {
        request.accept();
        this.#end("remote");
        this.#agent.retire(this.#options.clock);
      },
      onInfo: (request) => this.#see(this.#informed(request)),
      onInvite: (request) => this.#see(this.#reinvited(request)),
      onRefer: (request) => this.#see(this.#referred(request)),
      onMessage: (request) => void request.reject({ statusCode: 405 }),
      onNotify: (request) => void request.accept(),
      onAck: ({ message }) => this.#acknowledged(message),
    };
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
    return new Promise((resolve) => {
      const told = ({ message }: { message: IncomingResponseMessage }) => resolve(message.statusCode ?? 500);
      this.#session.info(
        { onAccept: told, onReject: told, onRedirect: told },
        { body: { contentDisposition: "render", contentType, content: body } },
      );
    });
  }

  hangUp(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#listened.resolve(undefined);
    this.#isRefreshing?.cancel();
    this.sayBye();
    this.#options.onEnded(this);
  }

  /** Kamailio is away: nobody can be told but the listener. */
  lose(): void {
    this.#end("lost");
  }

  /** BYE; what comes of it is of no interest (RFC 3261, 15.1.1). Also tries once for a call that was lost. */
  sayBye(): void {
    const done = () => {
      this.#agent[Symbol.dispose]();
      this.#told.resolve();
    };
    try {
      this.#session.bye({ onAccept: done, onReject: done, onRedirect: done });
    } catch (error) {
      this.#options.log.debug({ err: error, call: this.id }, "no BYE could be sent");
      done();
    }
  }

  #end(cause: "remote" | "timer" | "lost"): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#listened.resolve(undefined);
    this.#isRefreshing?.cancel();
    if (this.#listener) this.#listener.ended(cause);
    else this.#endedBefore = cause;
    this.#options.onEnded(this);
  }

  #offer(sdp: string, extraHeaders: readonly string[] = []): Promise<string | number> {
    if (this.#hasEnded) return Promise.resolve(481);
    if (this.#isOffering || this.#isAnswering) return Promise.resolve(491);
    this.#isOffering = true;
    return new Promise<string | number>((resolve) => {
      const refused = ({ message }: { message: IncomingResponseMessage }) => resolve(message.statusCode ?? 500);
      this.#session.invite(
        {
          onAccept: ({ message, ack }) => {
            ack();
            this.#startTimer(acceptTimer(timerHeadersOf(message), this.#options.timerRules));
            resolve(sdpOf(message));
          },
          onReject: refused,
          onRedirect: refused,
        },
        {
          extraHeaders: [this.#agent.contact, allowHeader, ...askTimer(this.#options.timerRules), ...extraHeaders],
          body: sessionBody(sdp),
        },
      );
    }).finally(() => {
      this.#isOffering = false;
    });
  }

  /** What is answered late may find its transaction gone. */
  #see(answering: Promise<void>): void {
    answering.catch((error: unknown) =>
      this.#options.log.debug({ err: error, call: this.id }, "nobody waits for an answer"),
    );
  }

  async #informed(request: IncomingInfoRequest): Promise<void> {
    const listener = await this.#listened.promise;
    reply(request, listener?.info(contentTypeOf(request.message), bodyOf(request.message)) ?? 480);
  }

  async #reinvited(request: IncomingInviteRequest): Promise<void> {
    request.trying();
    const outcome = await this.#answerOffer(request.message);
    if (this.#hasEnded) return;
    if (typeof outcome.body === "number") request.reject({ statusCode: outcome.body, extraHeaders: outcome.headers });
    else {
      this.#localSdp = outcome.body;
      const extraHeaders = [this.#agent.contact, allowHeader, ...outcome.headers];
      request.accept({ statusCode: 200, extraHeaders, body: sessionBody(outcome.body) });
    }
  }

  #acknowledged(message: IncomingRequestMessage): void {
    const sdp = sdpOf(message);
    if (sdp !== "") this.#listener?.reanswered(sdp);
  }

  /** Of a re-INVITE or UPDATE: the answer or a status, and headers to go with it. */
  async #answerOffer(message: IncomingRequestMessage): Promise<{ body: string | number; headers: string[] }> {
    const timer = answerTimer(timerHeadersOf(message), this.#options.timerRules);
    if (timer.tooSmall) return { body: 422, headers: [...timer.headers] };
    this.#isAnswering = true;
    try {
      const listener = await this.#listened.promise;
      const body = (await listener?.reoffered(sdpOf(message))) ?? 480;
      if (typeof body === "number") return { body, headers: [] };
      this.#startTimer(timer.timer);
      return { body, headers: [...timer.headers] };
    } catch (error) {
      this.#options.log.warn({ err: error, call: this.id }, "an offer could not be answered");
      return { body: 500, headers: [] };
    } finally {
      this.#isAnswering = false;
    }
  }

  /** RFC 3311. Without a body it refreshes the session only. */
  #updated(request: IncomingRequestMessage): void {
    const internals = this.#session as unknown as SessionInternals;
    if (!internals.sequenceGuard(request)) return;
    SipDialog.prototype.receiveRequest.call(this.#session, request);
    const server = new UserAgentServer(NonInviteServerTransaction, this.#agent.core, request);
    const contact = request.parseHeader("contact") as { uri?: never } | undefined;
    if (contact?.uri) internals.dialogState.remoteTarget = contact.uri;
    if (sdpOf(request) === "") {
      const timer = answerTimer(timerHeadersOf(request), this.#options.timerRules);
      if (timer.tooSmall) return void server.reject({ statusCode: 422, extraHeaders: [...timer.headers] });
      this.#startTimer(timer.timer);
      return void server.accept({
        statusCode: 200,
        extraHeaders: [this.#agent.contact, allowHeader, ...timer.headers],
      });
    }
    if (this.#isOffering) return void server.reject({ statusCode: 491 });
    if (this.#isAnswering) return void server.reject({ statusCode: 500, extraHeaders: ["Retry-After: 2"] });
    const answered = this.#answerOffer(request).then(({ body, headers }) => {
      if (this.#hasEnded) return;
      if (typeof body === "number") return void server.reject({ statusCode: body, extraHeaders: headers });
      this.#localSdp = body;
      const extraHeaders = [this.#agent.contact, allowHeader, ...headers];
      server.accept({ statusCode: 200, extraHeaders, body: sessionBody(body) });
    });
    this.#see(answered);
  }

  /** The transfer itself is nobody's: after a 202 the phone learns that it will hear no more of it (RFC 3515, 2.4.4). */
  async #referred(request: IncomingReferRequest): Promise<void> {
    const target = request.message.parseHeader("refer-to") as { uri?: { toString(): string } } | undefined;
    const to = target?.uri?.toString() ?? "";
    const status = to === "" ? 400 : ((await this.#listened.promise)?.referred(to) ?? 480);
    reply(request, status);
    if (status !== 202 || this.#hasEnded) return;
    this.#session.notify(undefined, {
      extraHeaders: [this.#agent.contact, "Event: refer", "Subscription-State: terminated;reason=noresource"],
      body: { contentDisposition: "render", contentType: "message/sipfrag", content: "SIP/2.0 100 Trying\r\n" },
    });
  }

  #startTimer(timer: SessionTimer): void {
    const { clock } = this.#options;
    this.#isRefreshing?.cancel();
    this.#isRefreshing = timer.isRefresher
      ? clock.after(refreshAfterMs(timer), () => void this.#refresh(timer))
      : clock.after(giveUpAfterMs(timer), () => this.#timedOut());
  }

  /** By UPDATE where they know it; else by a re-INVITE that changes nothing. Whoever does not answer is gone. */
  async #refresh(timer: SessionTimer): Promise<void> {
    this.#isRefreshing = this.#options.clock.after(giveUpAfterMs(timer) - refreshAfterMs(timer), () =>
      this.#timedOut(),
    );
    const status = this.#knowsUpdate ? await this.#update() : await this.#offer(this.#localSdp);
    if (status === 408 || status === 481) this.#timedOut();
    else if (status === 491 || status === 500) {
      await this.#wait(this.#glareWaitMs());
      if (!this.#hasEnded) await this.#refresh(timer);
    }
  }

  #update(): Promise<number> {
    if (this.#hasEnded) return Promise.resolve(481);
    return new Promise((resolve) => {
      const request = this.#session.createOutgoingRequestMessage("UPDATE", {
        extraHeaders: [this.#agent.contact, allowHeader, ...askTimer(this.#options.timerRules)],
      });
      const refused = ({ message }: { message: IncomingResponseMessage }) => {
        // Some say that they know UPDATE and do not.
        if (message.statusCode === 501 || message.statusCode === 405) this.#knowsUpdate = false;
        resolve(this.#knowsUpdate ? (message.statusCode ?? 500) : 500);
      };
      new UserAgentClient(NonInviteClientTransaction, this.#agent.core, request, {
        onAccept: ({ message }) => {
          this.#startTimer(acceptTimer(timerHeadersOf(message), this.#options.timerRules));
          resolve(200);
        },
        onReject: refused,
        onRedirect: refused,
      });
    });
  }

  #timedOut(): void {
    if (this.#hasEnded) return;
    this.sayBye();
    this.#end("timer");
  }

  /** After a 491: whoever made the Call-ID waits longer (RFC 3261, 14.1). */
  #glareWaitMs(): number {
    return this.#callerIsHere ? 2_100 + Math.random() * 1_900 : Math.random() * 2_000;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.after(ms, resolve));
  }
}

/** What UPDATE needs of SIP.js's dialog and TypeScript holds back. */
type SessionInternals = {
  sequenceGuard(message: IncomingRequestMessage): boolean;
  readonly dialogState: { remoteTarget: unknown };
};

type Answerable = {
  accept(options: { statusCode: number }): unknown;
  reject(options: { statusCode: number }): unknown;
};

function reply(request: Answerable, status: number): void {
  if (status >= 200 && status < 300) request.accept({ statusCode: status });
  else request.reject({ statusCode: status });
}

export function timerHeadersOf(message: { getHeader(name: string): string | undefined }): TimerHeaders {
  return {
    sessionExpires: message.getHeader("session-expires") ?? message.getHeader("x"),
    minSe: message.getHeader("min-se"),
    isSupported: /\btimer\b/i.test(
      `${message.getHeader("supported") ?? message.getHeader("k")} ${message.getHeader("require")}`,
    ),
  };
}

export function knowsUpdate(message: { getHeaders(name: string): string[] }): boolean {
  return /\bUPDATE\b/.test(message.getHeaders("allow").join());
}
