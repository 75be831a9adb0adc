import { VecheError } from "@veche/kit/errors.ts";
import {
  createHttpServer,
  type FastifyInstance,
  listenPrivately,
  mountOperations,
  type PrivateHttp,
} from "@veche/kit/http.ts";
import type { Context } from "@veche/kit/run.ts";
import type { Bridge } from "../conference/bridge.ts";
import type { Conference } from "../conference/conference.ts";
import { debugConference, debugEndpoint } from "../conference/snapshot.ts";
import type { Config } from "../config.ts";
import type { Heartbeats } from "./heartbeats.ts";
import type { MediaEngine } from "./media-engine.ts";
import type { StatsReport } from "./stats.ts";
import type { Warnings } from "./warnings.ts";

type Surroundings = {
  readonly context: Context<Config>;
  readonly bridge: Bridge;
  readonly engine: MediaEngine;
  readonly heartbeats: Heartbeats;
  readonly warnings: Pick<Warnings, "texts">;
  readonly report: () => StatsReport;
};

/** The private HTTP of the bridge: who may reach it may see and drain everything. */
export async function openHttp(around: Surroundings): Promise<PrivateHttp> {
  const { context } = around;
  const app = createHttpServer({ log: context.log });
  mountOperations(app, context);
  mountHealth(app, around);
  mountStats(app, around);
  for (const prefix of ["/debug", "/colibri/debug"]) mountDebug(app, prefix, around);
  mountDrain(app, around);
  const { COLIBRI_REST_ADDRESS: host, COLIBRI_REST_PORT: port } = context.config;
  return listenPrivately(app, { host, port }, "COLIBRI_REST_PORT");
}

function mountHealth(app: FastifyInstance, { context, engine, warnings }: Surroundings): void {
  app.get<{ Querystring: { detail?: string } }>("/about/health", ({ query }, reply) => {
    const problems = [...context.health.problems].map(([part, problem]) => `${part}: ${problem}`);
    if (engine.problem) problems.push(engine.problem);
    if (warnings.texts.length > 0) void reply.header("x-veche-warnings", String(warnings.texts.length));
    const detail = { problems, warnings: warnings.texts, addresses: engine.addresses() };
    if (query.detail !== undefined) return reply.code(problems.length === 0 ? 200 : 500).send(detail);
    if (problems.length === 0) return reply.code(200).send();
    return reply.code(500).send({ code: "unavailable", message: problems.join("; ") });
  });
}

function mountStats(app: FastifyInstance, { report }: Surroundings): void {
  for (const path of ["/colibri/stats", "/stats"]) app.get(path, () => report());
}

function mountDebug(app: FastifyInstance, prefix: string, { bridge, context, engine, warnings }: Surroundings): void {
  app.get(prefix, () => ({
    health: engine.problem ?? "",
    bridge: {
      instance: context.instance,
      drain: bridge.isDraining,
      stress: bridge.stress,
      addresses: engine.addresses(),
      warnings: warnings.texts,
    },
    conferences: Object.fromEntries([...bridge.conferences].map(([id, conference]) => [id, summarise(conference)])),
  }));
  app.get<{ Params: { conference: string } }>(`${prefix}/:conference`, ({ params }) =>
    debugConference(bridge.find(params.conference)),
  );
  app.get<{ Params: { conference: string; endpoint: string } }>(`${prefix}/:conference/:endpoint`, ({ params }) => {
    const endpoint = bridge.find(params.conference).endpoints.get(params.endpoint);
    if (!endpoint) throw new VecheError("not-found", `endpoint ${params.endpoint}: expected it here, found none`);
    return debugEndpoint(endpoint);
  });
}

function summarise({ room, endpoints, speakers }: Conference) {
  return { name: room, endpoints: [...endpoints.keys()], dominantSpeaker: speakers.dominant ?? null };
}

function mountDrain(app: FastifyInstance, { bridge, heartbeats, context }: Surroundings): void {
  const set = (isDraining: boolean) => {
    bridge.isDraining = isDraining;
    context.log.info({ drain: isDraining }, "drain changed");
    heartbeats.beat();
    return { drain: isDraining };
  };
  app.get("/colibri/drain", () => ({ drain: bridge.isDraining }));
  app.post("/colibri/drain/enable", () => set(true));
  app.post("/colibri/drain/disable", () => set(false));
}
