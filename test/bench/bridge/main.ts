/**
 * `npm run bench -- bridge`: one who sends and many who receive, on our bridge as it is deployed, on bare mediasoup and on
 * Janus, one after the other and again, each time a fresh process. Prints a table; it judges nothing.
 */
import { makeIdentity } from "../../load/media/dtls.ts";
import { compare, type Figures, type Run, table } from "../comparison.ts";
import { round } from "../figures.ts";
import { cpuSecondsOf, isPinned, ownCpuSecondsOf, pinTo } from "../process.ts";
import { measureDelay } from "./delay.ts";
import { FanOutLoad } from "./fan-out.ts";
import type { Candidate, Forwarder } from "./forwarders/forwarder.ts";
import { janus } from "./forwarders/janus.ts";
import { mediasoup } from "./forwarders/mediasoup.ts";
import { veche } from "./forwarders/veche.ts";
import { type Options, readOptions } from "./options.ts";

export type BridgeResults = {
  readonly versions: Readonly<Record<string, string>>;
  readonly isPinned: boolean;
  readonly options: Options;
  readonly runs: readonly Run[];
  readonly comparison: ReturnType<typeof compare>;
};

/** Until what joining left behind (compiling, garbage) is done. */
const settleSeconds = 5;

export async function benchBridge(args: readonly string[], say: (text: string) => void): Promise<BridgeResults> {
  const options = readOptions(args);
  const versions: Record<string, string> = {};
  const candidates = [veche, mediasoup, janus].filter((candidate) => {
    if (!options.servers.includes(candidate.name)) return false;
    const version = candidate.version();
    versions[candidate.name] = version ?? candidate.missing;
    if (!version) say(`${candidate.name} is left out: ${candidate.missing}`);
    return version !== undefined;
  });
  if (isPinned) pinTo("generator");
  else say("servers and generator share the cores: there is one core, or no taskset");
  const runs: Run[] = [];
  for (let at = 1; at <= options.rounds; at++) {
    for (const candidate of candidates) runs.push(await runOnce(candidate, at, options, say));
  }
  const comparison = compare(runs);
  say(
    table(
      comparison,
      candidates.map(({ name }) => name),
    ),
  );
  return { versions, isPinned, options, runs, comparison };
}

async function runOnce(
  { name, start }: Candidate,
  at: number,
  options: Options,
  say: (text: string) => void,
): Promise<Run> {
  const about = { load: `1 to ${options.receivers}`, server: name, round: at };
  try {
    await using forwarder = await start();
    const figures = await measure(forwarder, options);
    say(`${about.load}, ${name}, round ${at}: ${JSON.stringify(figures)}`);
    return { ...about, figures };
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    say(`${about.load}, ${name}, round ${at} failed: ${failed}`);
    return { ...about, figures: {}, failed };
  }
}

async function measure(forwarder: Forwarder, options: Options): Promise<Figures> {
  const { seconds, receivers, packetsPerSecond } = options;
  using load = await FanOutLoad.start(forwarder, await makeIdentity(), options);
  await load.measure(settleSeconds);
  const before = usageOf(forwarder);
  const { packets, lost, leastOfOne } = await load.measure(seconds);
  const after = usageOf(forwarder);
  const delay = await measureDelay(forwarder, seconds);
  const cpuSeconds = after.whole - before.whole;
  const expected = receivers * packetsPerSecond * seconds;
  return {
    microsecondsPerPacket: round((cpuSeconds * 1e6) / packets),
    cores: round(cpuSeconds / seconds),
    ...(forwarder.isNode ? { nodeSharePercent: round(((after.node - before.node) / cpuSeconds) * 100) } : {}),
    packetsPerSecond: round(packets / seconds),
    arrivedPercent: round((packets / expected) * 100),
    lostPackets: lost,
    leastOfOneReceiver: leastOfOne,
    ...delay,
  };
}

function usageOf({ pid, isNode }: Forwarder): { readonly whole: number; readonly node: number } {
  return { whole: cpuSecondsOf(pid), node: isNode ? ownCpuSecondsOf(pid) : 0 };
}
