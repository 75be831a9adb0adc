/** Tells Kamailio every second that the gateway lives, who trunks are just now, and sees that Kamailio lives. */
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { type Agent, type Agents, makeUri, parseUri } from "./agents.ts";
import { limits } from "./limits.ts";
import { makeCallId } from "./outgoing.ts";

const beatMs = 1_000;

/** No request has that source. */
const nobody = "255.255.255.255";

export type HeartbeatListener = {
  /** It has answered the first one. */
  readonly alive: () => void;
  /** It answers no more. */
  readonly silent: () => void;
  /** It had to take us for dead, and has hung up our phones. */
  readonly disowned: () => void;
};

export class Heartbeat implements Disposable {
  readonly #agent: Agent;
  readonly #instance = makeCallId();
  readonly #trunkAddresses: () => readonly (readonly string[])[];
  readonly #listener: HeartbeatListener;
  readonly #timer: Timer;
  #cseq = 0;
  #unanswered = 0;
  #isAlive = false;

  /** One for each connection. */
  constructor(
    agents: Agents,
    clock: Clock,
    trunkAddresses: () => readonly (readonly string[])[],
    listener: HeartbeatListener,
  ) {
    const self = makeUri({ user: "veche-link", host: "gateway.invalid", port: 5060, transport: "tcp" });
    this.#agent = agents.open(makeCallId(), { contact: self, aor: self });
    this.#trunkAddresses = trunkAddresses;
    this.#listener = listener;
    this.#timer = clock.every(beatMs, () => this.#beat());
    this.#beat();
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
    this.#agent[Symbol.dispose]();
  }

  #beat(): void {
    if (this.#unanswered >= limits.silentBeats) {
      this.#unanswered = 0;
      this.#listener.silent();
      return;
    }
    this.#unanswered += 1;
    this.#cseq += 1;
    const { core, callId, contact } = this.#agent;
    const uri = parseUri("sip:veche-link@gateway.invalid");
    const trunks = this.#trunkAddresses().map(
      (addresses, index) => `Veche-Trunk-${index}: ${addresses.join(",") || nobody}`,
    );
    const message = core.makeOutgoingRequestMessage("OPTIONS", uri, uri, uri, { callId, cseq: this.#cseq }, [
      contact,
      `Veche-Instance: ${this.#instance}`,
      ...trunks,
    ]);
    core.request(message, {
      onAccept: () => this.#answered(),
      onReject: (answer) => answer.message.statusCode === 410 && this.#listener.disowned(),
    });
  }

  #answered(): void {
    this.#unanswered = 0;
    if (this.#isAlive) return;
    this.#isAlive = true;
    this.#listener.alive();
  }
}
