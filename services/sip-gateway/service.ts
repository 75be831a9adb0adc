import type { AddressInfo } from "node:net";
import type { Bus } from "@veche/kit/bus.ts";
import { createHttpServer, mountOperations } from "@veche/kit/http.ts";
import { openBus } from "@veche/kit/nats-bus.ts";
import type { Context } from "@veche/kit/run.ts";
import { announce } from "@veche/kit/service-facts.ts";
import { type Config, gatewayIdOf } from "./config.ts";
import type { Signalling } from "./sip/signalling.ts";
import type { Sound } from "./sound/sound.ts";

/** What a test may hand in. */
export type Edges = {
  readonly bus: Bus;
  readonly signalling: Signalling;
  readonly sound: Sound;
};

export interface GatewayService extends AsyncDisposable {
  readonly id: string;
  readonly httpPort: number;
}

export async function start(context: Context<Config>, given: Partial<Edges> = {}): Promise<GatewayService> {
  const { config, log } = context;
  const id = gatewayIdOf(config);
  await using stack = new AsyncDisposableStack();
  const bus = given.bus ?? stack.use(await openBus(context));
  const app = createHttpServer({ log });
  mountOperations(app, context);
  stack.defer(() => app.close());
  await app.listen({ host: config.VECHE_GATEWAY_HTTP_ADDRESS, port: config.VECHE_GATEWAY_HTTP_PORT });
  stack.use(await announce(bus, context));
  const running = stack.move();
  return {
    id,
    httpPort: (app.server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
