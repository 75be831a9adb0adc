import { childNamed, childrenNamed, textOf, type XmlElement, xml } from "../xml/element.ts";
import { type Incoming, nextNamed } from "./incoming.ts";
import { NS } from "./namespaces.ts";
import { authenticate } from "./sasl.ts";
import type { Credentials } from "./scram.ts";
import { iq, StanzaError } from "./stanza.ts";
import type { StreamManagement } from "./stream-management.ts";
import type { Transport } from "./transport.ts";

export type SignedIn =
  | { readonly how: "resumed"; readonly resend: readonly XmlElement[] }
  | { readonly how: "bound"; readonly jid: string };

/** From a fresh link to a stream that carries stanzas: takes up the old session where possible, or begins a new one. */
export async function signIn(
  transport: Transport,
  incoming: Incoming,
  management: StreamManagement,
  credentials?: Credentials,
): Promise<SignedIn> {
  const offered = await featuresFrom(incoming);
  const mechanisms = childrenNamed(childNamed(offered, "mechanisms", NS.sasl), "mechanism").map(textOf);
  await authenticate(transport, incoming, mechanisms, credentials);
  transport.restart();
  const features = await featuresFrom(incoming);

  if (transport.canResume && management.resumable) {
    transport.send(management.resume());
    const answer = await nextNamed(incoming, ["resumed", "failed"]);
    if (answer.name === "resumed") return { how: "resumed", resend: management.resumed(Number(answer.attrs.h)) };
  }
  management.disable();
  const jid = await bind(transport, incoming, features);
  if (transport.canResume && childNamed(features, "sm", NS.streamManagement))
    await enable(transport, incoming, management);
  return { how: "bound", jid };
}

async function featuresFrom(incoming: Incoming): Promise<XmlElement> {
  return nextNamed(incoming, ["features"]);
}

async function bind(transport: Transport, incoming: Incoming, features: XmlElement): Promise<string> {
  transport.send(iq("set", undefined, "_bind_auth_2", xml("bind", { xmlns: NS.bind })));
  const bound = await nextIq(incoming, "_bind_auth_2");
  const session = childNamed(features, "session", NS.session);
  if (session && !childNamed(session, "optional")) {
    transport.send(iq("set", undefined, "_session_auth_2", xml("session", { xmlns: NS.session })));
    await nextIq(incoming, "_session_auth_2");
  }
  return textOf(childNamed(childNamed(bound, "bind"), "jid")).trim();
}

async function enable(transport: Transport, incoming: Incoming, management: StreamManagement): Promise<void> {
  management.enable();
  transport.send(xml("enable", { xmlns: NS.streamManagement, resume: "true" }));
  const answer = await nextNamed(incoming, ["enabled", "failed"]);
  if (answer.name === "failed") return management.disable();
  if (answer.attrs.resume === "true" || answer.attrs.resume === "1") management.id = answer.attrs.id;
}

async function nextIq(incoming: Incoming, id: string): Promise<XmlElement> {
  for (;;) {
    const element = await incoming.next();
    if (element.name !== "iq" || element.attrs.id !== id) continue;
    if (element.attrs.type === "error") throw new StanzaError(element);
    return element;
  }
}
