/** One trunk: registered where it wants that, asked now and then whether it is there. */
import { isIP } from "node:net";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { IncomingResponseMessage, type URI } from "sip.js/lib/core/index.js";
import { Credentials } from "../digest.ts";
import type { Registration, Trunk } from "../signalling.ts";
import type { Server } from "../trunk-addresses.ts";
import { type Agent, type Agents, parseUri } from "./agents.ts";
import { makeCallId } from "./outgoing.ts";

/** Times in seconds. Wrong passwords are not tried often: registrars lock out who does. */
const times = {
  expires: 600,
  optionsEvery: 30,
  unreachableFirst: 2,
  unreachableMost: 60,
  refusedFirst: 60,
  refusedMost: 1_800,
} as const;

export type TrunkLineOptions = {
  readonly agents: Agents;
  readonly clock: Clock;
  readonly trunk: Trunk;
  /** What is registered, and what OPTIONS bear. */
  readonly contact: URI;
  /** Where it is just now. */
  readonly servers: () => readonly Server[];
  readonly onChange: (registration: Registration) => void;
};

export class TrunkLine implements AsyncDisposable {
  /** For its calls, too. */
  readonly credentials: Credentials | undefined;
  readonly #options: TrunkLineOptions;
  readonly #agent: Agent;
  readonly #tag = makeCallId().slice(0, 10);
  #state: Registration["state"];
  #status = 0;
  #cseq = 0;
  #attempts = 0;
  /** Of the servers, counted on past each that did not answer. */
  #choice = 0;
  #wishedS: number = times.expires;
  #next: Timer | undefined;
  #asking: Timer | undefined;
  /** Answers to what was said before are none to what was said since. */
  #turn = 0;

  constructor(options: TrunkLineOptions) {
    const { agents, trunk, contact } = options;
    const { account } = trunk;
    this.#options = options;
    this.#state = trunk.registers ? "trying" : "none";
    this.credentials = account && new Credentials(account.user, account.password);
    this.#agent = agents.open(makeCallId(), { contact, aor: contact, credentials: this.credentials });
  }

