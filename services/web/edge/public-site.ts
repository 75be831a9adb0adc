import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Host } from "../domain/host.ts";
import { httpsAddress, type RedirectRules } from "../domain/redirect.ts";
import { type Route, resolveTarget } from "../domain/route.ts";
import type { WebMetrics } from "../metrics.ts";
import { type Refusal, refuse, refuseSocket } from "./answer.ts";
import type { BridgeUpstreams } from "./bridge-upstreams.ts";
import type { Content } from "./content.ts";
import { readVisit, type TrustedProxies, type Visit } from "./forwarded.ts";
import type { HttpProxy } from "./http-proxy.ts";
import type { Joins } from "./joins.ts";
import type { RoleUpstreams } from "./role-upstreams.ts";
import { handshakeProblem, type Tunnels } from "./tunnel.ts";
import type { UnitUpstream } from "./unit-upstream.ts";

export type SiteParts = {
  readonly content: Content;
  readonly proxy: HttpProxy;
  readonly tunnels: Tunnels;
  readonly xmpp: UnitUpstream;
  readonly focus: UnitUpstream;
  readonly bridges: BridgeUpstreams;
  readonly recorders: RoleUpstreams;
  /** Of telephones. */
  readonly gateways: RoleUpstreams;
  readonly proxies: TrustedProxies;
  readonly redirect: RedirectRules;
  readonly joins: Joins;
  readonly metrics: WebMetrics;
};

/** The one origin clients see, the same over http and https: decides whose job a request is. */
export class PublicSite {
  readonly #parts: SiteParts;

  constructor(parts: SiteParts) {
    this.#parts = parts;
  }

  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    const { content, proxy, xmpp, focus, recorders, gateways } = this.#parts;
    const checked = this.#check(request);
    this.#count(checked.route, response);
    // A request may be refused before its body was read; what is still coming is not kept.
    if (checked.refusal !== undefined) {
      request.resume();
      refuse(response, checked.refusal);
      return;
    }
    const { route, visit, host } = checked;
    if (request.method === "POST" && request.url === "/join") {
      void this.#parts.joins.serve(request, response, visit.address);
      return;
    }
    if (route.type === "xmpp" || route.type === "focus") {
      void proxy.forward(request, response, (route.type === "xmpp" ? xmpp : focus).current, route.target, visit);
      return;
    }
    if (route.type === "library" || route.type === "dial-in") {
      const upstream = route.type === "library" ? recorders.pick() : gateways.pick();
      if (upstream !== undefined) {
        void proxy.forward(request, response, upstream, route.target, visit);
        return;
      }
    }
    request.resume();
    if (route.type === "bridge-channel") refuse(response, upgradeNeeded);
    else if (route.type === "library") refuse(response, noRecorder);
    else if (route.type === "dial-in") refuse(response, noGateway);
    else content.serve(request, response, { route, isSecure: visit.isSecure, host });
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => {});
    const checked = this.#check(request);
    const problem = handshakeProblem(request);
    if (checked.refusal !== undefined) refuseSocket(socket, checked.refusal);
    else if (problem !== undefined) refuseSocket(socket, { ...badHandshake, message: problem });
    else void this.#openTunnel(request, socket, head, checked.route, checked.visit);
  }

  async #openTunnel(request: IncomingMessage, socket: Duplex, head: Buffer, route: Route, visit: Visit): Promise<void> {
    const { tunnels, xmpp, bridges } = this.#parts;
    if (route.type === "xmpp" && route.isWebSocket) {
      await tunnels.open(request, socket, head, { upstream: xmpp.current, target: route.target, visit });
    } else if (route.type === "bridge-channel") {
      const upstream = await bridges.find(route.bridge);
      if (socket.destroyed) return;
      if (upstream === undefined) refuseSocket(socket, bridges.isHeard ? unknownBridge : unheardBridge);
      else await tunnels.open(request, socket, head, { upstream, target: route.target, visit });
    } else refuseSocket(socket, notFound);
  }

  #check(request: IncomingMessage): Checked {
    const { proxies, redirect } = this.#parts;
    const target = request.url ?? "";
    const route = resolveTarget(target);
    const visit = readVisit(request, proxies);
    if (route.type === "refused") {
      const code = route.status === 404 ? "not-found" : "invalid-argument";
      return { route, refusal: { status: route.status, code, message: route.reason } };
    }
    const { host } = visit;
    if (host === undefined) return { route, refusal: badHost };
    const location = visit.isSecure ? undefined : httpsAddress(redirect, host, target, route);
    if (location === undefined) return { route, visit, host };
    // 307 keeps the method, and browsers don't remember it as they would a 301.
    const message = "expected https";
    return { route, refusal: { status: 307, code: "failed-precondition", message, headers: { location } } };
  }

  #count(route: Route, response: ServerResponse): void {
    response.once("close", () => {
      const status = response.headersSent ? `${Math.floor(response.statusCode / 100)}xx` : "aborted";
      this.#parts.metrics.requests.inc({ route: route.type, status });
    });
  }
}

type Checked =
  | { readonly route: Route; readonly refusal: Refusal }
  | { readonly route: Route; readonly refusal?: undefined; readonly visit: Visit; readonly host: Host };

const badHost: Refusal = {
  status: 400,
  code: "invalid-argument",
  message: "host: expected exactly one header with a host name",
};

const notFound: Refusal = { status: 404, code: "not-found", message: "no WebSocket at this address" };

const noRecorder: Refusal = {
  status: 503,
  code: "unavailable",
  message: "no recorder is running just now, and recordings are with them",
  headers: { "retry-after": "10" },
};

const noGateway: Refusal = {
  status: 503,
  code: "unavailable",
  message: "no telephone gateway is running just now",
  headers: { "retry-after": "10" },
};

const badHandshake = { status: 400, code: "invalid-argument" } as const;

const unknownBridge: Refusal = { status: 404, code: "not-found", message: "no such bridge" };

const unheardBridge: Refusal = {
  status: 503,
  code: "unavailable",
  message: "no such bridge is known, and the bus is away",
  headers: { "retry-after": "1" },
};

const upgradeNeeded: Refusal = {
  status: 426,
  code: "invalid-argument",
  message: "expected a WebSocket",
  headers: { upgrade: "websocket", connection: "Upgrade" },
};
