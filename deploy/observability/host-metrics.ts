import type { Exposition, Labels } from "./exposition.ts";
import type { Examined } from "./instances.ts";

/** What a process says of itself and its host, as gauges. */
export function addExamined(into: Exposition, { answer, clockOffsetMs }: Examined, labels: Labels): void {
  const { load, memory, disks, problems, certificates, natsRoundTripMs } = answer;
  const add = (name: string, help: string, value: number | bigint, more: Labels = {}) =>
    into.gauge(`veche_${name}`, help, { ...labels, ...more }, Number(value));
  add("build_info", "Version of a process.", 1, { version: answer.version, unit: answer.unit });
  add("ready", "1 while new work is welcome, else 0.", answer.ready ? 1 : 0);
  for (const { part } of problems) add("problem", "1 for a part that lacks something; the log says what.", 1, { part });
  add("uptime_seconds", "Of a process.", answer.uptimeSeconds);
  add("clock_offset_seconds", "Clock of a host less the exporter's.", clockOffsetMs / 1000);
  if (natsRoundTripMs !== undefined)
    add("nats_round_trip_seconds", "From a process to NATS and back.", natsRoundTripMs / 1000);
  if (load) {
    add("host_load1", "Runnable tasks of the host, mean over a minute.", load.oneMinute);
    add("host_cpus", "Processors that a process may use.", load.cpus);
  }
  if (memory) {
    add("host_memory_total_bytes", "Memory of the host.", memory.hostTotal);
    add("host_memory_available_bytes", "Memory of the host that may still be taken.", memory.hostAvailable);
    if (memory.limit > 0n) add("memory_limit_bytes", "Most that the container may take.", memory.limit);
    add("memory_available_bytes", "What the container, or the host, may still take.", memory.available);
  }
  for (const { name, total, free } of disks) {
    add("disk_total_bytes", "Size of the volume; 0: it can't be read.", total, { disk: name });
    add("disk_free_bytes", "Free on the volume.", free, { disk: name });
  }
  for (const { use, notAfterMs } of certificates)
    add("certificate_expires_seconds", "End of a certificate, as a Unix time.", Number(notAfterMs) / 1000, { use });
}
