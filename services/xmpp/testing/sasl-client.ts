import { randomBytes } from "node:crypto";
import { ns } from "../codec/namespaces.ts";
import type { Element } from "../codec/xml/element.ts";
import { clientProof, type ScramMechanism } from "../domain/scram.ts";
import type { ScriptedClient } from "./scripted-client.ts";

export type SaslMechanism = ScramMechanism | "PLAIN";

type Credentials = { readonly name: string; readonly password: string; readonly mechanism: SaslMechanism };

const encode = (text: string | Uint8Array) => Buffer.from(text).toString("base64");

/** The client's side of SASL with a password; what the server says last. */
export async function signInWithPassword(client: ScriptedClient, credentials: Credentials): Promise<Element> {
  const { name, password, mechanism } = credentials;
  const auth = (data: string) =>
    client.send(`<auth xmlns="${ns.sasl}" mechanism="${mechanism}">${encode(data)}</auth>`);
  if (mechanism === "PLAIN") {
    auth(`\0${name}\0${password}`);
    return answerTo(client);
  }
  const bare = `n=${name.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${randomBytes(12).toString("base64url")}`;
  auth(`n,,${bare}`);
  const challenge = await answerTo(client);
  if (challenge.name !== "challenge") return challenge;
  const serverFirst = textOf(challenge);
  client.send(`<response xmlns="${ns.sasl}">${encode(await finalMessage(credentials, bare, serverFirst))}</response>`);
  return answerTo(client);
}

/** What a client says to the server's challenge. */
export async function finalMessage(
  { password, mechanism }: Pick<Credentials, "password" | "mechanism">,
  clientFirstBare: string,
  serverFirst: string,
): Promise<string> {
  if (mechanism === "PLAIN") throw new TypeError("PLAIN has no challenge");
  const { nonce, salt, iterations } = readServerFirst(serverFirst);
  const withoutProof = `c=biws,r=${nonce}`;
  const authMessage = `${clientFirstBare},${serverFirst},${withoutProof}`;
  return `${withoutProof},p=${encode(await clientProof(mechanism, password, { salt, iterations, authMessage }))}`;
}

export function readServerFirst(message: string) {
  const [, nonce = "", salt = "", iterations = ""] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(message) ?? [];
  return { nonce, salt: new Uint8Array(Buffer.from(salt, "base64")), iterations: Number(iterations) };
}

export function textOf(element: Element): string {
  return Buffer.from(element.getText(), "base64").toString("utf8");
}

function answerTo(client: ScriptedClient): Promise<Element> {
  return client.next(({ name }) => ["challenge", "success", "failure", "error", "socket-closed"].includes(name));
}
