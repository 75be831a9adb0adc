import type { Bus } from "@veche/kit/bus.ts";
import {
  createHttpServer,
  type FastifyInstance,
  listenPrivately,
  mountOperations,
  type PrivateHttp,
} from "@veche/kit/http.ts";
import type { LiveSettingsWatch } from "@veche/kit/live-settings.ts";
import type { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import type { Context } from "@veche/kit/run.ts";
import type { Conferences } from "../conference/conferences.ts";
import type { Config } from "../config.ts";
import type { FocusMetrics } from "../metrics.ts";
import type { BridgeDirectory } from "./bridge-directory.ts";
import type { BridgePins } from "./bridge-pins.ts";
import { mountPins } from "./bridge-pins-http.ts";
import type { ConferenceRequests } from "./conference-request.ts";
import { mountConferenceRequest } from "./conference-request-http.ts";
import { mountDebug } from "./debug.ts";
import type { GatewayDirectory } from "./gateway-directory.ts";
import { mountMoveEndpoints } from "./move-endpoints.ts";
import type { RecordingDirectory } from "./recording-directory.ts";
import type { Signalling } from "./signalling-host.ts";
import { mountStats } from "./stats.ts";

export type HttpGiven = {
  readonly context: Context<Config>;
  readonly bus: Bus;
  readonly conferences: Conferences;
  readonly conferenceRequests: ConferenceRequests;
  readonly directory: BridgeDirectory;
  readonly pins: BridgePins;
  readonly recordings: RecordingDirectory;
  readonly gateways: GatewayDirectory;
  readonly metrics: FocusMetrics;
  readonly signalling: Signalling;
  readonly tls: PrivateTls | undefined;
  readonly settings: LiveSettingsWatch;
  /** Rejects while another focus serves the unit. */
  readonly recovered: () => Promise<void>;
};

/** The focus's HTTP: health as Jicofo answers it, statistics, debug, and conference requests. */
export async function listenHttp(given: HttpGiven): Promise<PrivateHttp> {
  const { config, log } = given.context;
  const app = createHttpServer({ log });
  mountHealth(app, given);
  mountStats(app, given);
  mountOperations(app, given.context);
  mountDebug(app, given);
  mountConferenceRequest(app, given);
  mountPins(app, given.pins, () => given.conferences.tellAll({ type: "rules-changed" }));
  mountMoveEndpoints(app, given.conferences);
  const address = { host: config.JICOFO_ADDRESS, port: config.JICOFO_PORT };
  return listenPrivately(app, address, "JICOFO_PORT", { tls: given.tls, callers: ["web"] });
}

type HealthState = { readonly status: number; readonly body: string };

function mountHealth(app: FastifyInstance, { bus, directory, signalling }: HttpGiven): void {
  app.get<{ Querystring: { detail?: string } }>("/about/health", (request, reply) => {
    const { status, body } = healthOf(bus, directory);
    signalling.check();
    const warnings = signalling.warnings();
    if (warnings.length > 0) reply.header("x-veche-warning", encodeURI(warnings.join("; ")));
    if (request.query.detail === undefined) return reply.code(status).type("text/plain; charset=utf-8").send(body);
    return reply.code(status).send({
      status: body,
      warnings,
      xmppRoundTripMs: signalling.roundTripMs ?? null,
      bridges: { total: directory.total, operational: directory.operational },
    });
  });
}

function healthOf(bus: Bus, directory: BridgeDirectory): HealthState {
  if (!bus.isConnected) return { status: 503, body: "NATS is out of reach" };
  if (directory.operational > 0) return { status: 200, body: "OK" };
  return { status: 500, body: `No operational bridges available (total bridge count: ${directory.total})` };
}
