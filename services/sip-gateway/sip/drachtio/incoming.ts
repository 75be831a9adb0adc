/** Somebody rings. */
import type { Credentials } from "../digest.ts";
import { makeParty, readHeaders } from "../headers.ts";
import { IncomingInvite } from "../incoming-invite.ts";
import { calledOf, callerOf, readNameAddress } from "../party.ts";
import type { SessionTimer } from "../session-timer.ts";
import type { Source, Trunk } from "../signalling.ts";
import { AnsweredCall, type AnsweredOptions } from "./answered.ts";
import { allow, headersFrom, timerHeadersOf } from "./header-lines.ts";
import type { Headers, Received, Sent, SipMessage } from "./link.ts";

export type IncomingOptions = AnsweredOptions & {
  readonly source: Source;
  readonly trunk: Trunk | undefined;
  readonly credentials: Credentials | undefined;
  /** It was answered, refused or cancelled. */
  readonly onDecided: (call: IncomingInvite) => void;
  readonly onAnswered: (call: AnsweredCall) => void;
};

/** Our 200, while its ACK is awaited. */
type Answer = { readonly sent: Sent; readonly sdp: string; readonly timer: SessionTimer };

export class Incoming {
  readonly call: IncomingInvite;
  readonly #request: Received;
  readonly #options: IncomingOptions;
  #answer: Answer | undefined;

  constructor(request: Received, options: IncomingOptions) {
    this.#request = request;
    this.#options = options;
    this.call = this.#makeCall();
    // drachtio-server has answered 487 to it by itself.
    request.onCancelled(() => this.call.cancelled());
  }

  get transactionId(): string {
    return this.#request.transactionId;
  }

  /** What an answer must say of it. */
  get dialogHeaders(): Headers {
    const { message } = this.#request;
    const names = ["from", "to", "call-id", "cseq"];
    return Object.fromEntries(names.map((name) => [name, message.header(name) ?? ""]));
  }

  /** Between the answer and its ACK. */
  received(request: Received): void {
    const { method } = request.message;
    // drachtio-server takes any ACK for ours.
    if (method === "ACK" && cseqOf(request.message) !== cseqOf(this.#request.message)) return;
    if (method === "ACK") return void this.#acknowledged(request.message);
    if (method !== "BYE") return void request.reply(491);
    request.reply(200);
    this.call.failed(request.isOfServer ? "the caller did not acknowledge the answer" : "the caller has hung up");
  }

  #makeCall(): IncomingInvite {
    const { message, reply } = this.#request;
    const { trunk, source, timerRules, onDecided } = this.#options;
    const isTrusted = trunk?.isTrusted === true;
    const from = readNameAddress(message.header("from")) ?? nobody;
    const requestUri = readNameAddress(`<${message.uri}>`) ?? nobody;
    const to = readNameAddress(message.header("to")) ?? nobody;
    return new IncomingInvite(
      {
        ring: () => reply(180, { headers: allow }),
        accept: (sdp, lines, timer) => {
          const contact = contactFor(source, message.uri);
          const headers = { ...allow, ...contact, ...headersFrom(lines), "Content-Type": "application/sdp" };
          reply(200, { headers, body: sdp }, (sent) => {
            if (sent) this.#answer = { sent, sdp, timer };
            else this.call.failed("the answer could not be sent");
          });
        },
        reject: (status, reason, lines) => reply(status, { reason, headers: headersFrom(lines) }),
      },
      {
        id: message.header("call-id") ?? "",
        from: callerOf(from, message.header("p-asserted-identity"), isTrusted),
        to: calledOf(requestUri, to, trunk),
        trunk: trunk?.name,
        source,
        headers: readHeaders(message.headers, isTrusted),
        offer: message.sdp,
        timer: timerHeadersOf(message),
        timerRules,
        onDecided,
      },
    );
  }

  #acknowledged(ack: SipMessage): void {
    if (!this.#answer) return;
    const { sent, sdp, timer } = this.#answer;
    const { id, offer } = this.call;
    const { credentials, onAnswered } = this.#options;
    const own = { dialogId: sent.dialogId, own: sent.message, localSdp: sdp, isUac: false };
    const said = { said: this.#request.message, ackSdp: offer === "" ? ack.sdp : "" };
    const answered = new AnsweredCall({ id, ...own, ...said, timer, credentials }, this.#options);
    onAnswered(answered);
    this.call.acknowledged(answered.dialog);
  }
}

const nobody = makeParty("", "", "");

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
