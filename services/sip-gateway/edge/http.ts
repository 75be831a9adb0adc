/** Private HTTP: who may reach it reads what calls there are; the web role passes on what is for everybody. */
import type { AddressInfo } from "node:net";
import { VecheError } from "@veche/kit/errors.ts";
import { createHttpServer, mountOperations } from "@veche/kit/http.ts";
import type { Context } from "@veche/kit/run.ts";
import type { Config } from "../config.ts";
import { type DialInGiven, mountDialIn } from "./dial-in-http.ts";
import { type JigasiGiven, mountJigasi } from "./jigasi-api.ts";

export interface PrivateHttp extends AsyncDisposable {
  readonly port: number;
}

export type HttpGiven = {
  readonly context: Context<Config>;
  readonly jigasi: JigasiGiven;
  readonly dialIn: DialInGiven;
};

export async function openHttp({ context, jigasi, dialIn }: HttpGiven): Promise<PrivateHttp> {
  const app = createHttpServer({ log: context.log });
  mountOperations(app, context);
  mountJigasi(app, jigasi);
  mountDialIn(app, dialIn);
  const { VECHE_GATEWAY_HTTP_ADDRESS: host, VECHE_GATEWAY_HTTP_PORT: port } = context.config;
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new VecheError(
      "unavailable",
      `can't listen on ${host}:${port}/tcp (address in use): free it, or give another with VECHE_GATEWAY_HTTP_PORT`,
      { cause: error },
    );
  }
  return { port: (app.server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => app.close() };
}
