/**
 * How much later a packet comes through a forwarder than straight from socket to socket, while the load goes on. Who
 * sends and receives is a process of its own, before others on its core where it may: it is to see the forwarder's
 * queues, not the generator's.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Agreement } from "../../load/session.ts";
import type { Figures } from "../comparison.ts";
import { type Distribution, round } from "../figures.ts";
import { pictureOf } from "./fan-out.ts";
import type { Forwarder, Own } from "./forwarders/forwarder.ts";

/** Of the sender's and the receiver's transport. */
export type Ready = { readonly sender: Own; readonly receiver: Own };
export type Admission = { readonly sender?: Agreement; readonly receiver?: Agreement; readonly seconds?: number };
export type Delays = {
  readonly through: Distribution & { readonly mean: number };
  readonly direct: Distribution & { readonly mean: number };
};

export const probeSsrc = 0x0200_0001;
const priority = ["chrt", "--rr", "10"] as const;

export async function measureDelay(forwarder: Forwarder, seconds: number): Promise<Figures> {
  const source = pictureOf("probe", probeSsrc);
  const isFirst = spawnSync(priority[0], [...priority.slice(1), "true"]).status === 0;
  const command = [...(isFirst ? priority : []), process.execPath, join(import.meta.dirname, "delay-process.ts")];
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const next = async <T>(): Promise<T> => {
    const ended = once(child, "exit").then(([code]) => {
      throw new Error(`the probe ended with ${code}`);
    });
    const [message] = await Promise.race([once(child, "message"), ended]);
    return message as T;
  };
  try {
    const { sender, receiver } = await next<Ready>();
    const admitted = await forwarder.admit("probe", sender, source);
    child.send({ sender: admitted.agreement } satisfies Admission);
    await next();
    await admitted.start();
    const other = await forwarder.admit("probe", receiver);
    child.send({ receiver: other.agreement } satisfies Admission);
    await next();
    await other.start();
    child.send({ seconds } satisfies Admission);
    const { through, direct } = await next<Delays>();
    return {
      addedDelayMeanMs: round(through.mean - direct.mean),
      addedDelayP99Ms: round(through.p99 - direct.p99),
      delayMeanMs: through.mean,
      delayP99Ms: through.p99,
      directMeanMs: direct.mean,
      directP99Ms: direct.p99,
      probes: through.samples,
    };
  } finally {
    child.kill();
  }
}
