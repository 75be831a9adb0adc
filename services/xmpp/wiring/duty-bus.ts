import type { Bus } from "@veche/kit/bus.ts";
import { orLeftUnanswered } from "@veche/kit/errors.ts";
import type { Doorway, DutyState } from "../stream/doorway.ts";

/** How long a request waits for it to be sure that this process is on duty. */
const sureMs = 1_500;

/**
 * A bus on which nothing is said of the unit, and nothing answered for it, unless it is sure that it is ours. What the unit is
 * asked is heard by each of its processes, in a queue group of its own: one that stood still, or is cut off from half of the
 * cluster, keeps nothing from the one on duty.
 */
export function onDuty(bus: Bus, duty: DutyState, doorway: Doorway, instance: string): Bus {
  const guarded: Pick<Bus, "publish" | "serve"> = {
    publish: (contract, values, message) => void doorway.enter(() => bus.publish(contract, values, message)),
    serve: (contract, handler, values, options) =>
      bus.serve(
        contract,
        // At once where it is sure: between what a snapshot says and its sending no event may pass.
        (request, found) =>
          duty.isSure
            ? handler(request, found)
            : orLeftUnanswered(duty.sure(sureMs)).then(() => handler(request, found)),
        values,
        contract.subject.includes("{unit}") ? { group: instance, ...options } : options,
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
