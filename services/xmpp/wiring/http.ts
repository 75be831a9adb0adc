import { personId } from "@veche/proto/ids.ts";
import { Api } from "../admin/api.ts";
import { checkPasswordsOf } from "../admin/check-password.ts";
import { TrustedProxies } from "../edge/forwarded.ts";
import { Gate } from "../edge/gate.ts";
import { HttpEdge } from "../edge/http.ts";
import { AllowedOrigins } from "../edge/origins.ts";
import { describeServer } from "../rooms/describe.ts";
import type { Parts } from "./life.ts";

/** The one listener: streams, the API, health, figures. */
export function buildHttp(parts: Parts): { readonly http: HttpEdge; readonly connections: Gate } {
  const { bosh, clock, config, context, domains, events, gate, limits, rooms, sessions, tcp, webSocket } = parts;
  const proxies = new TrustedProxies(config.XMPP_TRUSTED_PROXIES, config.XMPP_DOMAIN);
  const connections = new Gate(clock, { admission: limits.admission, signInMs: limits.http.headerMs });
  const api = new Api({
    ...parts,
    instance: context.instance,
    token: config.XMPP_ADMIN_TOKEN,
    checkPassword: checkPasswordsOf(parts.passwords, domains.main),
    personOf: (name) => personId(`${name}@${domains.main}`),
    addressOf: (request) => proxies.clientOf(request).address,
    status: () => ({
      version: context.version,
      accounts: parts.accounts.size,
      sessions: sessions.size,
      rooms: rooms.size,
      occupants: rooms.occupants,
    }),
  });
  const http = new HttpEdge({
    api: api.receive.bind(api),
    bosh,
    webSocket,
    proxies,
    origins: new AllowedOrigins(config.XMPP_CROSS_DOMAIN),
    connections,
    tls: parts.tls,
    limits: limits.http,
    tokenLength: limits.tokens.length,
    health: context.health,
    metrics: context.metrics,
    debug: () => ({
      isSureOfDuty: parts.duty.isSure,
      unauthenticated: gate.unauthenticated,
      bosh: bosh.describe(),
      connections: { webSocket: webSocket.size, tcp: tcp?.size ?? 0 },
      ...describeServer(rooms, sessions, parts.writeBehind, events),
    }),
  });
  return { http, connections };
}
