/** Private HTTP: who may reach it reads what calls there are; the web role passes on what is for everybody. */
import { createHttpServer, listenPrivately, mountOperations, type PrivateHttp } from "@veche/kit/http.ts";
import type { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import type { Context } from "@veche/kit/run.ts";
import type { Config } from "../config.ts";
import { type DialInGiven, mountDialIn } from "./dial-in-http.ts";
import { type JigasiGiven, mountJigasi } from "./jigasi-api.ts";

export type HttpGiven = {
  readonly context: Context<Config>;
  readonly tls: PrivateTls | undefined;
  readonly jigasi: JigasiGiven;
  readonly dialIn: DialInGiven;
};

export async function openHttp({ context, tls, jigasi, dialIn }: HttpGiven): Promise<PrivateHttp> {
  const app = createHttpServer({ log: context.log });
  mountOperations(app, context);
  mountJigasi(app, jigasi);
  mountDialIn(app, dialIn);
  const { VECHE_GATEWAY_HTTP_ADDRESS: host, VECHE_GATEWAY_HTTP_PORT: port } = context.config;
  return listenPrivately(app, { host, port }, "VECHE_GATEWAY_HTTP_PORT", { tls, callers: ["web"] });
}
