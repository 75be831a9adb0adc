/** When which host was sure to be on duty: asked by a process beside each, whom nobody cuts off from it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { inPlace, type Place } from "./roads.ts";

/** By the machine's clock, in ms: asked at `askedAt`, known at `knownAt`. */
export type DutySample = { readonly askedAt: number; readonly knownAt: number; readonly isSure: boolean };

const eachMs = 40;

const look = `
const [url] = process.argv.slice(1);
async function ask() {
  const response = await fetch(url, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
  if (response?.status !== 200) return false;
  return (await response.json()).isSureOfDuty === true;
}
for (;;) {
  const askedAt = Date.now();
  const isSure = await ask().catch(() => false);
  console.log(JSON.stringify({ askedAt, knownAt: Date.now(), isSure }));
  await new Promise((resolve) => setTimeout(resolve, ${eachMs}));
}`;

export class DutyWatch implements AsyncDisposable {
  readonly samples: DutySample[] = [];
  readonly #child: ChildProcess;

  constructor(place: Place, url: string) {
    const [command = "", ...args] = [...inPlace(place), process.execPath, "--input-type=module", "--eval", look, url];
    this.#child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    if (!this.#child.stdout) throw new Error("nothing is heard of who looks");
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.samples.push(JSON.parse(line) as DutySample);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill();
    await ended;
  }
}

/** Times at which both were sure: one said so before and after the other did. */
export function bothSure(one: readonly DutySample[], other: readonly DutySample[]): readonly number[] {
  const spans = one.flatMap((sample, index) => {
    const next = one[index + 1];
    return sample.isSure && next?.isSure ? [{ from: sample.knownAt, to: next.askedAt }] : [];
  });
  return other
    .filter(({ isSure }) => isSure)
    .filter(({ askedAt, knownAt }) => spans.some(({ from, to }) => from <= askedAt && knownAt <= to))
    .map(({ askedAt }) => askedAt);
}
