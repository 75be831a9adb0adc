/** `npm run bench -- recorder`: what a composite, a recording of tracks and a live stream cost a recorder. See README.md. */
import { parseArgs } from "node:util";
import { launchBrowser, withoutBrowser } from "../../harness/browser.ts";
import { withoutFfmpeg, withoutRtmpServer } from "../../harness/recording/ffmpeg.ts";
import { Moderator, type RecordingWish } from "../../harness/recording/moderator.ts";
import { RtmpServer } from "../../harness/recording/rtmp-server.ts";
import { startTestStack, type TestStack } from "../../harness/stack.ts";
import { Crowd } from "../../load/crowd.ts";
import type { Film } from "../../load/media/film.ts";
import { placeOf } from "../../load/place.ts";
import { wholeNumber } from "../arguments.ts";
import { makeFilms } from "../web-app/film.ts";
import { type Cost, costOver } from "./cost.ts";

export type Step = Cost & {
  readonly what: string;
  /** Asked → on, of what this step added. */
  readonly startedMs: readonly number[];
};

export type RecorderResults = {
  readonly people: number;
  readonly seconds: number;
  readonly steps: readonly Step[];
};

type Scene = {
  readonly stack: TestStack;
  readonly crowd: Crowd;
  readonly films: readonly Film[];
  readonly server: RtmpServer | undefined;
  readonly people: number;
  readonly seconds: number;
  readonly say: (text: string) => void;
};

const wishes = { lastN: 0, height: 180, onStage: [] } as const;
const settings = {
  LOG_LEVEL: "info",
  VECHE_RECORDER_ALLOW_PRIVATE_STREAMS: "true",
  // The others are on this machine too: what is measured is not what is admitted.
  VECHE_RECORDER_MAX_CPU: "1",
  VECHE_RECORDER_MIN_MEMORY: "0",
  VECHE_RECORDER_MIN_DISK: "100",
  VECHE_RECORDER_WARN_DISK: "200",
};

export async function benchRecorder(args: readonly string[], say: (text: string) => void): Promise<RecorderResults> {
  const { people, seconds } = readOptions(args);
  const skipped = withoutBrowser() || withoutFfmpeg();
  if (skipped) throw new Error(skipped);
  await using stack = await startTestStack(settings, { recorders: 1 });
  const browser = await launchBrowser();
  const films = await makeFilms(browser, stack.local.urls.http).finally(() => browser.close());
  using crowd = await Crowd.open(placeOf(stack.local));
  const missing = withoutRtmpServer();
  if (missing) say(missing);
  await using server = missing ? undefined : await RtmpServer.start();
  const scene = { stack, crowd, films, server, people, seconds, say };
  say(`${people} people in each room, each counted over ${seconds} s`);
  say("                                        CPU, of a core    MiB (PSS)   asked → on, ms");
  const steps = [await step(scene, "nothing", []), ...(await composites(scene)), ...(await tracks(scene))];
  return { people, seconds, steps };
}

function readOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: { people: { type: "string", default: "3" }, seconds: { type: "string", default: "20" } },
  });
  return {
    people: wholeNumber("people", values.people, 1, 24),
    seconds: wholeNumber("seconds", values.seconds, 5, 600),
  };
}

/** One, the same with streams beside it, and another one. */
async function composites(scene: Scene): Promise<Step[]> {
  const steps: Step[] = [];
  using first = await openRoom(scene, "bench-first");
  const file = await first.run({ mode: "file" });
  steps.push(await step(scene, "one composite", [file.startedMs]));
  if (scene.server) {
    const { server } = scene;
    const one = await first.run({ mode: "stream", streamId: server.url("first") });
    steps.push(await step(scene, "… and a stream", [one.startedMs]));
    await first.stop(one.id, "stream");
  }
  using second = await openRoom(scene, "bench-second");
  const other = await second.run({ mode: "file" });
  steps.push(await step(scene, "two composites", [other.startedMs]));
  await end(scene, [
    [first, file.id],
    [second, other.id],
  ]);
  return steps;
}

async function tracks(scene: Scene): Promise<Step[]> {
  const steps: Step[] = [];
  for (const capture of ["tracks", "audio"] as const) {
    using room = await openRoom(scene, `bench-${capture}`);
    const wish: RecordingWish = { mode: "file", capture };
    const { id, startedMs } = await room.run(wish);
    const what = capture === "tracks" ? `tracks of ${scene.people} people` : `sound of ${scene.people} people`;
    steps.push(await step(scene, what, [startedMs]));
    await end(scene, [[room, id]]);
  }
  return steps;
}

async function openRoom({ stack, crowd, films, people }: Scene, room: string): Promise<Moderator> {
  const moderator = await Moderator.open(stack.local.urls.http, room);
  await crowd.join({ room, people, joinsPerSecond: 4, speakers: 1, wishes, films });
  return moderator;
}

/** Stops them, and waits until their files are whole: what that costs is not to be counted with what comes next. */
async function end({ stack }: Scene, jobs: readonly (readonly [Moderator, string])[]): Promise<void> {
  const count = stack.lines.filter(isFinished).length;
  for (const [moderator, id] of jobs) await moderator.stop(id);
  const deadline = performance.now() + 30_000;
  while (stack.lines.filter(isFinished).length < count + jobs.length && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 200));
}

const isFinished = ({ from, text }: TestStack["lines"][number]): boolean =>
  from === "recorder" && /"event":"recording-available"|recording (is )?available/.test(text);

async function step({ stack, seconds, say }: Scene, what: string, startedMs: readonly number[]): Promise<Step> {
  const pid = stack.local.pids().recorder;
  if (pid === undefined) throw new Error("expected a recorder that runs");
  const cost = await costOver(pid, seconds);
  const started = startedMs.map((one) => Math.round(one)).join(", ");
  say(
    `  ${what.padEnd(36)} ${cost.cpuPercent.toFixed(1).padStart(8)} %  ${cost.proportionalMiB.toFixed(0).padStart(12)}   ${started}`,
  );
  return { what, ...cost, startedMs };
}
