// RFC 6120, section 6: with nothing but an address, or with a name and a password.
import { childNamed, textOf, type XmlElement, xml } from "../xml/element.ts";
import { textFromBase64, toBase64 } from "./base64.ts";
import { type Incoming, nextNamed } from "./incoming.ts";
import { NS } from "./namespaces.ts";
import { type Credentials, preparePassword, Scram, type ScramHash } from "./scram.ts";
import type { Transport } from "./transport.ts";

/** The server refused the login itself: trying again would not help. */
export class SignInRefused extends Error {
  readonly condition: string;

  constructor(condition: string, text: string) {
    super(text || condition);
    this.name = "SignInRefused";
    this.condition = condition;
  }
}

/** In the order of our liking. */
const SCRAM: readonly (readonly [mechanism: string, hash: ScramHash])[] = [
  ["SCRAM-SHA-256", "SHA-256"],
  ["SCRAM-SHA-1", "SHA-1"],
];

export async function authenticate(
  transport: Transport,
  incoming: Incoming,
  offered: readonly string[],
  credentials: Credentials | undefined,
): Promise<void> {
  const isOffered = (mechanism: string) => offered.includes(mechanism);
  const begin = (mechanism: string, text?: string) => transport.send(sasl("auth", { mechanism }, text));
  if (!credentials) {
    if (!isOffered("ANONYMOUS")) throw new SignInRefused("not-authorized", "");
    begin("ANONYMOUS");
    await outcome(incoming);
    return;
  }
  // A page that is not secure has no cryptography, and there a password has to stay unsaid.
  const scram = globalThis.crypto.subtle ? SCRAM.find(([mechanism]) => isOffered(mechanism)) : undefined;
  if (scram) {
    const exchange = new Scram(scram[1], credentials);
    begin(scram[0], exchange.first());
    await answerChallenge(transport, incoming, exchange);
  } else if (isOffered("PLAIN") && transport.isSecure) {
    begin("PLAIN", `\u0000${credentials.name}\u0000${preparePassword(credentials.password)}`);
    await outcome(incoming);
  } else throw new SignInRefused("invalid-mechanism", "");
}

async function answerChallenge(transport: Transport, incoming: Incoming, exchange: Scram): Promise<void> {
  const challenge = await outcome(incoming, ["challenge"]);
  transport.send(sasl("response", {}, await exchange.answer(textFromBase64(textOf(challenge)))));
  const success = await outcome(incoming);
  if (!exchange.isProofOfServer(textFromBase64(textOf(success)))) throw new SignInRefused("server-unproven", "");
}

function sasl(name: string, attributes: Readonly<Record<string, string>>, text = ""): XmlElement {
  return xml(name, { xmlns: NS.sasl, ...attributes }, toBase64(text));
}

async function outcome(incoming: Incoming, names: readonly string[] = ["success"]): Promise<XmlElement> {
  const answer = await nextNamed(incoming, [...names, "failure"]);
  if (answer.name !== "failure") return answer;
  const condition = answer.children.find(
    (each): each is XmlElement => typeof each !== "string" && each.name !== "text",
  );
  throw new SignInRefused(condition?.name ?? "not-authorized", textOf(childNamed(answer, "text")));
}
