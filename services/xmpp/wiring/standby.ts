import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { Duty } from "@veche/kit/duty.ts";
import { originOf, ownAddress } from "@veche/kit/own-address.ts";
import type { Context } from "@veche/kit/run.ts";
import type { Config } from "../config.ts";
import { StandbyHttp } from "../edge/standby-http.ts";

type Given = {
  readonly context: Context<Config>;
  readonly bus: Bus;
  readonly clock: Clock;
  /** Another process serves the unit: this one has nothing left to do. */
  readonly onReplaced: () => void;
};

/** Resolves when this process serves its unit. Until then it only answers for its health. */
export async function awaitDuty({ context, bus, clock, onReplaced }: Given): Promise<Duty> {
  const { config, log, instance, health, signal } = context;
  const unit = config.VECHE_UNIT;
  const taken = Promise.withResolvers<void>();
  const address = ownAddress(config.VECHE_LISTEN_ADDRESS);
  const duty = await Duty.open({
    bus,
    unit,
    role: "xmpp",
    instance,
    hostId: config.VECHE_HOST_ID,
    origin: config.VECHE_XMPP_ORIGIN || originOf(address, config.XMPP_PORT),
    clock,
    log,
    onTaken: taken.resolve,
    onLost: onReplaced,
  });
  if (duty.isOn) return duty;
  const text = `stands by: host "${duty.holder?.hostId ?? ""}" serves the unit "${unit}"`;
  log.info(text);
  health.warn("duty", text);
  const http = new StandbyHttp(health, context.metrics, text);
  await http.listen(config.XMPP_PORT, config.VECHE_LISTEN_ADDRESS);
  const sinceMs = clock.elapsed();
  try {
    await Promise.race([taken.promise, aborted(signal)]);
  } catch (error) {
    duty.stop();
    throw error;
  } finally {
    await http[Symbol.asyncDispose]();
  }
  health.warn("duty");
  log.warn({ stoodByMs: Math.round(clock.elapsed() - sinceMs) }, `this host serves the unit "${unit}" now`);
  return duty;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
