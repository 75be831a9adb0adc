/** `npm run bench -- tracks`: what recording tracks costs the recorder for each megabit a second of media. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { launchBrowser, withoutBrowser } from "../../harness/browser.ts";
import { withoutFfmpeg } from "../../harness/recording/ffmpeg.ts";
import { Moderator } from "../../harness/recording/moderator.ts";
import { startTestStack } from "../../harness/stack.ts";
import { Crowd } from "../../load/crowd.ts";
import { placeOf } from "../../load/place.ts";
import { wholeNumber } from "../arguments.ts";
import { round } from "../figures.ts";
import { makeFilms } from "../web-app/film.ts";
import { type Cost, costOver } from "./cost.ts";

export type TracksResults = {
  readonly people: number;
  readonly seconds: number;
  readonly idle: Cost;
  readonly cost: Cost;
  /** As it is stored. */
  readonly megabitPerSecond: number;
  /** Of a core, beyond what it costs to wait. */
  readonly coresPerMegabit: number;
  readonly startedMs: number;
};

export async function benchTracks(args: readonly string[], say: (text: string) => void): Promise<TracksResults> {
  const { values } = parseArgs({
    args: [...args],
    options: { people: { type: "string", default: "6" }, seconds: { type: "string", default: "20" } },
  });
  const people = wholeNumber("people", values.people, 1, 24);
  const seconds = wholeNumber("seconds", values.seconds, 5, 600);
  const skipped = withoutBrowser() || withoutFfmpeg();
  if (skipped) throw new Error(skipped);
  const env = { LOG_LEVEL: "info", VECHE_RECORDER_MAX_CPU: "1", VECHE_RECORDER_MIN_MEMORY: "0" };
  const disk = { VECHE_RECORDER_MIN_DISK: "100", VECHE_RECORDER_WARN_DISK: "200" };
  await using stack = await startTestStack({ ...env, ...disk }, { recorders: 1 });
  const browser = await launchBrowser();
  const films = await makeFilms(browser, stack.local.urls.http).finally(() => browser.close());
  using crowd = await Crowd.open(placeOf(stack.local));
  const pid = stack.local.pids().recorder ?? 0;
  const idle = await costOver(pid, seconds);
  const room = "bench-tracks";
  using moderator = await Moderator.open(stack.local.urls.http, room);
  const wishes = { lastN: 0, height: 180, onStage: [] };
  await crowd.join({ room, people, joinsPerSecond: 4, speakers: people, wishes, films });
  const { id, startedMs } = await moderator.run({ mode: "file", capture: "tracks" });
  const folder = join(stack.local.dataDir, "recorder", "recordings");
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const before = { bytes: bytesIn(folder), at: performance.now() };
  const cost = await costOver(pid, seconds);
  const bits = (bytesIn(folder) - before.bytes) * 8;
  const megabitPerSecond = round(bits / 1_000 / (performance.now() - before.at));
  await moderator.stop(id);
  const coresPerMegabit = (cost.cpuPercent - idle.cpuPercent) / 100 / megabitPerSecond;
  say(
    `${people} people, ${megabitPerSecond} Mbit/s stored: ${cost.cpuPercent} % of a core (waiting: ${idle.cpuPercent} %)`,
  );
  say(`${coresPerMegabit.toFixed(4)} of a core for each Mbit/s; on after ${Math.round(startedMs)} ms`);
  return { people, seconds, idle, cost, megabitPerSecond, coresPerMegabit, startedMs };
}

function bytesIn(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.reduce((sum, name) => sum + (/\.(webm|mkv)$/.test(name) ? statSync(join(folder, name)).size : 0), 0);
}