  get registration(): Registration {
    return { trunk: this.#options.trunk.name, state: this.#state, status: this.#status };
  }

  get server(): Server | undefined {
    const servers = this.#options.servers();
    return servers[this.#choice % servers.length];
  }

  /** Kamailio is there (again). */
  start(): void {
    this.stop();
    this.#attempts = 0;
    if (this.#options.trunk.registers) this.#register();
    this.#asking = this.#options.clock.every(times.optionsEvery * 1000, () => this.#ask());
    if (!this.#options.trunk.registers) this.#ask();
  }

  /** Kamailio is away. */
  stop(): void {
    this.#turn += 1;
    this.#next?.cancel();
    this.#asking?.cancel();
    if (this.#options.trunk.registers) this.#set("trying", this.#status);
  }

  /** Takes the registration back; resolves when that is done, or has taken too long. */
  async [Symbol.asyncDispose](): Promise<void> {
    const wasRegistered = this.#state === "registered";
    this.#turn += 1;
    this.#next?.cancel();
    this.#asking?.cancel();
    if (wasRegistered) {
      await new Promise<void>((resolve) => {
        const timer = this.#options.clock.after(1_000, resolve);
        this.#send("REGISTER", 0, () => {
          timer.cancel();
          resolve();
        });
      });
    }
    this.#agent[Symbol.dispose]();
  }

  #register(): void {
    if (this.#state !== "registered") this.#set("trying", this.#status);
    const turn = this.#turn;
    this.#send("REGISTER", this.#wishedS, (answer) => {
      if (turn === this.#turn) this.#registered(answer);
    });
  }

  #registered(answer: IncomingResponseMessage): void {
    const status = answer.statusCode ?? 500;
    if (status >= 200 && status < 300) {
      this.#attempts = 0;
      this.#set("registered", status);
      this.#again(Math.max(1, grantedS(answer, this.#wishedS, this.#options.contact) * 0.8));
      return;
    }
    const minS = Number(status === 423 ? answer.getHeader("min-expires") : undefined);
    if (minS > this.#wishedS && minS <= 86_400) {
      this.#wishedS = minS;
      this.#register();
      return;
    }
    this.#attempts += 1;
    const isAway = status === 408 || status === 430 || (status >= 477 && status <= 480) || status >= 500;
    if (isAway) this.#choice += 1;
    this.#set(isAway ? "unreachable" : "refused", status);
    const [first, most] = isAway
      ? [times.unreachableFirst, times.unreachableMost]
      : [times.refusedFirst, times.refusedMost];
    const waitS = Math.min(most, first * 2 ** Math.min(this.#attempts - 1, 16));
    const askedS = Math.min(Number(answer.getHeader("retry-after")?.match(/^\d+/)?.[0] ?? 0), times.refusedMost);
    this.#again(Math.max(waitS, askedS) * (0.9 + Math.random() * 0.2));
  }

  /** OPTIONS keeps the way open, and shows a registrar that went away long before the registration ends. */
  #ask(): void {
    const turn = this.#turn;
    this.#send("OPTIONS", undefined, (answer) => {
      if (turn !== this.#turn) return;
      const status = answer.statusCode ?? 500;
      const isAway = status === 408 || status >= 500;
      if (!this.#options.trunk.registers) {
        if (isAway) this.#choice += 1;
        this.#set("none", status);
      } else if (this.#state === "registered" && isAway) {
        this.#next?.cancel();
        this.#register();
      }
    });
  }

  #send(
    method: "REGISTER" | "OPTIONS",
    expiresS: number | undefined,
    answered: (answer: IncomingResponseMessage) => void,
  ): void {
    const { trunk } = this.#options;
    const { account } = trunk;
    const { server } = this;
    if (!server) {
      const unknown = new IncomingResponseMessage();
      unknown.statusCode = 503;
      answered(unknown);
      return;
    }
    const domain = account?.domain ?? trunk.server;
    const self = parseUri(account ? `sip:${encodeURIComponent(account.user)}@${domain}` : `sip:veche@${domain}`);
    const { core, contact } = this.#agent;
    this.#cseq += 1;
    const isRegister = method === "REGISTER";
    const message = core.makeOutgoingRequestMessage(
      method,
      parseUri(`sip:${domain}`),
      self,
      isRegister ? self : parseUri(`sip:${domain}`),
      {
        callId: this.#agent.callId,
        cseq: this.#cseq,
        fromTag: this.#tag,
      },
      [contact, ...nextHop(trunk, server), ...(isRegister ? [`Expires: ${expiresS}`] : ["Accept: application/sdp"])],
    );
    const told = ({ message: answer }: { message: IncomingResponseMessage }) => {
      // A challenge is answered with a CSeq of its own.
      this.#cseq = Math.max(this.#cseq, message.cseq);
      answered(answer);
    };
    core.request(message, { onAccept: told, onReject: told, onRedirect: told });
  }

  #again(seconds: number): void {
    this.#next?.cancel();
    this.#next = this.#options.clock.after(seconds * 1000, () => this.#register());
  }

  #set(state: Registration["state"], status: number): void {
    if (state === this.#state && status === this.#status) return;
    this.#state = state;
    this.#status = status;
    this.#options.onChange(this.registration);
  }
}

/** Tells Kamailio where to send what we ask of a trunk, and what TLS is to ask for there. */
export function nextHop({ server: name, transport }: Trunk, { address, port }: Server): readonly string[] {
  const host = address.includes(":") ? `[${address}]` : address;
  const next = `Veche-Next: sip:${host}${port === 0 ? "" : `:${port}`};transport=${transport}`;
  return isIP(name) === 0 ? [next, `Veche-Server: ${name}`] : [next];
}

/** Of our own contact among those that the registrar lists; else of the answer as a whole. */
function grantedS(answer: IncomingResponseMessage, wishedS: number, contact: URI): number {
  for (let index = 0; index < answer.getHeaders("contact").length; index++) {
    const listed = answer.parseHeader("contact", index) as
      | { uri: URI; getParam(name: string): string | undefined | null }
      | undefined;
    const isOurs =
      listed?.uri.user === contact.user && listed?.uri.host === contact.host && listed?.uri.port === contact.port;
    const expires = Number(listed?.getParam("expires") ?? Number.NaN);
    if (isOurs && expires > 0) return expires;
  }
  const expires = Number(answer.getHeader("expires") ?? Number.NaN);
  return expires > 0 ? expires : wishedS;
}
