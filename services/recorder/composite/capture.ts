/** Films a page: has it encode its own tab, and lays what comes into one stream for ffmpeg. */
import { readFile } from "node:fs/promises";
import type { Browser } from "./browser.ts";
import { readCaptured } from "./captured.ts";
import type { Format } from "./format.ts";
import { Pace } from "./in-page/pace.ts";
import { SoundLine } from "./in-page/sound-line.ts";
import { filmHeader, soundBlock, videoBlock } from "./matroska.ts";

export const keySeconds = 2;
/** What comes before the encoder knows both picture and sound: half a second, since sound begins by then. */
const maxWaiting = 100;
const binding = "vecheFilm";

export type CaptureEvents = {
  readonly write: (bytes: Buffer) => void;
  /** Each second: pictures since the start, and those left out. */
  readonly figures: (figures: { readonly frames: number; readonly dropped: number }) => void;
  readonly failed: (text: string) => void;
};

/** Resolves when the tab is captured; rejects where the browser refuses. */
export async function film(browser: Browser, format: Format, events: CaptureEvents): Promise<void> {
  const options = { ...format, keySeconds, binding };
  const program = `(${await scriptOf("capture.js")})(${JSON.stringify(options)}, ${JSON.stringify(await workerSource())})`;
  await browser.run(program, binding, filmReader(format, events));
}

/** Takes the page's texts one by one. */
export function filmReader(format: Format, events: CaptureEvents): (text: string) => void {
  let description: Buffer | undefined;
  let soundRate: number | undefined;
  let waiting: Buffer[] | undefined = [];
  const lay = (block: Buffer): void => {
    if (!waiting) {
      events.write(block);
      return;
    }
    waiting.push(block);
    if (waiting.length > maxWaiting) events.failed("expected picture and sound, found one of them only");
    if (!description || soundRate === undefined) return;
    const { width, height, framesPerSecond } = format;
    events.write(filmHeader({ width, height, framesPerSecond, description, soundRate }));
    for (const each of waiting) events.write(each);
    waiting = undefined;
  };
  return (text) => {
    const captured = readCaptured(text);
    switch (captured?.kind) {
      case undefined:
        return;
      case "description":
        description ??= captured.bytes;
        return;
      case "video":
        return lay(videoBlock(captured.timeUs, captured.isKey, captured.bytes));
      case "sound":
        soundRate ??= captured.rate;
        return lay(soundBlock(captured.timeUs, captured.bytes));
      case "figures":
        return events.figures(captured);
      case "failed":
        return events.failed(captured.text);
    }
  };
}

/** Comments stand before what capture.js is: one function expression. */
async function scriptOf(name: string): Promise<string> {
  const text = await readFile(new URL(`./in-page/${name}`, import.meta.url), "utf8");
  return text.trim().replace(/;$/, "");
}

/** Node strips types in place, so that a class's own text is what the worker can run. */
async function workerSource(): Promise<string> {
  return `${Pace}\n${SoundLine}\n${await scriptOf("worker.js")}`;
}
