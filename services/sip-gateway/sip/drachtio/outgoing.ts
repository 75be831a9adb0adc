/** A call out. */
import type { Credentials } from "../digest.ts";
import { acceptTimer, askTimer, type TimerRules } from "../session-timer.ts";
import type { OutgoingCall, OutgoingListener } from "../signalling.ts";
import { AnsweredCall, type AnsweredOptions } from "./answered.ts";
import { again, ask } from "./ask.ts";
import type { Answer, Asking, Headers, SipMessage } from "./link.ts";
import { allow, headersFrom, timerHeadersOf } from "./timer-headers.ts";

export type OutgoingOptions = AnsweredOptions & {
  readonly id: string;
  readonly to: string;
  readonly from: string;
  readonly headers: Headers;
  readonly sdp: string;
  readonly nextHop: string;
  readonly credentials: Credentials | undefined;
  /** It was sent; once more where it was challenged. */
  readonly onBegun: (call: Outgoing, asking: Asking) => void;
  readonly onDecided: (call: Outgoing) => void;
  readonly onAnswered: (call: AnsweredCall) => void;
};

export class Outgoing implements OutgoingCall {
  readonly id: string;
  readonly #options: OutgoingOptions;
  readonly #listener: OutgoingListener;
  #asking: Asking | undefined;
  #state: "calling" | "cancelled" | "over" = "calling";
  #timerRules: TimerRules;

  constructor(listener: OutgoingListener, options: OutgoingOptions) {
    this.id = options.id;
    this.#options = options;
    this.#listener = listener;
    this.#timerRules = options.timerRules;
    this.#invite({ "Call-ID": this.id, From: options.from });
  }

  cancel(): void {
    if (this.#state !== "calling") return;
    this.#state = "cancelled";
    this.#asking?.cancel();
  }

  /** drachtio-server is away. */
  lose(): void {
    this.#failed(503, "Service Unavailable");
  }

  #invite(own: Headers): void {
    const { link, to, headers, sdp, nextHop, credentials } = this.#options;
    const timer = { Supported: "timer", ...headersFrom(askTimer(this.#timerRules)) };
    const said = { ...own, To: `<${to}>`, ...allow, ...timer, "Content-Type": "application/sdp", ...headers };
    ask(link, { method: "INVITE", uri: to, headers: said, body: sdp, nextHop }, credentials, {
      begun: (asking) => {
        this.#asking = asking;
        this.#options.onBegun(this, asking);
        if (this.#state === "cancelled") asking.cancel();
      },
      answered: (answer) => this.#answer(answer),
      failed: () => this.#failed(503, "Service Unavailable"),
    });
  }

  #answer(answer: Answer): void {
    const { message } = answer;
    if (message.status >= 300) this.#refused(message);
    else if (message.status >= 200) this.#answered(answer);
    else if (message.status > 100 && this.#state === "calling")
      this.#listener.ringing(message.status === 183 ? 183 : 180);
  }

  #answered({ message, dialogId = "", ack }: Answer): void {
    ack();
    // An answer that crosses our CANCEL: drachtio-server says BYE after that ACK (RFC 3261, 15).
    if (this.#state !== "calling") return void this.#over();
    const { credentials, sdp, onAnswered } = this.#options;
    const timer = acceptTimer(timerHeadersOf(message), this.#timerRules);
    const own = this.#asking?.sent ?? message;
    const given = { id: this.id, dialogId, own, localSdp: sdp, ackSdp: "", timer, credentials };
    const call = new AnsweredCall({ ...given, said: message, callerIsHere: true }, this.#options);
    this.#over();
    onAnswered(call);
    this.#listener.answered(call, message.sdp);
  }

  #refused(message: SipMessage): void {
    const { status } = message;
    const minSe = Number(status === 422 ? message.header("min-se") : undefined);
    if (minSe > this.#timerRules.expires && minSe <= 86_400 && this.#state === "calling" && this.#asking) {
      this.#timerRules = { expires: minSe, min: minSe };
      this.#invite(again(this.#asking.sent));
    } else this.#failed(status, message.reason);
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
  }
}
