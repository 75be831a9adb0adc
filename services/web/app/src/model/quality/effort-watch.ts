import type { Effort } from "./strain.ts";

interface PressureRecord {
  readonly state: "nominal" | "fair" | "serious" | "critical";
}

type PressureWatcher = new (
  tell: (records: readonly PressureRecord[]) => void,
) => { observe(source: "cpu", options: { sampleInterval: number }): Promise<void>; disconnect(): void };

const PRESSURE_EVERY_MS = 5000;

/** Listens for signs of strain between two looks. What a browser can't tell counts as none. */
export class EffortWatch {
  #longTasksMs = 0;
  #pressure: PressureRecord["state"] | undefined;
  #sinceMs = performance.now();
  readonly #stop: (() => void)[] = [];

  constructor() {
    if (PerformanceObserver.supportedEntryTypes?.includes("longtask")) {
      const observer = new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) this.#longTasksMs += duration;
      });
      observer.observe({ entryTypes: ["longtask"] });
      this.#stop.push(() => observer.disconnect());
    }
    const Watcher = (globalThis as { PressureObserver?: PressureWatcher }).PressureObserver;
    if (Watcher) {
      const observer = new Watcher((records) => {
        this.#pressure = records.at(-1)?.state;
      });
      observer.observe("cpu", { sampleInterval: PRESSURE_EVERY_MS }).catch(() => {});
      this.#stop.push(() => observer.disconnect());
    }
  }

  /** What has been since the last look. */
  take(media: Pick<Effort, "framesDecoded" | "framesDropped" | "isSendingCut">): Effort {
    const now = performance.now();
    const effort = {
      ...media,
      windowMs: now - this.#sinceMs,
      longTasksMs: this.#longTasksMs,
      pressure: this.#pressure,
    };
    this.#sinceMs = now;
    this.#longTasksMs = 0;
    return effort;
  }

  close(): void {
    for (const stop of this.#stop.splice(0)) stop();
  }
}
