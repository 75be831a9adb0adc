/** XEP-0215 1.0, https://xmpp.org/extensions/xep-0215.html: STUN and TURN servers. */
import type { ExternalService } from "../domain/external-services.ts";
import { optionalInteger, optionalText, type Read, reading, requiredText, unreadable } from "./reading.ts";
import { childOf, type Element, el } from "./xml/element.ts";

export type WantedService = {
  readonly type: string;
  readonly host: string;
  /** 0: any. */
  readonly port: number;
};

/** Services of one type, or of all: "" where it does not say. */
export function readServicesRequest(services: Element): Read<string> {
  return reading(() => optionalText(services, "type", 64));
}

export function readCredentialsRequest(credentials: Element): Read<WantedService> {
  return reading(() => {
    const service = childOf(credentials, "service");
    if (!service) return unreadable("expected <service> in <credentials>");
    return {
      type: requiredText(service, "type", 64),
      host: optionalText(service, "host", 255),
      port: optionalInteger(service, "port", 0, 65_535, 0),
    };
  });
}

/** The answer to a question for services, or for the credentials of some. */
export function writeServices(
  name: "services" | "credentials",
  namespace: string,
  services: readonly ExternalService[],
): Element {
  return el(
    name,
    { xmlns: namespace },
    services.map((service) => el("service", { xmlns: namespace, ...attributesOf(service) })),
  );
}

/** As room metadata has it: COMPAT, lib-jitsi-meet reads it there. */
export function writeServicesJson(services: readonly ExternalService[]): readonly object[] {
  return services.map(attributesOf);
}

function attributesOf({ type, host, port, transport, credentials }: ExternalService) {
  const place = { type, host, port, transport };
  if (!credentials) return place;
  const { username, password, expiresMs } = credentials;
  const expires = expiresMs === 0 ? {} : { expires: new Date(expiresMs).toISOString() };
  return { ...place, username, password, ...expires, restricted: "1" };
}
