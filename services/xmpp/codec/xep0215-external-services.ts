/** XEP-0215 1.0, https://xmpp.org/extensions/xep-0215.html: STUN and TURN servers. */
import { type Element, el } from "./xml/element.ts";

export type ExternalService = {
  readonly type: "stun" | "turn" | "turns";
  readonly host: string;
  readonly port: number;
  readonly transport: "udp" | "tcp";
};

export function writeServices(namespace: string, services: readonly ExternalService[]): Element {
  return el(
    "services",
    { xmlns: namespace },
    services.map(({ type, host, port, transport }) => el("service", { type, host, port, transport })),
  );
}
