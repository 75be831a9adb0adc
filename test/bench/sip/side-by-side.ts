/** One conference of telephones alone, without a bridge: what our sound and GStreamer need for the same mix of it. */
import { setTimeout as pause } from "node:timers/promises";
import type { LegCodec } from "@veche/sip-gateway/sound/sound.ts";
import type { Figures } from "../comparison.ts";
import { round } from "../figures.ts";
import { cpuSecondsOf, goFirst, ownWaitSecondsOf } from "../process.ts";
import { type RoundsResults, runRounds } from "../rounds.ts";
import { Crowd } from "./crowd.ts";
import { gstreamer, gstreamerSum } from "./mixers/gstreamer.ts";
import type { Mixer } from "./mixers/mixer.ts";
import { veche } from "./mixers/veche.ts";
import { encodeTones, listenToTones } from "./tones.ts";

const codecs: readonly LegCodec[] = ["PCMA", "G722", "opus"];
const contestants = [veche, gstreamer, gstreamerSum];
export const mixers: readonly string[] = contestants.map(({ name }) => name);
/** Until what starting costs is over. */
const settleMs = 5_000;

export type SideBySide = {
  readonly servers: readonly string[];
  readonly legs: number;
  readonly rounds: number;
  readonly seconds: number;
};

export async function compareMixers(
  options: SideBySide,
  say: (text: string) => void,
): Promise<RoundsResults<SideBySide>> {
  const { legs, seconds } = options;
  const loads = codecs.map((codec) => ({
    name: `${codec}, ${legs}`,
    run: (mixer: Mixer) => measure(mixer, codec, legs, seconds),
  }));
  return await runRounds(contestants, loads, options, say);
}

/** One in four speaks. After the measurement the same mixer is listened to. */
async function measure(mixer: Mixer, codec: LegCodec, legs: number, seconds: number): Promise<Figures> {
  using crowd = new Crowd();
  for (let index = 0; index < legs; index += 1) await crowd.add(codec, "room", undefined);
  const tones = await encodeTones(codec);
  const places = await mixer.open(crowd.wanted);
  using _first = goFirst();
  await crowd.start(places, (index) => index % 4 === 0);
  await mixer.until(() => crowd.heard > 0);
  await pause(settleMs);
  const [cpu, waited, heard] = [cpuSecondsOf(mixer.pid), ownWaitSecondsOf(mixer.pid), crowd.heard];
  const [phonesWaited, at] = [ownWaitSecondsOf(process.pid), performance.now()];
  await pause(seconds * 1_000);
  const passed = (performance.now() - at) / 1_000;
  const figures = {
    cpuPercentPerLeg: round(((cpuSecondsOf(mixer.pid) - cpu) / passed / legs) * 100),
    // Of many threads, who wait for one another, too.
    waitedPercentPerLeg: round(((ownWaitSecondsOf(mixer.pid) - waited) / passed / legs) * 100),
    phonesWaitedPercent: round(((ownWaitSecondsOf(process.pid) - phonesWaited) / passed) * 100),
    heardPercent: round(((crowd.heard - heard) / (passed * 50 * legs)) * 100),
  };
  try {
    return { ...figures, ...(await listenToTones(crowd, tones)) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${why} after ${JSON.stringify(figures)}`, { cause: error });
  }
}
