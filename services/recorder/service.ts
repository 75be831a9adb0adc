import type { Bus } from "@veche/kit/bus.ts";
import { type Clock, systemClock } from "@veche/kit/clock.ts";
import { openBus } from "@veche/kit/nats-bus.ts";
import type { Context } from "@veche/kit/run.ts";
import { announce } from "@veche/kit/service-facts.ts";
import type { Config } from "./config.ts";

export type Edges = { readonly bus: Bus; readonly clock: Clock };

export async function start(context: Context<Config>, given: Partial<Edges> = {}): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const bus = given.bus ?? stack.use(await openBus(context));
  void (given.clock ?? systemClock);
  stack.use(await announce(bus, context));
  return stack.move();
}
