/** `npm run bench -- sip`: what the sound of telephone calls costs, and how much later it is heard. */
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { LegCodec } from "@veche/sip-gateway/sound/sound.ts";
import { oneOf, wholeNumber } from "../arguments.ts";
import { round } from "../figures.ts";
import { cpuSecondsOf, goFirst, ownWaitSecondsOf, pinTo } from "../process.ts";
import type { RoundsResults } from "../rounds.ts";
import { Crowd } from "./crowd.ts";
import { DelayProbe, type Delays } from "./delay.ts";
import { VecheMixer } from "./mixers/veche.ts";
import { compareWithNative, type Native } from "./native.ts";
import { compareMixers, mixers, type SideBySide } from "./side-by-side.ts";

type Plan = { readonly codec: LegCodec; readonly size: number; readonly allSpeak: boolean };
type Step = Plan &
  Delays & {
    readonly cpuPercentPerLeg: number;
    readonly loadPercent: number;
    readonly waitedPercent: number;
    readonly phonesWaitedPercent: number;
    readonly heardPercent: number;
  };
export type SipResults = {
  readonly legs: number;
  readonly voices: number;
  readonly seconds: number;
  readonly steps: readonly Step[];
  readonly native: readonly Native[];
  readonly besideGStreamer: RoundsResults<SideBySide> | undefined;
};

const parts = ["gateway", "codecs", "gstreamer"] as const;

// Until what was late while all was being opened is forgotten.
const settleMs = 8_000;

export async function benchSip(args: readonly string[], say: (text: string) => void): Promise<SipResults> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      legs: { type: "string", default: "40" },
      voices: { type: "string", default: "3" },
      seconds: { type: "string", default: "10" },
      rounds: { type: "string", default: "2" },
      mixers: { type: "string", default: mixers.join() },
      parts: { type: "string", default: parts.join() },
    },
  });
  const legs = wholeNumber("legs", values.legs, 2, 200);
  const voices = wholeNumber("voices", values.voices, 0, 20);
  const seconds = wholeNumber("seconds", values.seconds, 5, 600);
  const rounds = wholeNumber("rounds", values.rounds, 1, 20);
  const servers = oneOf("mixers", values.mixers, mixers);
  const wanted = oneOf("parts", values.parts, parts);
  pinTo("generator");
  const steps = wanted.includes("gateway") ? await measureSteps(legs, voices, seconds, say) : [];
  const native = wanted.includes("codecs") ? await measureCodecs(say) : [];
  let besideGStreamer: SipResults["besideGStreamer"];
  if (wanted.includes("gstreamer")) {
    say(`\nOne conference of ${legs} telephones without a bridge, here and on GStreamer; of one core for each leg`);
    besideGStreamer = await compareMixers({ servers, legs, seconds, rounds }, say);
  }
  return { legs, voices, seconds, steps, native, besideGStreamer };
}

async function measureSteps(legs: number, voices: number, seconds: number, say: (text: string) => void) {
  say(`${legs} telephones, ${voices} voices of the bridge in each conference; of one core for each leg`);
  say(`  ${"".padEnd(34)} CPU/leg   load waited phones  heard  added p50  p95   from bridge p50  p95   echo`);
  const steps: Step[] = [];
  for (const plan of plansFor(legs)) {
    const step = await measure(plan, legs, voices, seconds);
    steps.push(step);
    say(rowOf(step));
  }
  return steps;
}

async function measureCodecs(say: (text: string) => void) {
  say("\nlibopus here beside ffmpeg's, of one core for one stream");
  const native = await compareWithNative(say);
  for (const { rateHz, hereEncodePercent, hereDecodePercent, ffmpegEncodePercent, ratio } of native)
    say(
      `  ${String(rateHz / 1_000).padStart(2)} kHz: encoding ${hereEncodePercent} %, ffmpeg ${ffmpegEncodePercent} % (ratio ${ratio}); decoding ${hereDecodePercent} %`,
    );
  return native;
}

function plansFor(legs: number): readonly Plan[] {
  const sizes = [2, 5, 10, 40].filter((size) => size <= legs);
  const middle = sizes.find((size) => size === 10) ?? legs;
  return [
    ...sizes.map((size) => ({ codec: "PCMA", size, allSpeak: false }) as const),
    { codec: "PCMA", size: middle, allSpeak: true },
    { codec: "G722", size: middle, allSpeak: false },
    { codec: "opus", size: middle, allSpeak: false },
    { codec: "opus", size: middle, allSpeak: true },
  ];
}

async function measure(plan: Plan, legs: number, voices: number, seconds: number): Promise<Step> {
  using crowd = new Crowd();
  using probe = new DelayProbe();
  for (let index = 0; index < legs; index += 1)
    await crowd.add(plan.codec, `room-${Math.floor(index / plan.size)}`, voices);
  await probe.open();
  await using sound = new VecheMixer();
  const places = await sound.open([...crowd.wanted, ...probe.wanted]);
  const { loads } = sound;
  using _first = goFirst();
  await crowd.start(places, (index) => plan.allSpeak || index % 4 === 0);
  await probe.start(places.slice(legs));
  await pause(settleMs);
  probe.settle();
  const [cpu, waited, heard] = [cpuSecondsOf(sound.pid), ownWaitSecondsOf(sound.pid), crowd.heard];
  const phonesWaited = ownWaitSecondsOf(process.pid);
  const [at, seen] = [performance.now(), loads.length];
  await pause(seconds * 1_000);
  const passed = (performance.now() - at) / 1_000;
  const load = loads.slice(seen).reduce((sum, one) => sum + one, 0) / Math.max(1, loads.length - seen);
  return {
    ...plan,
    // The three of the probe are legs as any other.
    cpuPercentPerLeg: round(((cpuSecondsOf(sound.pid) - cpu) / passed / (legs + 3)) * 100),
    loadPercent: round(load * 100),
    waitedPercent: round(((ownWaitSecondsOf(sound.pid) - waited) / passed) * 100),
    phonesWaitedPercent: round(((ownWaitSecondsOf(process.pid) - phonesWaited) / passed) * 100),
    heardPercent: round(((crowd.heard - heard) / (passed * 50 * legs)) * 100),
    ...probe.figures(),
  };
}

function rowOf(step: Step): string {
  const { codec, size, allSpeak, cpuPercentPerLeg, loadPercent, heardPercent, echoDb } = step;
  const what = `${codec}, rooms of ${size}, ${allSpeak ? "all speak" : "one in four speaks"}`;
  const [local, bridge] = [step.addedDelayMs, step.addedDelayFromBridgeMs];
  const cells = [
    `${cpuPercentPerLeg.toFixed(2)} %`.padStart(8),
    `${loadPercent.toFixed(0)} %`.padStart(6),
    `${step.waitedPercent.toFixed(0)} %`.padStart(6),
    `${step.phonesWaitedPercent.toFixed(0)} %`.padStart(6),
    `${heardPercent.toFixed(0)} %`.padStart(6),
    `${local.p50.toFixed(0)} ms`.padStart(8),
    `${local.p95.toFixed(0)} ms`.padStart(6),
    `${bridge.p50.toFixed(0)} ms`.padStart(14),
    `${bridge.p95.toFixed(0)} ms`.padStart(6),
    `${echoDb} dB`.padStart(9),
  ];
  return `  ${what.padEnd(34)}${cells.join(" ")}`;
}
