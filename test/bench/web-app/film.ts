/** Has a browser draw and encode people before a wall, so that participants without a browser have something to show. */
import type { Browser } from "playwright-core";
import { openStage } from "../../harness/browser.ts";
import { anna, boris, gleb, vera } from "../../harness/identities.ts";
import type { Film } from "../../load/media/film.ts";
import { cameraLayers } from "../../load/media/sender.ts";

const framesPerSecond = 15;
const seconds = 4;

/** `pageUrl`: browsers encode only for pages they trust. */
export async function makeFilms(browser: Browser, pageUrl: string): Promise<Film[]> {
  const films: Film[] = [];
  for (const identity of [anna, boris, vera, gleb]) {
    const page = await openStage(browser, identity, { isPortrait: true });
    await page.goto(pageUrl);
    const reels = [];
    for (const layer of cameraLayers) {
      const frames = await page.evaluate<string[]>(
        `(${encode})(${JSON.stringify({ ...layer, framesPerSecond, seconds })})`,
      );
      reels.push({ ...layer, frames: frames.map((frame) => Buffer.from(frame, "base64")) });
    }
    films.push({ framesPerSecond, reels });
    await page.context().close();
  }
  return films;
}

/** Runs in the page. */
const encode = `async ({ height, bitsPerSecond, framesPerSecond, seconds }) => {
  const width = (height * 16) / 9;
  const frames = [];
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      frames.push(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")));
    },
    error: (error) => { throw error; },
  });
  encoder.configure({ codec: "vp8", width, height, bitrate: bitsPerSecond, framerate: framesPerSecond, latencyMode: "realtime" });
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext("2d");
  pen.scale(height / 360, height / 360);
  const paint = vechePortrait(vecheIdentity);
  for (let number = 0; number < framesPerSecond * seconds; number++) {
    paint(pen, 640, 360, number);
    const frame = new VideoFrame(canvas, { timestamp: (number * 1e6) / framesPerSecond });
    encoder.encode(frame, { keyFrame: number === 0 });
    frame.close();
  }
  await encoder.flush();
  return frames;
}`;
