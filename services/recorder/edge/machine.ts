/** What this machine has to spare, measured each second, and whether recordings can be made on it at all. */
import { constants, existsSync } from "node:fs";
import { access } from "node:fs/promises";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Load } from "../domain/admission.ts";
import { CpuMeter, freeMemory } from "./figures.ts";

const everyMs = 1_000;

export type MachineFigures = Pick<Load, "cpuFraction" | "cores" | "freeMemoryBytes">;

export type MachineGiven = {
  /** Where recordings are kept. */
  readonly directory: string;
  /** Empty: no composites. */
  readonly password: string;
  readonly browserPath: string;
  readonly clock: Clock;
};

export class Machine implements Disposable {
  readonly #given: MachineGiven;
  readonly #cpu = new CpuMeter();
  #figures: MachineFigures = { cpuFraction: 0, cores: 1, freeMemoryBytes: 0 };
  #problem: string | undefined;
  #timer: Timer | undefined;

  constructor(given: MachineGiven) {
    this.#given = given;
  }

  get figures(): MachineFigures {
    return this.#figures;
  }

  /** Why no recording can be made here. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Whether a browser of ours can join meetings. */
  get canJoin(): boolean {
    return this.#given.password !== "" && existsSync(this.#given.browserPath);
  }

  start(onMeasured: () => void): void {
    this.#timer = this.#given.clock.every(everyMs, () => void this.measure().then(onMeasured));
  }

  async measure(): Promise<void> {
    const { directory } = this.#given;
    const [{ busyFraction, cores }, freeMemoryBytes] = await Promise.all([
      this.#cpu.measure(performance.now()),
      freeMemory(),
    ]);
    this.#figures = { cpuFraction: busyFraction, cores, freeMemoryBytes };
    this.#problem = await access(directory, constants.W_OK | constants.X_OK).then(
      () => undefined,
      () => "JIBRI_RECORDING_DIR can't be written to",
    );
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
  }
}
