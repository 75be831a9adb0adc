import { Composer } from "./composer.ts";
import type { Behind, FromWorker, ToWorker } from "./messages.ts";
import { Pace } from "./pace.ts";
import { Segmenter } from "./segmenter.ts";

interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
const composer = new Composer();
let segmenter: Segmenter | undefined;
let behind: Behind = { type: "blur", strength: "strong" };
let pace = new Pace();
let run = 0;
let cancel: (() => void) | undefined;
let isBusy = false;

async function draw(frame: CanvasImageSource, width: number, height: number): Promise<OffscreenCanvas | undefined> {
  if (!segmenter) return undefined;
  const began = performance.now();
  if (pace.isDue) await segmenter.look(frame);
  const drawn = composer.compose(frame, { width, height }, segmenter.mask, behind);
  if (pace.took(performance.now() - began)) {
    scope.postMessage({ type: "slow" });
    pace = new Pace();
  }
  return drawn;
}

async function follow(readable: ReadableStream<VideoFrame>, writable: WritableStream<VideoFrame>): Promise<void> {
  const reader = readable.getReader();
  const writer = writable.getWriter();
  let isWanted = true;
  cancel = () => {
    isWanted = false;
  };
  while (isWanted) {
    const { value: frame, done } = await reader.read();
    if (done) break;
    try {
      const drawn = isWanted ? await draw(frame, frame.displayWidth, frame.displayHeight) : undefined;
      if (drawn && !(await write(writer, new VideoFrame(drawn, { timestamp: frame.timestamp })))) break;
    } finally {
      frame.close();
    }
  }
  await reader.cancel().catch(() => {});
  await writer.close().catch(() => {});
}

/** False when nobody takes the frames any more. */
async function write(writer: WritableStreamDefaultWriter<VideoFrame>, frame: VideoFrame): Promise<boolean> {
  try {
    await writer.write(frame);
    return true;
  } catch {
    frame.close();
    return false;
  }
}

async function one(frame: ImageBitmap, of: number): Promise<void> {
  // One at a time; what comes meanwhile is too late already.
  if (isBusy) return frame.close();
  isBusy = true;
  const drawn = await draw(frame, frame.width, frame.height);
  frame.close();
  isBusy = false;
  if (!drawn || of !== run) return;
  const bitmap = drawn.transferToImageBitmap();
  scope.postMessage({ type: "drawn", run: of, frame: bitmap }, [bitmap]);
}

function fail(error: unknown): void {
  scope.postMessage({ type: "failed", reason: error instanceof Error ? error.message : String(error) });
}

function stop(): void {
  cancel?.();
  cancel = undefined;
}

scope.onmessage = ({ data }) => {
  if (data.type === "behind") behind = data.behind;
  else if (data.type === "stop") {
    if (data.run === run) stop();
  } else {
    if (data.run !== run) pace = new Pace();
    run = data.run;
    if (data.type === "frame") one(data.frame, data.run).catch(fail);
    else {
      stop();
      follow(data.readable, data.writable).catch(fail);
    }
  }
};

Segmenter.load().then((loaded) => {
  segmenter = loaded;
  scope.postMessage({ type: "ready" });
}, fail);
