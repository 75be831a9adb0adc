import { join } from "node:path";
import { Program } from "../../process.ts";
import type { Contestant } from "../../rounds.ts";
import type { Places, Said, Wanted } from "../sound-process.ts";
import type { Mixer } from "./mixer.ts";

/** The gateway's sound, as the gateway has it. */
export class VecheMixer implements Mixer {
  /** How much of its time the thread was at work, 0 to 1; one for each second. */
  readonly loads: number[] = [];
  readonly #opened = Promise.withResolvers<readonly Places[]>();
  readonly #program: Program;

  constructor() {
    const file = join(import.meta.dirname, "../sound-process.ts");
    this.#program = new Program(process.execPath, [file], process.env, (message) => {
      const said = message as Said;
      if (said.type === "legs") this.#opened.resolve(said.legs);
      else this.loads.push(said.load);
    });
  }

  async open(legs: readonly Wanted[]): Promise<readonly Places[]> {
    this.#program.tell(legs);
    return await this.#opened.promise;
  }

  get pid(): number {
    return this.#program.pid;
  }

  async until(isReady: () => boolean): Promise<void> {
    await this.#program.until(async () => isReady());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}

export const veche: Contestant<Mixer> = {
  name: "veche",
  version: () => "this tree",
  missing: "",
  start: async () => new VecheMixer(),
};
