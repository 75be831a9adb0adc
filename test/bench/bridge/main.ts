/**
 * `npm run bench -- bridge`: one who sends and many who receive, on our bridge as it is deployed, on bare mediasoup and on
 * Janus, one after the other and again, each time a fresh process. Prints a table; it judges nothing.
 */
import { makeIdentity } from "../../load/media/dtls.ts";
import type { Figures } from "../comparison.ts";
import { round } from "../figures.ts";
import { cpuSecondsOf, ownCpuSecondsOf } from "../process.ts";
import { type RoundsResults, runRounds } from "../rounds.ts";
import { measureDelay } from "./delay.ts";
import { FanOutLoad } from "./fan-out.ts";
import type { Forwarder } from "./forwarders/forwarder.ts";
import { janus } from "./forwarders/janus.ts";
import { mediasoup } from "./forwarders/mediasoup.ts";
import { veche } from "./forwarders/veche.ts";
import { type Options, readOptions } from "./options.ts";

/** Until what joining left behind (compiling, garbage) is done. */
const settleSeconds = 5;

export async function benchBridge(
  args: readonly string[],
  say: (text: string) => void,
): Promise<RoundsResults<Options>> {
  const options = readOptions(args);
  const load = { name: `1 to ${options.receivers}`, run: (forwarder: Forwarder) => measure(forwarder, options) };
  return runRounds([veche, mediasoup, janus], [load], options, say);
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
