import type { Limits, Load, Standing } from "../domain/admission.ts";

export const MiB = 1024 * 1024;

export const idle: Load = {
  composites: 0,
  settlingComposites: 0,
  tracks: 0,
  cpuFraction: 0.1,
  cores: 2,
  freeMemoryBytes: 8_000 * MiB,
  freeDiskBytes: 100_000 * MiB,
};

export const limits: Limits = {
  maxComposites: 2,
  maxTracks: 50,
  maxCpuFraction: 0.85,
  minMemoryBytes: 700 * MiB,
  diskReserveBytes: 2_048 * MiB,
};

export const well: Standing = { isDraining: false, isHealthy: true, hasAccount: true };
