/** How loaded a bridge is: 1 is the most it should carry. */
export type Load = {
  /** The busiest media worker, of one core. */
  readonly workerCpuFraction: number;
  readonly nodeCpuFraction: number;
  readonly packetsPerSecond: number;
  readonly workers: number;
};

const fullCpuFraction = 0.9;
const fullPacketsPerSecond = 50_000;

export function stressOf({ workerCpuFraction, nodeCpuFraction, packetsPerSecond, workers }: Load): number {
  const stress = Math.max(
    workerCpuFraction / fullCpuFraction,
    nodeCpuFraction / fullCpuFraction,
    packetsPerSecond / (fullPacketsPerSecond * Math.max(1, workers)),
  );
  return Math.round(stress * 1000) / 1000;
}
