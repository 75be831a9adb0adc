/** A call out. */
import { randomBytes } from "node:crypto";
import type { IncomingResponseMessage, OutgoingInviteRequest, Session, URI } from "sip.js/lib/core/index.js";
import { acceptTimer, askTimer, type TimerRules } from "../session-timer.ts";
import type { OutgoingCall, OutgoingListener } from "../signalling.ts";
import { type Agent, allowHeader, sdpOf, sessionBody } from "./agents.ts";
import { AnsweredCall, type AnsweredOptions, knowsUpdate, timerHeadersOf } from "./answered.ts";

export type OutgoingOptions = AnsweredOptions & {
  readonly target: URI;
  readonly from: URI;
  readonly displayName: string;
  /** Whole lines. */
  readonly headers: readonly string[];
  readonly sdp: string;
  readonly onDecided: (call: Outgoing) => void;
  readonly onAnswered: (call: AnsweredCall) => void;
};

export function makeCallId(): string {
  return randomBytes(16).toString("hex");
}

/** What Kamailio says where it reached nobody: no answer from DNS, no connection. */
const unreachable = new Set([477, 478, 479]);

export class Outgoing implements OutgoingCall {
  readonly id: string;
  readonly #agent: Agent;
  readonly #options: OutgoingOptions;
  readonly #listener: OutgoingListener;
  #request: OutgoingInviteRequest;
  #state: "calling" | "cancelled" | "over" = "calling";
  #timerRules: TimerRules;

  constructor(agent: Agent, listener: OutgoingListener, options: OutgoingOptions) {
    this.id = agent.callId;
    this.#agent = agent;
    this.#options = options;
    this.#listener = listener;
    this.#timerRules = options.timerRules;
    this.#request = this.#invite(1);
  }

  cancel(): void {
    if (this.#state !== "calling") return;
    this.#state = "cancelled";
    this.#request.cancel();
  }

  /** Kamailio is away. */
  lose(): void {
    this.#failed(503, "Service Unavailable");
  }

  #invite(cseq: number): OutgoingInviteRequest {
    const { core, contact } = this.#agent;
    const { target, from, displayName, headers, sdp } = this.#options;
    const extraHeaders = [contact, allowHeader, ...askTimer(this.#timerRules), ...headers];
    const options = { callId: this.id, cseq, fromDisplayName: displayName };
    const message = core.makeOutgoingRequestMessage(
      "INVITE",
      target,
      from,
      target,
      options,
      extraHeaders,
      sessionBody(sdp),
    );
    return core.invite(message, {
      onProgress: ({ message: { statusCode = 180 } }) => {
        if (this.#state === "calling") this.#listener.ringing(statusCode === 183 ? 183 : 180);
      },
      onAccept: ({ message, session, ack }) => {
        ack();
        this.#answered(message, session);
      },
      onReject: ({ message }) => this.#refused(message),
      onRedirect: ({ message }) => this.#refused(message),
    });
  }

  /** A fork may answer more than once, and an answer may cross our CANCEL: those are hung up (RFC 3261, 13.2.2.4). */
  #answered(message: IncomingResponseMessage, session: Session): void {
    if (this.#state !== "calling") {
      const wasCancelled = this.#state === "cancelled";
      session.bye({ onAccept: () => wasCancelled && this.#over(), onReject: () => wasCancelled && this.#over() });
      return;
    }
    const timer = acceptTimer(timerHeadersOf(message), this.#timerRules);
    const given = { localSdp: this.#options.sdp, timer, knowsUpdate: knowsUpdate(message), callerIsHere: true };
    const call = new AnsweredCall(this.#agent, session, given, this.#options);
    this.#state = "over";
    this.#options.onDecided(this);
    this.#options.onAnswered(call);
    this.#listener.answered(call, sdpOf(message));
  }

  #refused(message: IncomingResponseMessage): void {
    const status = message.statusCode ?? 500;
    const minSe = Number(status === 422 ? message.getHeader("min-se") : undefined);
    if (minSe > this.#timerRules.expires && minSe <= 86_400 && this.#state === "calling") {
      this.#timerRules = { expires: minSe, min: minSe };
      this.#request = this.#invite(this.#request.message.cseq + 1);
      return;
    }
    if (unreachable.has(status)) this.#failed(503, "Service Unavailable");
    else this.#failed(status, message.reasonPhrase ?? "");
  }

  #failed(status: number, reason: string): void {
    const wasCalling = this.#state === "calling";
    if (this.#state === "over") return;
    this.#over();
    if (wasCalling) this.#listener.failed(status, reason);
  }

  #over(): void {
    this.#state = "over";
    this.#options.onDecided(this);
    this.#agent.retire(this.#options.clock);
  }
}
