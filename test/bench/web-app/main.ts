/** `npm run bench -- web-app`: how soon the web app's pages can be used, and what a call of many costs a page. See README.md. */
import { parseArgs } from "node:util";
import { launchBrowser, withoutBrowser } from "../../harness/browser.ts";
import { startTestStack } from "../../harness/stack.ts";
import { Crowd } from "../../load/crowd.ts";
import { placeOf } from "../../load/place.ts";
import { wholeNumber } from "../arguments.ts";
import type { Distribution } from "../figures.ts";
import { makeFilms } from "./film.ts";
import { measureOpening, type Opening, profile } from "./opening.ts";
import { measureTiles, type Tiles } from "./tiles.ts";

export type WebAppResults = { readonly profile: typeof profile; readonly opening: Opening; readonly tiles: Tiles };

const room = "bench-tiles";

export async function benchWebApp(args: readonly string[], say: (text: string) => void): Promise<WebAppResults> {
  const { others, seconds, rounds } = readOptions(args);
  const skipped = withoutBrowser();
  if (skipped) throw new Error(skipped);
  await using stack = await startTestStack({ LOG_LEVEL: "info" });
  const browser = await launchBrowser();
  try {
    const opening = await measureOpening(browser, stack.local.urls.http, rounds);
    sayOpening(opening, say);
    using crowd = await Crowd.open(placeOf(stack.local));
    const films = await makeFilms(browser, stack.local.urls.http);
    const roomUrl = stack.roomUrl(room);
    const tiles = await measureTiles({ browser, crowd, films, room, roomUrl, others, seconds });
    sayTiles(tiles, say);
    return { profile, opening, tiles };
  } finally {
    await browser.close();
  }
}

function readOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      others: { type: "string", default: "24" },
      seconds: { type: "string", default: "60" },
      rounds: { type: "string", default: "10" },
    },
  });
  return {
    others: wholeNumber("others", values.others, 1, 48),
    seconds: wholeNumber("seconds", values.seconds, 5, 600),
    rounds: wholeNumber("rounds", values.rounds, 1, 100),
  };
}

function sayOpening(opening: Opening, say: (text: string) => void): void {
  const { cpuSlowdown, megabitsPerSecond, roundTripMs } = profile;
  say(`Processor ${cpuSlowdown} times slower, ${megabitsPerSecond} Mbit/s, ${roundTripMs} ms`);
  const row = (name: string, { p50, p95, max, samples }: Distribution): void =>
    say(`  ${name.padEnd(34)} p50 ${p50}  p95 ${p95}  max ${max} ms  (${samples})`);
  row("start page usable", opening.welcomeUsableMs);
  row("look at the devices usable", opening.prejoinUsableMs);
  row("… with the files kept", opening.prejoinAgainUsableMs);
  row("join pressed → in the room", opening.pressedToJoinedMs);
  say(`  ${"fetched for it".padEnd(34)} ${opening.transferredKB} kB`);
}

function sayTiles(figures: Tiles, say: (text: string) => void): void {
  say(`\n${figures.tiles} tiles, ${figures.framesPerSecond} frames a second in all`);
  const row = (name: string, value: string): void => say(`  ${name.padEnd(34)} ${value}`);
  row("main thread, of a minute", `${figures.mainThreadSeconds} s`);
  row("  of it script", `${figures.scriptSeconds} s`);
  row("  of it layout and style", `${figures.layoutSeconds} s, ${figures.styleSeconds} s`);
  row("heap, before and after", `${figures.heapMB} MB, ${figures.heapAfterMB} MB`);
  row("nodes of the page", String(figures.nodes));
  row(`layout shift, ${figures.cameAndWent} left and came`, String(figures.layoutShift));
}
