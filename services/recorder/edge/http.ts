/** Private HTTP: who may reach it may start and stop, and read whatever the library lets him. */
import {
  createHttpServer,
  type FastifyInstance,
  listenPrivately,
  mountOperations,
  type PrivateHttp,
} from "@veche/kit/http.ts";
import type { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import type { Context } from "@veche/kit/run.ts";
import type { Config } from "../config.ts";
import { type JibriGiven, mountJibri } from "./jibri-api.ts";

export type HttpGiven = {
  readonly context: Context<Config>;
  readonly tls: PrivateTls | undefined;
  readonly jibri: JibriGiven;
  /** The library's routes. */
  readonly mountMore: (app: FastifyInstance) => void;
};

export async function openHttp({ context, tls, jibri, mountMore }: HttpGiven): Promise<PrivateHttp> {
  const app = createHttpServer({ log: context.log });
  mountOperations(app, context);
  mountJibri(app, jibri);
  mountMore(app);
  const { JIBRI_HTTP_API_ADDRESS: host, JIBRI_HTTP_API_EXTERNAL_PORT: port } = context.config;
  return listenPrivately(app, { host, port }, "JIBRI_HTTP_API_EXTERNAL_PORT", {
    tls,
    callers: ["web", "recorder"],
  });
}

/** Jibri's internal API, on the loopback only: `finish` when the last session has ended, `end` at once. */
export async function openInternalHttp({
  context,
  finish,
  end,
}: {
  readonly context: Context<Config>;
  readonly finish: () => void;
  readonly end: () => void;
}): Promise<PrivateHttp> {
  const app = createHttpServer({ log: context.log });
  const prefix = "/jibri/api/internal/v1.0";
  app.post(`${prefix}/gracefulShutdown`, (_request, reply) => {
    finish();
    return reply.code(200).send();
  });
  app.post(`${prefix}/shutdown`, (_request, reply) => {
    end();
    return reply.code(200).send();
  });
  // Jibri ends once it is idle and is started with what has changed; here nothing is read but at the start.
  app.post(`${prefix}/notifyConfigChanged`, (_request, reply) => {
    finish();
    return reply.code(200).send();
  });
  const { JIBRI_HTTP_API_INTERNAL_PORT: port } = context.config;
  return listenPrivately(app, { host: "127.0.0.1", port }, "JIBRI_HTTP_API_INTERNAL_PORT");
}
