import { childNamed, childrenNamed, type XmlElement } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";

/** The addresses of the server's components, by type, from the domain's disco#info. */
export function readComponents(answer: XmlElement): ReadonlyMap<string, string> {
  const identities = childrenNamed(childNamed(answer, "query", NS.discoInfo), "identity");
  const components = identities.filter(({ attrs }) => attrs.category === "component" && attrs.type && attrs.name);
  return new Map(components.map(({ attrs }) => [attrs.type ?? "", attrs.name ?? ""]));
}

interface IceServer {
  readonly urls: string;
  readonly username?: string;
  readonly credential?: string;
}

/** Relays for reaching the bridge: only those over TCP help where UDP does not pass (unless told otherwise). */
export function readIceServers(answer: XmlElement, useTurnUdp: boolean): readonly IceServer[] {
  return childrenNamed(childNamed(answer, "services", NS.extdisco), "service")
    .map(({ attrs }) => attrs)
    .filter(({ type, transport }) => (type === "turn" || type === "turns") && (useTurnUdp || transport === "tcp"))
    .map(({ type, host = "", port, transport, username, password }) => ({
      urls: `${type}:${host}${port ? `:${port}` : ""}${transport ? `?transport=${transport}` : ""}`,
      ...(username ? { username, credential: password ?? "" } : {}),
    }));
}
