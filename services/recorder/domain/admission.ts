/** Whether one job more may be taken, by what the machine has to spare. Streams alone need no disk. */

export type Kind = "composite" | "tracks";

export type Load = {
  readonly composites: number;
  /** Composites so young that what they take does not show in `cpuFraction` and `freeMemoryBytes` yet. */
  readonly settlingComposites: number;
  readonly tracks: number;
  /** 0 to 1, of all cores or of the container's share. */
  readonly cpuFraction: number;
  readonly cores: number;
  readonly freeMemoryBytes: number;
  readonly freeDiskBytes: number;
};

export type Limits = {
  readonly maxComposites: number;
  readonly maxTracks: number;
  /** From 1 on, the CPU holds nothing back. */
  readonly maxCpuFraction: number;
  /** For one composite. */
  readonly minMemoryBytes: number;
  /** What stays free, whatever is recorded. */
  readonly diskReserveBytes: number;
};

export type Refusal = "draining" | "unhealthy" | "no-account" | "count" | "cpu" | "memory" | "disk";

/** What can't be read off figures: it ends, it is broken, or it has no account to join meetings with. */
export type Standing = {
  readonly isDraining: boolean;
  readonly isHealthy: boolean;
  readonly hasAccount: boolean;
};

/** What a composite takes at 720p25 (goals.md: at most 1), while it is too young to be measured. */
const compositeCores = 0.7;
const tracksMemoryBytes = 64 * 1024 * 1024;
/** What is taken must not be ended by the watch of the disk in the next moment. */
const diskHeadroomBytes = 256 * 1024 * 1024;

export function refusalOf(
  wanted: { readonly kind: Kind; readonly needsDisk: boolean },
  load: Load,
  limits: Limits,
  standing: Standing,
): Refusal | undefined {
  if (standing.isDraining) return "draining";
  if (!standing.isHealthy) return "unhealthy";
  const isComposite = wanted.kind === "composite";
  if (isComposite && !standing.hasAccount) return "no-account";
  if (isComposite ? load.composites >= limits.maxComposites : load.tracks >= limits.maxTracks) return "count";
  const soonCpu = load.cpuFraction + (load.settlingComposites * compositeCores) / Math.max(1, load.cores);
  if (limits.maxCpuFraction < 1 && soonCpu >= limits.maxCpuFraction) return "cpu";
  const soonMemory = load.freeMemoryBytes - load.settlingComposites * limits.minMemoryBytes;
  if (soonMemory < (isComposite ? limits.minMemoryBytes : Math.min(tracksMemoryBytes, limits.minMemoryBytes)))
    return "memory";
  if (wanted.needsDisk && load.freeDiskBytes < limits.diskReserveBytes + diskHeadroomBytes) return "disk";
  return undefined;
}

/** The load as it will be with that job. */
export function withJob(load: Load, kind: Kind): Load {
  if (kind === "tracks") return { ...load, tracks: load.tracks + 1 };
  return { ...load, composites: load.composites + 1, settlingComposites: load.settlingComposites + 1 };
}
