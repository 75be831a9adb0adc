/**
 * Whether a connection over TLS goes to who is wanted. Kamailio sees to it that an authority we trust has signed the other
 * side's certificate, and compares no names: that is done here. An OPTIONS without credentials opens the connection; its answer
 * brings the certificate and Kamailio's number of the connection. What follows bears that number, and Kamailio sends it by that
 * connection or not at all.
 */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { Log } from "@veche/kit/log.ts";
import type { IncomingResponseMessage, URI } from "sip.js/lib/core/index.js";
import type { Trunk } from "../signalling.ts";
import type { Server } from "../trunk-addresses.ts";
import { literal, nextHop as nextAddress } from "../way-out.ts";
import { type Agent, type Agents, makeUri, parseUri } from "./agents.ts";
import { makeCallId } from "./outgoing.ts";

/** Said to Kamailio, which knows connections by address and port. */
const tlsPort = 5061;

/** Headers for what is sent there, or the status of an answer that was none. */
export type Proof =
  | { readonly ok: true; readonly headers: readonly string[] }
  | { readonly ok: false; readonly status: number };

export class Proofs {
  readonly #agents: Agents;
  readonly #log: Log;

  constructor(agents: Agents, log: Log) {
    this.#agents = agents;
    this.#log = log;
  }

  /** Undefined: over UDP and TCP there is nothing to prove. */
  of(trunk: Trunk, server: Server, contact: URI): Promise<Proof> | undefined {
    return trunk.transport === "tls" ? this.#prove(trunk, server, contact) : undefined;
  }

  async #prove(trunk: Trunk, server: Server, contact: URI): Promise<Proof> {
    const answer = await this.#options(contact, literal(trunk.server), [
      ...nextHop(trunk, server),
      "Veche-Proof: asked",
    ]);
    const [connection = "", certificate = ""] = answer.getHeader("veche-certificate")?.split(" ", 2) ?? [];
    // Nobody answered.
    if (!/^\d+$/.test(connection)) return { ok: false, status: answer.statusCode ?? 500 };
    const names = namesIn(certificate);
    if (names?.has(trunk.server)) return { ok: true, headers: [`Veche-Proof: ${connection}`] };
    this.#log.error(
      { trunk: trunk.name, server: trunk.server, names: names?.all },
      "the certificate of a trunk does not name its server: it gets neither registrations nor calls",
    );
    await this.#options(contact, "gateway.invalid", [`Veche-Close: ${connection}`]);
    return { ok: false, status: 503 };
  }

  async #options(contact: URI, host: string, headers: readonly string[]): Promise<IncomingResponseMessage> {
    using agent = this.#agents.open(makeCallId(), { contact, aor: contact });
    return await ask(agent, parseUri(`sip:${host}`), headers);
  }
}

function ask({ core, contact, callId }: Agent, uri: URI, headers: readonly string[]): Promise<IncomingResponseMessage> {
  const given = { callId, cseq: 1 };
  const self = makeUri({ user: "veche", host: "gateway.invalid", port: 5060, transport: "tcp" });
  const message = core.makeOutgoingRequestMessage("OPTIONS", uri, self, uri, given, [contact, ...headers]);
  return new Promise((resolve) => {
    const told = ({ message: answer }: { message: IncomingResponseMessage }) => resolve(answer);
    core.request(message, { onAccept: told, onReject: told, onRedirect: told });
  });
}

type Names = { readonly all: string; has(server: string): boolean };

/** `certificate`: PEM, encoded as in a URL, as Kamailio gives it. Undefined: it gave none. */
export function namesIn(certificate: string): Names | undefined {
  try {
    const read = new X509Certificate(decodeURIComponent(certificate.replaceAll("+", " ")));
    return {
      all: read.subjectAltName ?? read.subject,
      has: (server) => (isIP(server) === 0 ? read.checkHost(server) : read.checkIP(server)) !== undefined,
    };
  } catch {
    return undefined;
  }
}

/** Tells Kamailio where to send what we ask of a trunk, and what TLS is to ask for there. */
export function nextHop(trunk: Trunk, server: Server): readonly string[] {
  const isDefault = trunk.transport === "tls" && server.port === 0;
  const next = `Veche-Next: ${nextAddress(trunk, isDefault ? { ...server, port: tlsPort } : server)}`;
  return isIP(trunk.server) === 0 ? [next, `Veche-Server: ${trunk.server}`] : [next];
}
