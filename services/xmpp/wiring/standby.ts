import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { Duty } from "@veche/kit/duty.ts";
import { ownAddress } from "@veche/kit/own-address.ts";
import { tellOrigin } from "@veche/kit/private-tls/origin.ts";
import type { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import type { Context } from "@veche/kit/run.ts";
import type { Config } from "../config.ts";
import { StandbyHttp } from "../edge/standby-http.ts";

type Given = {
  readonly context: Context<Config>;
  readonly bus: Bus;
  readonly clock: Clock;
  /** Undefined: web is in one network with us. */
  readonly tls: PrivateTls | undefined;
  /** Another process serves the unit: this one has nothing left to do. */
  readonly onReplaced: () => void;
};

/** Resolves when this process serves its unit. Until then it only answers for its health. */
export async function awaitDuty({ context, bus, clock, tls, onReplaced }: Given): Promise<Duty> {
  const { config, log, instance, health, signal } = context;
  const unit = config.VECHE_UNIT;
  const taken = Promise.withResolvers<void>();
  const origin = tellOrigin(
    {
      setting: "VECHE_XMPP_ORIGIN",
      given: config.VECHE_XMPP_ORIGIN,
      host: () => ownAddress(config.VECHE_LISTEN_ADDRESS),
      port: () => config.XMPP_PORT,
    },
    tls,
    log,
  );
  const duty = await Duty.open({
    bus,
    unit,
    role: "xmpp",
    instance,
    hostId: config.VECHE_HOST_ID,
    origin: origin(),
    clock,
    log,
    onTaken: taken.resolve,
    onLost: onReplaced,
  });
  if (duty.isOn) return duty;
  const text = `stands by: host "${duty.holder?.hostId ?? ""}" serves the unit "${unit}"`;
  log.info(text);
  health.warn("duty", text);
  const http = new StandbyHttp(health, context.metrics, text, tls);
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
