/**
 * SIP.js, its core layer only: transactions, dialogs and the parser (RFC 3261), without its browser parts. Every call and every
 * registration has a core of its own, found by its Call-ID: it has its own contact and credentials, and what goes wrong in
 * one touches no other.
 */
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import { Grammar, IncomingRequestMessage, LoggerFactory, Parser, URI, UserAgentCore } from "sip.js/lib/core/index.js";
import { AllowedMethods } from "sip.js/lib/core/user-agent-core/allowed-methods.js";
import { mediaTypeOf, sdpIn } from "../body.ts";
import type { Credentials } from "../digest.ts";
import { allowedMethods } from "../methods.ts";

/** RFC 3261, 17: 64 T1. */
const transactionMs = 32_000;

export type AgentOptions = {
  /** URI of ours that the other side is to send to. */
  readonly contact: URI;
  readonly aor: URI;
  readonly credentials?: Credentials;
};

export class Agent implements Disposable {
  readonly core: UserAgentCore;
  readonly contact: string;
  readonly callId: string;
  /** UPDATE (RFC 3311), which SIP.js does not know; set by the call that is answered. */
  onUpdate: ((request: IncomingRequestMessage) => void) | undefined;
  readonly #forget: (agent: Agent) => void;
  #retiring: Timer | undefined;

  constructor(callId: string, core: UserAgentCore, contact: URI, forget: (agent: Agent) => void) {
    this.callId = callId;
    this.core = core;
    this.contact = `Contact: <${contact}>`;
    this.#forget = forget;
  }

  /** Its last transaction still answers what is said again; then it goes. */
  retire(clock: Clock): void {
    this.#retiring ??= clock.after(transactionMs, () => this[Symbol.dispose]());
  }

  [Symbol.dispose](): void {
    this.#retiring?.cancel();
    this.#forget(this);
    this.core.dispose();
  }
}

export type Transport = { send(message: string): Promise<void> };

export class Agents implements Disposable {
  readonly #transport: Transport;
  readonly #log: Log;
  readonly #onInvite: (request: IncomingRequestMessage) => Agent | undefined;
  readonly #byCallId = new Map<string, Set<Agent>>();
  readonly #loggers = new LoggerFactory();
  /** Answers what belongs to no call. */
  readonly #stray: UserAgentCore;

  /** `onInvite` opens an agent for a call that comes in, where it has read what Kamailio says of it. */
  constructor(transport: Transport, log: Log, onInvite: (request: IncomingRequestMessage) => Agent | undefined) {
    this.#transport = transport;
    this.#log = log;
    this.#onInvite = onInvite;
    this.#loggers.builtinEnabled = false;
    this.#stray = this.#createCore({ contact: parseUri("sip:gateway.invalid"), aor: parseUri("sip:gateway.invalid") });
  }

