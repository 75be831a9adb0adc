import type { Bus } from "@veche/kit/bus.ts";
import { type Clock, systemClock } from "@veche/kit/clock.ts";
import { createHttpServer, listenPrivately, mountOperations } from "@veche/kit/http.ts";
import { openBus } from "@veche/kit/nats-bus.ts";
import type { Context } from "@veche/kit/run.ts";
import { announce } from "@veche/kit/service-facts.ts";
import type { Config } from "./config.ts";
import { Deliverer } from "./delivery/deliverer.ts";
import { authorities } from "./edge/authorities.ts";
import { Poster } from "./edge/poster.ts";
import { serveRequests } from "./edge/requests.ts";
import { Targets } from "./edge/targets.ts";
import { WebhookEvents } from "./events.ts";
import { limits } from "./limits.ts";
import { createWebhookMetrics } from "./metrics.ts";

/** What a test may hand in. */
export type Edges = {
  readonly bus: Bus;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
};

export interface WebhookService extends AsyncDisposable {
  readonly httpPort: number;
}

export async function start(context: Context<Config>, given: Partial<Edges> = {}): Promise<WebhookService> {
  const { config, log, instance, version } = context;
  const clock = given.clock ?? systemClock;
  const targets = new Targets(config.VECHE_WEBHOOKS_ALLOW);
  const trusted = authorities(config.VECHE_WEBHOOKS_CA_FILE);
  const timeoutMs = config.VECHE_WEBHOOKS_TIMEOUT;
  await using stack = new AsyncDisposableStack();

  const bus = given.bus ?? stack.use(await openBus(context));
  const metrics = createWebhookMetrics(context.metrics);
  const events = new WebhookEvents(log, metrics);
  stack.use(await announce(bus, context));
  const app = createHttpServer({ log });
  mountOperations(app, context);
  const { VECHE_WEBHOOKS_ADDRESS: host, VECHE_WEBHOOKS_PORT: port } = config;
  const http = stack.use(await listenPrivately(app, { host, port }, "VECHE_WEBHOOKS_PORT"));
  const { firstRetryMs, longestRetryMs } = limits;
  const deliverer = stack.use(
    await Deliverer.open({
      bus,
      clock,
      log,
      events,
      metrics,
      instance,
      timeoutMs,
      rules: { firstRetryMs, longestRetryMs, giveUpMs: config.VECHE_WEBHOOKS_GIVE_UP },
      random: given.random ?? Math.random,
      poster: (url) => new Poster({ url, targets, authorities: trusted, timeoutMs, version }),
    }),
  );
  stack.use(serveRequests({ bus, clock, events, deliverer, targets, instance }));
  log.info({ http: http.port, webhooks: deliverer.endpoints.all.length }, "deliverer is up");
  const running = stack.move();
  return { httpPort: http.port, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
