/** `npm run bench -- composite`: composites of a page with four films, which flash and beep, measured in what they record. */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { parseArgs } from "node:util";
import { distinctFrames, measureFilm } from "@veche/recorder/composite/testing/film-figures.ts";
import { makeFilm, serveMeetingPage } from "@veche/recorder/composite/testing/meeting-page.ts";
import { openFilm, withoutPrograms } from "@veche/recorder/composite/testing/openers.ts";
import { wholeNumber } from "../arguments.ts";
import { type Cost, costOver } from "./cost.ts";

type Filmed = {
  readonly openedMs: number;
  /** Asked → first bytes of the film. */
  readonly firstBytesMs: number;
  /** Told by the page: pictures that came too late, or found the encoder busy. */
  readonly droppedFrames: number;
  readonly frames: number;
  readonly distinctFrames: number;
  readonly longestGapMs: number;
  readonly soundLagsMs: readonly number[];
  readonly megabitPerSecond: number;
};

export type CompositeResults = {
  readonly seconds: number;
  /** By how many there were at once. */
  readonly steps: readonly { readonly cost: Cost; readonly films: readonly Filmed[] }[];
};

export async function benchComposites(args: readonly string[], say: (text: string) => void): Promise<CompositeResults> {
  const skipped = withoutPrograms();
  if (skipped) throw new Error(skipped);
  const { values } = parseArgs({
    args: [...args],
    options: { most: { type: "string", default: "2" }, seconds: { type: "string", default: "20" } },
  });
  const seconds = wholeNumber("seconds", values.seconds, 5, 600);
  const most = wholeNumber("most", values.most, 1, 8);
  const large = await makeFilm({ width: 1280, height: 720, seconds: 20 });
  const small = await makeFilm({ width: 320, height: 180, seconds: 18 }, false);
  await using page = await serveMeetingPage({ films: [large, small, small, small] });
  const steps: CompositeResults["steps"][number][] = [];
  for (let count = 1; count <= most; count++) {
    const measuring = costOver(process.pid, seconds);
    const films = await Promise.all(Array.from({ length: count }, () => filmed(page.origin, measuring)));
    const cost = await measuring;
    say(`${count} at once: ${cost.cpuPercent} % of a core, ${cost.proportionalMiB} MiB (PSS), node and bench included`);
    for (const one of films)
      say(
        `  first bytes ${one.firstBytesMs} ms, ${one.frames} pictures (${one.distinctFrames} differ, ${one.droppedFrames} left out), ` +
          `longest gap ${one.longestGapMs} ms, sound later by ${one.soundLagsMs.join(" ")} ms, ${one.megabitPerSecond} Mbit/s`,
      );
    steps.push({ cost, films });
  }
  return { seconds, steps };
}

async function filmed(origin: string, measuring: Promise<Cost>): Promise<Filmed> {
  const directory = await mkdtemp(join(tmpdir(), "veche-bench-"));
  const path = join(directory, "film.ts");
  try {
    const startedAt = performance.now();
    let firstBytesMs = 0;
    const composite = await openFilm(origin);
    const openedMs = Math.round(performance.now() - startedAt);
    composite.media.once("data", () => {
      firstBytesMs = Math.round(performance.now() - startedAt);
    });
    const file = createWriteStream(path);
    composite.media.pipe(file);
    await measuring;
    const { droppedFrames } = composite.figures();
    await composite[Symbol.asyncDispose]();
    await finished(file);
    const { frames, longestGapMs, soundLagsMs, soundSeconds } = await measureFilm(path);
    const megabitPerSecond = Math.round((file.bytesWritten * 8) / soundSeconds / 1e4) / 100;
    const distinct = await distinctFrames(path);
    return {
      openedMs,
      firstBytesMs,
      droppedFrames,
      frames,
      distinctFrames: distinct,
      longestGapMs,
      soundLagsMs,
      megabitPerSecond,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
