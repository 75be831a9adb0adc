import type { Metrics } from "@veche/kit/metrics.ts";

/** Every metric of this role. */
export function createRecorderMetrics(metrics: Metrics) {
  return {
    sessions: metrics.gauge("sessions_count", "Recordings and streams under way.", ["kind"]),
    full: metrics.gauge("full_ratio", "1 while no further one is taken.", ["kind"]),
    taken: metrics.counter("jobs_taken_total", "Jobs taken, from the queue or over from another recorder.", ["how"]),
    lost: metrics.counter("jobs_lost_total", "Jobs that another recorder took over."),
    broken: metrics.counter("captures_broken_total", "Captures that broke and were begun anew or given up.", ["code"]),
    ended: metrics.counter("outputs_ended_total", "Files and streams that ended.", ["output", "outcome"]),
    finishing: metrics.gauge("recordings_finishing_count", "Recordings that wait to be joined and kept."),
    finished: metrics.counter("recordings_finished_total", "Recordings whose files are whole.", ["outcome"]),
    cpu: metrics.gauge("cpu_ratio", "Load of the machine, or of the container's share of it."),
    memory: metrics.gauge("memory_free_bytes", "Memory that may still be taken."),
    disk: metrics.gauge("disk_free_bytes", "Free on the volume of the recordings."),
    webhooks: metrics.counter("webhooks_total", "What subscribers were told.", ["outcome"]),
  };
}

export type RecorderMetrics = ReturnType<typeof createRecorderMetrics>;
