import { instance as contracts } from "@veche/proto/subjects.ts";
import type { Bus } from "./bus.ts";
import { type Examined, examine, type Particulars } from "./examination.ts";
import type { Metrics } from "./metrics.ts";
import { reachAll } from "./reach-requests.ts";

/** Of the Prometheus text in one answer; a role has 10 to 40 KiB. */
export const maxMetricsBytes = 512 * 1024;

export type Answering = Examined & { readonly metrics: Pick<Metrics, "text"> };

/** Answers `rpc.instance.{role}.{instance}.metrics`, `.examine` and `.reach` for this process. */
export function serveInstance(bus: Bus, context: Answering, particulars: Particulars): { close(): void } {
  const { role, instance } = context;
  // The queue group is the instance's: nobody else answers for it.
  const group = `${role}-${instance}`;
  const serving = [
    bus.serve(contracts.metrics, async () => bounded(await context.metrics.text()), { role, instance }, { group }),
    bus.serve(contracts.examine, () => examine(bus, context, particulars), { role, instance }, { group }),
    bus.serve(contracts.reach, reachAll, { role, instance }, { group }),
  ];
  return {
    close: () => {
      for (const one of serving) one.close();
    },
  };
}

/** Cut between metrics, so that what is left can be read. */
export function bounded(text: string, maxBytes = maxMetricsBytes): { readonly text: string; readonly leftOut: number } {
  if (Buffer.byteLength(text) <= maxBytes) return { text, leftOut: 0 };
  const metrics = text.split(/^(?=# HELP )/m);
  let bytes = 0;
  const kept = metrics.findIndex((metric) => {
    bytes += Buffer.byteLength(metric);
    return bytes > maxBytes;
  });
  return { text: metrics.slice(0, kept).join(""), leftOut: metrics.length - kept };
}
