import type { Bus } from "@veche/kit/bus.ts";
import type { Doorway, DutyState } from "../stream/doorway.ts";

/** How long a request waits for it to be sure that this process is on duty. */
const sureMs = 1_500;

/** A bus on which nothing is said of the unit, and nothing answered for it, unless it is sure that it is ours. */
export function onDuty(bus: Bus, duty: DutyState, doorway: Doorway): Bus {
  const guarded: Pick<Bus, "publish" | "serve"> = {
    publish: (contract, values, message) => void doorway.enter(() => bus.publish(contract, values, message)),
    serve: (contract, handler, values, options) =>
      bus.serve(
        contract,
        (request, found) =>
          duty.isSure ? handler(request, found) : duty.sure(sureMs).then(() => handler(request, found)),
        values,
        options,
      ),
  };
  return new Proxy(bus, {
    get: (target, name) => {
      if (name === "publish" || name === "serve") return guarded[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
