/**
 * What recorders and bridges say of themselves in presences: http://jitsi.org/protocol/jibri with
 * http://jitsi.org/protocol/health, and the `<stats>` of http://jitsi.org/protocol/colibri, as Jibri and Jitsi's bridge of
 * 2026-08 write them.
 */
import { ns } from "./namespaces.ts";
import { el } from "./xml/element.ts";
import { serialise } from "./xml/serialise.ts";

export type JibriStatus = { readonly isBusy: boolean; readonly isHealthy: boolean };

export function writeJibriStatus({ isBusy, isHealthy }: JibriStatus): string {
  const busy = el("busy-status", { xmlns: ns.jibri, status: isBusy ? "busy" : "idle" });
  const health = el("health-status", { xmlns: ns.health, status: isHealthy ? "healthy" : "unhealthy" });
  return serialise(el("jibri-status", { xmlns: ns.jibri }, busy, health));
}

export type ColibriStats = Readonly<Record<string, string | number | boolean>>;

export function writeColibriStats(stats: ColibriStats): string {
  const each = Object.entries(stats).map(([name, value]) => el("stat", { name, value }));
  return serialise(el("stats", { xmlns: ns.colibri }, each));
}