  open(callId: string, options: AgentOptions): Agent {
    const agent = new Agent(callId, this.#createCore(options), options.contact, (gone) => this.#forget(gone));
    const known = this.#byCallId.get(callId) ?? new Set();
    this.#byCallId.set(callId, known.add(agent));
    return agent;
  }

  /** A message from Kamailio. What cannot be read is dropped: Kamailio has refused it before. */
  receive(text: string): void {
    try {
      const message = Parser.parseMessage(text, this.#loggers.getLogger("parser"));
      if (!message) this.#log.debug("a SIP message that cannot be read was dropped");
      else if (message instanceof IncomingRequestMessage) this.#receiveRequest(message);
      else
        this.#among(message.callId, ({ core }) =>
          core.userAgentClients.has(message.viaBranch + message.method),
        )?.core.receiveIncomingResponseFromTransport(message);
    } catch (error) {
      this.#log.warn({ err: error }, "a SIP message could not be handled");
    }
  }

  [Symbol.dispose](): void {
    for (const agents of [...this.#byCallId.values()]) for (const agent of [...agents]) agent[Symbol.dispose]();
    this.#stray.dispose();
  }

  #receiveRequest(request: IncomingRequestMessage): void {
    const { callId, viaBranch, toTag, fromTag, method } = request;
    const within = this.#among(callId, ({ core }) => core.dialogs.has(callId + toTag + fromTag));
    const known = within ?? this.#among(callId, ({ core }) => core.userAgentServers.has(viaBranch));
    if (method === "UPDATE") {
      if (within?.onUpdate) within.onUpdate(request);
      else this.#stray.replyStateless(request, { statusCode: 481 });
    } else if (known) {
      known.core.receiveIncomingRequestFromTransport(request);
    } else if (method === "INVITE" && !toTag) {
      const agent = this.#onInvite(request);
      if (agent) agent.core.receiveIncomingRequestFromTransport(request);
      else this.#stray.replyStateless(request, { statusCode: 400 });
    } else if (method !== "ACK") {
      this.#stray.replyStateless(request, { statusCode: method === "OPTIONS" ? 200 : 481 });
    }
  }

  #among(callId: string, matches: (agent: Agent) => boolean): Agent | undefined {
    for (const agent of this.#byCallId.get(callId) ?? []) if (matches(agent)) return agent;
    return undefined;
  }

  #forget(agent: Agent): void {
    const known = this.#byCallId.get(agent.callId);
    known?.delete(agent);
    if (known?.size === 0) this.#byCallId.delete(agent.callId);
  }

  #createCore({ contact, aor, credentials }: AgentOptions): UserAgentCore {
    return new UserAgentCore({
      aor,
      contact: { uri: contact, pubGruu: undefined, tempGruu: undefined, toString: () => `<${contact}>` },
      displayName: "",
      loggerFactory: this.#loggers,
      hackViaTcp: false,
      routeSet: [],
      sipjsId: "",
      supportedOptionTags: ["timer"],
      supportedOptionTagsResponse: ["timer"],
      userAgentHeaderFieldValue: "Veche",
      viaForceRport: true,
      viaHost: "gateway.invalid",
      // Credentials has the shape of SIP.js's DigestAuthentication, whose private fields keep TypeScript from seeing that.
      authenticationFactory: () => credentials as never,
      transportAccessor: () => ({ protocol: "TCP", send: (message) => this.#transport.send(message) }),
    });
  }
}

/** Throws with `invalid-argument` where it is none. */
export function parseUri(text: string): URI {
  const uri = Grammar.URIParse(text);
  if (!uri) throw new VecheError("invalid-argument", `expected a SIP address, found ${JSON.stringify(text)}`);
  return uri;
}

export type UriParts = {
  readonly user: string;
  readonly host: string;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "tls";
  readonly parameters?: Readonly<Record<string, string>>;
};

/** An address of ours. */
export function makeUri({ user, host, port, transport, parameters = {} }: UriParts): URI {
  const literal = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return new URI("sip", user, literal, port, { ...(transport === "udp" ? {} : { transport }), ...parameters });
}

/** All headers of a message, with the first name it gave them. */
export function* headersOf(message: IncomingRequestMessage): Iterable<readonly [name: string, value: string]> {
  for (const [name, values] of Object.entries(message.headers)) {
    for (const { raw } of values) yield [name, raw];
  }
}

export function bodyOf(message: { readonly body: string }): string {
  return message.body ?? "";
}

type Bodied = { readonly body: string; getHeader(name: string): string | undefined };

/** The SDP of a message; "" where there is none. */
export function sdpOf(message: Bodied): string {
  return sdpIn(bodyOf(message), message.getHeader("content-type"));
}

/** Lower case, without parameters. */
export function contentTypeOf(message: { getHeader(name: string): string | undefined }): string {
  return mediaTypeOf(message.getHeader("content-type"));
}

export function sessionBody(sdp: string): { contentDisposition: string; contentType: string; content: string } {
  return { contentDisposition: "session", contentType: "application/sdp", content: sdp };
}

/** For what SIP.js sends without one. */
export const allowHeader = `Allow: ${allowedMethods.join(", ")}`;

// The list that SIP.js checks requests against and says in its answers is this array, which nothing else lets one set.
AllowedMethods.splice(0, AllowedMethods.length, ...allowedMethods);
