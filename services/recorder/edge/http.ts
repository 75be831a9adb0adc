/** Private HTTP: who may reach it may start and stop, and read whatever the library lets him. */
import type { AddressInfo } from "node:net";
import { VecheError } from "@veche/kit/errors.ts";
import { createHttpServer, type FastifyInstance, mountOperations } from "@veche/kit/http.ts";
import type { Context } from "@veche/kit/run.ts";
import type { Config } from "../config.ts";
import { type JibriGiven, mountJibri } from "./jibri-api.ts";

export interface PrivateHttp extends AsyncDisposable {
  readonly port: number;
}

export type HttpGiven = {
  readonly context: Context<Config>;
  readonly jibri: JibriGiven;
  /** The library's routes. */
  readonly mountMore: (app: FastifyInstance) => void;
};

export async function openHttp({ context, jibri, mountMore }: HttpGiven): Promise<PrivateHttp> {
  const app = createHttpServer({ log: context.log });
  mountOperations(app, context);
  mountJibri(app, jibri);
  mountMore(app);
  const { JIBRI_HTTP_API_ADDRESS: host, JIBRI_HTTP_API_EXTERNAL_PORT: port } = context.config;
  return listen(app, host, port, "JIBRI_HTTP_API_EXTERNAL_PORT");
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
  return listen(app, "127.0.0.1", context.config.JIBRI_HTTP_API_INTERNAL_PORT, "JIBRI_HTTP_API_INTERNAL_PORT");
}

async function listen(app: FastifyInstance, host: string, port: number, name: string): Promise<PrivateHttp> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new VecheError(
      "unavailable",
      `can't listen on ${host}:${port}/tcp (address in use): free it, or give another with ${name}`,
      { cause: error },
    );
  }
  return { port: (app.server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => app.close() };
}
