/** Somebody rings. */
import { VecheError } from "@veche/kit/errors.ts";
import type { Credentials } from "../digest.ts";
import { makeParty, readHeaders } from "../headers.ts";
import { readNameAddress } from "../party.ts";
import { answerTimer } from "../session-timer.ts";
import type { Dialog, IncomingCall, Party, Source, Trunk } from "../signalling.ts";
import { AnsweredCall, type AnsweredOptions } from "./answered.ts";
import type { Headers, Received, Sent, SipMessage } from "./link.ts";
import { allow, headersFrom, timerHeadersOf } from "./timer-headers.ts";

export type IncomingOptions = AnsweredOptions & {
  readonly source: Source;
  readonly trunk: Trunk | undefined;
  readonly credentials: Credentials | undefined;
  /** It was answered, refused or cancelled. */
  readonly onDecided: (call: Incoming) => void;
  readonly onAnswered: (call: AnsweredCall) => void;
};

type Answering = {
  sent: Sent | undefined;
  readonly acknowledged: (ack: SipMessage) => void;
  readonly failed: (reason: string) => void;
};

export class Incoming implements IncomingCall {
  readonly id: string;
  readonly from: Party;
  readonly to: Party;
  readonly trunk: string | undefined;
  readonly source: Source;
  readonly headers: ReadonlyMap<string, string>;
  readonly offer: string;
  readonly transactionId: string;
  readonly #request: Received;
  readonly #options: IncomingOptions;
  #state: "ringing" | "answering" | "over" = "ringing";
  #isCancelled = false;
  #onCancelled: (() => void) | undefined;
  #answering: Answering | undefined;

  constructor(request: Received, options: IncomingOptions) {
    const { message } = request;
    const { trunk, source } = options;
    const isTrusted = trunk?.isTrusted === true;
    this.transactionId = request.transactionId;
    this.#request = request;
    this.#options = options;
    this.id = message.header("call-id") ?? "";
    this.trunk = trunk?.name;
    this.source = source;
    this.headers = readHeaders(message.headers, isTrusted);
    this.offer = message.sdp;
    this.from = callerOf(message, isTrusted);
    this.to = calledOf(message, trunk);
    // drachtio-server has answered 487 to it by itself.
    request.onCancelled(() => this.#tellCancelled());
  }

  /** What an answer must say of it. */
  get dialogHeaders(): Headers {
    const { message } = this.#request;
    const names = ["from", "to", "call-id", "cseq"];
    return Object.fromEntries(names.map((name) => [name, message.header(name) ?? ""]));
  }

  ring(): void {
    if (this.#state === "ringing") this.#request.reply(180, { headers: allow });
  }

  answer(sdp: string): Promise<Dialog> {
    if (this.#isCancelled) return Promise.reject(new VecheError("failed-precondition", "the caller has hung up"));
    if (this.#state !== "ringing")
      return Promise.reject(new VecheError("failed-precondition", "it is answered already"));
    const { message } = this.#request;
    const timer = answerTimer(timerHeadersOf(message), this.#options.timerRules);
    if (timer.tooSmall) {
      this.#reject(422, { headers: headersFrom(timer.headers) });
      return Promise.reject(new VecheError("failed-precondition", "the caller's session timer is too short"));
    }
    this.#state = "answering";
    const headers = {
      ...allow,
      ...contactFor(this.source, message.uri),
      ...headersFrom(timer.headers),
      "Content-Type": "application/sdp",
    };
    return new Promise((resolve, reject) => {
      const answering: Answering = {
        sent: undefined,
        acknowledged: (ack) => {
          const { credentials, onAnswered } = this.#options;
          if (!answering.sent) return;
          const { dialogId, message: own } = answering.sent;
          const given = { id: this.id, dialogId, own, localSdp: sdp, said: message, credentials };
          const call = new AnsweredCall(
            { ...given, ackSdp: this.offer === "" ? ack.sdp : "", timer: timer.timer, callerIsHere: false },
            this.#options,
          );
          this.#decided();
          onAnswered(call);
          resolve(call);
        },
        failed: (reason) => {
          this.#decided();
          reject(new VecheError("failed-precondition", reason));
        },
      };
      this.#answering = answering;
      this.#request.reply(200, { headers, body: sdp }, (sent) => {
        if (sent === undefined) answering.failed("the answer could not be sent");
        else answering.sent = sent;
      });
    });
  }

  reject(status: number, reason = ""): void {
    this.#reject(status, reason === "" ? {} : { reason: reason.replace(/\p{Cc}/gu, " ") });
  }

  onCancelled(listener: () => void): void {
    this.#onCancelled = listener;
    if (this.#isCancelled) listener();
  }

  /** drachtio-server is away. */
  lose(): void {
    if (this.#state === "answering") this.#answering?.failed("the SIP process has died");
    else this.#tellCancelled();
  }

  /** Between the answer and its ACK. */
  received(request: Received): void {
    const { method } = request.message;
    // drachtio-server takes any ACK for ours.
    if (method === "ACK" && cseqOf(request.message) !== cseqOf(this.#request.message)) return;
    if (method === "ACK") return void this.#answering?.acknowledged(request.message);
    if (method !== "BYE") return void request.reply(491);
    request.reply(200);
    this.#answering?.failed(
      request.isOfServer ? "the caller did not acknowledge the answer" : "the caller has hung up",
    );
  }

  #reject(status: number, given: { headers?: Record<string, string>; reason?: string }): void {
    if (this.#state !== "ringing") return;
    this.#request.reply(status, given);
    this.#decided();
  }

  #tellCancelled(): void {
    if (this.#state !== "ringing") return;
    this.#isCancelled = true;
    this.#decided();
    this.#onCancelled?.();
  }

  #decided(): void {
    this.#state = "over";
    this.#options.onDecided(this);
  }
}

const nobody: Party = { user: "", host: "", displayName: "" };

/** A trusted trunk knows better than From who calls (RFC 3325). */
function callerOf(message: SipMessage, isTrusted: boolean): Party {
  const asserted = isTrusted ? readNameAddress(message.header("p-asserted-identity")) : undefined;
  return asserted ?? readNameAddress(message.header("from")) ?? nobody;
}

function calledOf(message: SipMessage, trunk: Trunk | undefined): Party {
  const uri = readNameAddress(`<${message.uri}>`) ?? nobody;
  const to = readNameAddress(message.header("to")) ?? nobody;
  const isOwnAccount = trunk?.account !== undefined && uri.user === trunk.account.user && to.user !== "";
  return isOwnAccount ? to : makeParty(uri.user, uri.host, to.displayName);
}

/**
 * drachtio-server's own contact over TLS is sips:, which phones that called sip: (baresip) do not acknowledge. It puts its address
 * in place of "localhost".
 */
function contactFor({ transport }: Source, uri: string): Headers {
  return transport === "tls" && !/^sips:/i.test(uri) ? { Contact: "<sip:veche@localhost;transport=tls>" } : {};
}

function cseqOf(message: SipMessage): number {
  return Number.parseInt(message.header("cseq") ?? "", 10);
}
