/** How many facts one endpoint is given in a second, how soon after it happened, and what that takes. See README.md. */
import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { conference } from "@veche/proto/facts.ts";
import { answer, Receiver } from "@veche/webhooks/testing/receiver.ts";
import { credsFileFor, openBus, startServerWithAccounts } from "../../contract/accounts.ts";
import { wholeNumber } from "../arguments.ts";
import { type Distribution, distribution, round } from "../figures.ts";
import { memoryOf } from "../memory.ts";
import { cpuSecondsOf, Program, pinTo } from "../process.ts";

const root = resolve(import.meta.dirname, "../../..");
const values = { tenant: "main", room: "k3vq2m7yd5t4c6xw2a7b", session: "s1" };
/** So many are told at once where they are told as fast as they can be. */
const atOnce = 64;
/** Beyond any latency of a run that goes well. */
const silenceMs = 30_000;

type Options = { readonly facts: number; readonly rate: number; readonly seconds: number };

type Load = {
  readonly facts: number;
  readonly factsPerSecond: number;
  /** From the fact's time to its request, whole. */
  readonly latencyMs: Distribution;
  readonly cpuMsPerFact: number;
  readonly residentMiB: number;
};

export type WebhooksResult = {
  readonly options: Options;
  readonly idleMiB: number;
  readonly burst: Load;
  readonly steady: Load;
};

function readOptions(args: readonly string[]): Options {
  const { values: given } = parseArgs({
    args: [...args],
    options: {
      facts: { type: "string", default: "5000" },
      rate: { type: "string", default: "50" },
      seconds: { type: "string", default: "20" },
    },
  });
  return {
    facts: wholeNumber("facts", given.facts, 100, 100_000),
    rate: wholeNumber("rate", given.rate, 1, 1_000),
    seconds: wholeNumber("seconds", given.seconds, 1, 600),
  };
}

export async function benchWebhooks(args: readonly string[], say: (text: string) => void): Promise<WebhooksResult> {
  const options = readOptions(args);
  await using server = await startServerWithAccounts();
  await using focus = await openBus(server, "focus");
  await using receiver = await Receiver.open();
  const port = await freePort();
  await using role = new Program(process.execPath, [join(root, "services/webhooks/main.ts")], {
    PATH: process.env.PATH,
    NATS_URL: server.url,
    NATS_CREDS_FILE: await credsFileFor("webhooks"),
    LOG_LEVEL: "warn",
    VECHE_WEBHOOKS_PORT: String(port),
    VECHE_WEBHOOKS_ALLOW: "127.0.0.0/8",
  });
  pinTo("generator");
  await role.until(async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok);
  const env = { PATH: process.env.PATH, NATS_URL: server.url, NATS_CREDS_FILE: await credsFileFor("operator") };
  const command = [join(root, "deploy/webhooks/main.ts"), "add", "bench", receiver.url];
  await promisify(execFile)(process.execPath, [...command, "--facts", "participant.joined"], { env });
  const idleMiB = memoryOf(role.pid).residentMiB;

  let last = 0;
  /** Tells `count` facts by `pace`, and waits until all have arrived. */
  const load = async (count: number, pace: (index: number, tell: () => Promise<void>) => Promise<void>) => {
    const told: number[] = [];
    const arrived: number[] = [];
    const done = Promise.withResolvers<void>();
    const first = last + 1;
    last += count;
    receiver.usual = (response, { id, headers, text }) => {
      const index = Number(id.slice(id.lastIndexOf("-") + 1)) - first;
      arrived[index] ??= performance.now();
      if (arrived.filter((time) => time !== undefined).length === count) done.resolve();
      answer(204)(response, { id, headers, text });
    };
    const cpuBefore = cpuSecondsOf(role.pid);
    for (let index = 0; index < count; index += 1) {
      await pace(index, async () => {
        told[index] = performance.now();
        const [seq, time] = [BigInt(first + index), new Date().toISOString()];
        const fact = { id: `s1-${seq}`, source: "/focus/bench", time };
        await focus.record(conference.participantJoined, values, { ...values, seq, time }, fact);
      });
    }
    const late = pause(silenceMs).then(() => {
      throw new Error(`${arrived.filter(Boolean).length} of ${count} facts arrived:\n${role.said}`);
    });
    await Promise.race([done.promise, late]);
    const result: Load = {
      facts: count,
      factsPerSecond: round(((count - 1) * 1_000) / (Math.max(...arrived) - Math.min(...arrived))),
      latencyMs: distribution(arrived.map((time, index) => time - (told[index] ?? Number.NaN))),
      cpuMsPerFact: round(((cpuSecondsOf(role.pid) - cpuBefore) * 1_000) / count),
      residentMiB: memoryOf(role.pid).residentMiB,
    };
    return result;
  };

  const steady = await load(options.rate * options.seconds, async (_, tell) => {
    const told = tell();
    await pause(1_000 / options.rate);
    await told;
  });
  let open: Promise<void>[] = [];
  const burst = await load(options.facts, async (index, tell) => {
    open.push(tell());
    if ((index + 1) % atOnce !== 0 && index + 1 < options.facts) return;
    await Promise.all(open);
    open = [];
  });
  const result = { options, idleMiB, burst, steady };
  print(result, say);
  return result;
}

function print({ options, idleMiB, burst, steady }: WebhooksResult, say: (text: string) => void): void {
  const line = (name: string, { facts, factsPerSecond, latencyMs, cpuMsPerFact, residentMiB }: Load) =>
    say(
      `  ${name.padEnd(26)} ${facts} facts, ${factsPerSecond}/s, latency p50 ${latencyMs.p50} p95 ${latencyMs.p95} max ${latencyMs.max} ms, ` +
        `${cpuMsPerFact} ms of a core each, ${residentMiB} MiB`,
    );
  say(`One endpoint that answers at once; the role idle: ${idleMiB} MiB resident`);
  line(`${options.rate}/s for ${options.seconds} s`, steady);
  line("as fast as they are told", burst);
}
