/** In place of the web app: a page that says it is in a meeting, and shows and plays films. */
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";

const run = promisify(execFile);

export type FilmSize = { readonly width: number; readonly height: number; readonly seconds: number };

/** Where the flash is, as parts of the picture. */
export const flash = { everySeconds: 2, seconds: 0.1, widthShare: 0.25, heightShare: 0.25 } as const;

/** A moving picture of 25 frames a second whose upper left corner flashes white every two seconds, with a beep of 1 kHz. */
export async function makeFilm({ width, height, seconds }: FilmSize, hasSound = true): Promise<Buffer> {
  const isOn = `lt(mod(t\\,${flash.everySeconds})\\,${flash.seconds})`;
  const corner = `x=0:y=0:w=${Math.round(width * flash.widthShare)}:h=${Math.round(height * flash.heightShare)}:t=fill`;
  const picture = `testsrc2=s=${width}x${height}:r=25:d=${seconds},drawbox=${corner}:c=black,drawbox=${corner}:c=white:enable=${isOn}`;
  const sound = `sine=f=1000:r=48000:d=${seconds},asetnsamples=48,volume=eval=frame:volume=${isOn}`;
  const args = ["-v", "error", "-f", "lavfi", "-i", picture];
  if (hasSound) args.push("-f", "lavfi", "-i", sound, "-c:a", "libopus");
  const bitrate = String(Math.round(width * height * 1.6));
  args.push("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", bitrate, "-f", "webm", "pipe:1");
  const { stdout } = await run("ffmpeg", args, { encoding: "buffer", maxBuffer: 1e9 });
  return stdout;
}

export type MeetingPage = AsyncDisposable & { readonly origin: string; readonly paths: readonly string[] };

export type MeetingPageOptions = {
  /** The first fills the page, the others stand in a strip at its right. */
  readonly films?: readonly Buffer[];
  /** Of `state()`, by seconds since the page was opened. */
  readonly state?: string;
  readonly body?: string;
};

export async function serveMeetingPage({ films = [], state, body = "" }: MeetingPageOptions): Promise<MeetingPage> {
  const paths: string[] = [];
  const server = createServer(({ url = "/", headers }, response) => {
    paths.push(url);
    const found = /^\/film-(\d+)\.webm$/.exec(url);
    const film = found ? films[Number(found[1])] : undefined;
    if (!film) {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(pageOf(films.length, state, body));
      return;
    }
    const [, first = "0", last = ""] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") ?? [];
    const end = last === "" ? film.length - 1 : Number(last);
    response.writeHead(206, {
      "content-type": "video/webm",
      "accept-ranges": "bytes",
      "content-range": `bytes ${first}-${end}/${film.length}`,
    });
    response.end(film.subarray(Number(first), end + 1));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    paths,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const usualState = `{ phase: "joined", participants: 3, receivingVideo: document.querySelectorAll("video").length }`;

function pageOf(films: number, state: string = usualState, body = ""): string {
  const videos = Array.from({ length: films }, (_, index) => {
    const place =
      index === 0
        ? "left:0;top:0;width:100vw;height:100vh"
        : `right:1vw;top:${index * 22 - 21}vh;width:20vw;height:20vh`;
    return `<video src="/film-${index}.webm" loop ${index === 0 ? "" : "muted"} style="${place}"></video>`;
  });
  return `<!doctype html><title>Meeting</title>
<style>body { margin: 0; background: #123; color: #fff; overflow: hidden } video { position: absolute; object-fit: cover }</style>
${videos.join("\n")}${body}
<script>
const opened = performance.now();
const film = { layout: "speaker", seconds: () => (performance.now() - opened) / 1000 };
window.vecheRecorder = { state: () => (${state}), setLayout(name) { document.title = name; } };
for (const video of document.querySelectorAll("video")) video.play();
</script>`;
}
