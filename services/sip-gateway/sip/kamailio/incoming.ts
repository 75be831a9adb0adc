/** Somebody rings. */
import { VecheError } from "@veche/kit/errors.ts";
import type { IncomingInviteRequest, IncomingRequestMessage } from "sip.js/lib/core/index.js";
import { makeParty, readHeaders } from "../headers.ts";
import { readNameAddress } from "../party.ts";
import { answerTimer } from "../session-timer.ts";
import type { Dialog, IncomingCall, Party, Source, Trunk } from "../signalling.ts";
import { type Agent, allowHeader, headersOf, sdpOf, sessionBody } from "./agents.ts";
import { AnsweredCall, type AnsweredOptions, knowsUpdate, timerHeadersOf } from "./answered.ts";

/** What Kamailio says of a call, behind the secret of this start. */
export type Arrival = { readonly trunk: number; readonly source: Source; readonly local: { ip: string; port: number } };

/** `Veche-Call: <secret> <trunk> <transport> <address> <port> <local address> <local port>`; undefined: not from Kamailio. */
export function readArrival(value: string | undefined, secret: string): Arrival | undefined {
  const match = /^(\S+) (-?\d{1,4}) (udp|tcp|tls) (\S+) (\d{1,5}) (\S+) (\d{1,5})$/.exec(value ?? "");
  if (!match || match[1] !== secret) return undefined;
  const [, , trunk, transport, address = "", port, ip = "", localPort] = match;
  return {
    trunk: Number(trunk),
    source: {
      address: address.replace(/^\[|\]$/g, ""),
      port: Number(port),
      transport: transport as Source["transport"],
    },
    local: { ip, port: Number(localPort) },
  };
}

export type IncomingOptions = AnsweredOptions & {
  readonly trunk: Trunk | undefined;
  readonly source: Source;
  /** It was answered, refused or cancelled. */
  readonly onDecided: (call: Incoming) => void;
  readonly onAnswered: (call: AnsweredCall) => void;
};

export class Incoming implements IncomingCall {
  readonly id: string;
  readonly from: Party;
  readonly to: Party;
  readonly trunk: string | undefined;
  readonly source: Source;
  readonly headers: ReadonlyMap<string, string>;
  readonly offer: string;
  readonly #agent: Agent;
  readonly #request: IncomingInviteRequest;
  readonly #options: IncomingOptions;
  #state: "ringing" | "answering" | "over" = "ringing";
  #isCancelled = false;
  #onCancelled: (() => void) | undefined;

  constructor(agent: Agent, request: IncomingInviteRequest, options: IncomingOptions) {
    const { message } = request;
    const { trunk } = options;
    this.#agent = agent;
    this.#request = request;
    this.#options = options;
    this.id = message.callId;
    this.trunk = trunk?.name;
    this.source = options.source;
    this.headers = readHeaders(headersOf(message), trunk?.isTrusted === true);
    this.offer = sdpOf(message);
    this.from = callerOf(message, trunk?.isTrusted === true);
    this.to = calledOf(message, trunk);
    request.delegate = { onCancel: () => this.#cancelled() };
    request.trying();
  }

  ring(): void {
    if (this.#state === "ringing") this.#request.progress({ statusCode: 180, extraHeaders: [allowHeader] });
  }

  answer(sdp: string): Promise<Dialog> {
    if (this.#isCancelled) return Promise.reject(new VecheError("failed-precondition", "the caller has hung up"));
    if (this.#state !== "ringing")
      return Promise.reject(new VecheError("failed-precondition", "it is answered already"));
    const { message } = this.#request;
    const timer = answerTimer(timerHeadersOf(message), this.#options.timerRules);
    if (timer.tooSmall) {
      this.#reject({ statusCode: 422, extraHeaders: [...timer.headers] });
      return Promise.reject(new VecheError("failed-precondition", "the caller's session timer is too short"));
    }
    this.#state = "answering";
    const { session } = this.#request.accept({
      statusCode: 200,
      extraHeaders: [...timer.headers],
      body: sessionBody(sdp),
    });
    return new Promise((resolve, reject) => {
      const failed = (reason: string) => {
        this.#refused();
        reject(new VecheError("failed-precondition", reason));
      };
      session.delegate = {
        onAck: (ack) => {
          const given = { localSdp: sdp, timer: timer.timer, knowsUpdate: knowsUpdate(message), callerIsHere: false };
          const call = new AnsweredCall(this.#agent, session, given, this.#options);
          if (this.offer === "") call.ackSdp = sdpOf(ack.message);
          this.#decided();
          this.#options.onAnswered(call);
          resolve(call);
        },
        onBye: (bye) => {
          bye.accept();
          failed("the caller has hung up");
        },
        // Nobody has acknowledged for 32 s: it is hung up (RFC 3261, 13.3.1.4).
        onAckTimeout: () => {
          session.bye();
          failed("the caller did not acknowledge the answer");
        },
      };
      this.#lost = () => failed("the SIP process has died");
    });
  }

  reject(status: number, reason = ""): void {
    this.#reject({ statusCode: status, ...(reason === "" ? {} : { reasonPhrase: reason.replace(/\p{Cc}/gu, " ") }) });
  }

  onCancelled(listener: () => void): void {
    this.#onCancelled = listener;
    if (this.#isCancelled) listener();
  }

  /** Kamailio is away. */
  lose(): void {
    if (this.#state === "answering") this.#lost();
    else this.#tellCancelled();
  }

  #lost: () => void = () => {};

  #reject(options: { statusCode: number; reasonPhrase?: string; extraHeaders?: string[] }): void {
    if (this.#state !== "ringing") return;
    this.#request.reject(options);
    this.#refused();
  }

  #cancelled(): void {
    if (this.#state !== "ringing") return;
    this.#request.reject({ statusCode: 487 });
    this.#tellCancelled();
  }

  #tellCancelled(): void {
    if (this.#state !== "ringing") return;
    this.#isCancelled = true;
    this.#refused();
    this.#onCancelled?.();
  }

  #refused(): void {
    this.#decided();
    this.#agent.retire(this.#options.clock);
  }

  #decided(): void {
    this.#state = "over";
    this.#options.onDecided(this);
  }
}

/** A trusted trunk knows better than From who calls (RFC 3325). */
function callerOf(message: IncomingRequestMessage, isTrusted: boolean): Party {
  const asserted = isTrusted ? readNameAddress(message.getHeader("p-asserted-identity")) : undefined;
  if (asserted) return asserted;
  const { uri, displayName } = message.from;
  return makeParty(uri.user, uri.host, displayName);
}

function calledOf({ ruri, to }: IncomingRequestMessage, trunk: Trunk | undefined): Party {
  const isOwnAccount = trunk?.account !== undefined && ruri?.user === trunk.account.user && to.uri.user;
  return isOwnAccount
    ? makeParty(to.uri.user, to.uri.host, to.displayName)
    : makeParty(ruri?.user, ruri?.host, to.displayName);
}
