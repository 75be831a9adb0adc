import { readComponents, readIceServers } from "../../protocol/conference/server-offers.ts";
import { xml } from "../../protocol/xml/element.ts";
import type { XmppConnection } from "../../protocol/xmpp/connection.ts";
import { NS } from "../../protocol/xmpp/namespaces.ts";
import type { AppConfig } from "../config.ts";

const ICE_SERVERS_PATIENCE_MS = 1000;

/** What the server has to offer; learnt beside the join, which does not wait for it. */
export class ServerOffers {
  iceServers: Promise<readonly RTCIceServer[]> = Promise.resolve([]);
  #components: ReadonlyMap<string, string> = new Map();

  component(type: string): string | undefined {
    return this.#components.get(type);
  }

  learn(connection: XmppConnection, { domain, useTurnUdp }: AppConfig): void {
    connection.request("get", domain, xml("query", { xmlns: NS.discoInfo })).then(
      (answer) => {
        this.#components = readComponents(answer);
      },
      () => {},
    );
    const services = connection.request("get", domain, xml("services", { xmlns: NS.extdisco }));
    this.iceServers = Promise.race([
      services.then((answer) => readIceServers(answer, useTurnUdp)).catch(() => []),
      new Promise<[]>((resolve) => setTimeout(() => resolve([]), ICE_SERVERS_PATIENCE_MS)),
    ]);
  }
}
