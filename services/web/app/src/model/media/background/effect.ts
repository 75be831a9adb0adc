import type { VideoEffect } from "../video-effect.ts";
import type { Behind, FromWorker, ToWorker } from "./messages.ts";

export interface EffectEvents {
  /** This computer does not keep up. */
  slow(): void;
  failed(reason: string): void;
}

/** Chromium's ways to and from single frames (W3C mediacapture-transform). */
interface FrameStreams {
  MediaStreamTrackProcessor?: new (init: {
    track: MediaStreamTrack;
    maxBufferSize: number;
  }) => {
    readonly readable: ReadableStream<VideoFrame>;
  };
  MediaStreamTrackGenerator?: new (init: {
    kind: "video";
  }) => MediaStreamTrack & {
    readonly writable: WritableStream<VideoFrame>;
  };
}

const FALLBACK_RATE = 24;

/** Shows the person before something else than their room. All the work is done in a worker. */
export class BackgroundEffect implements VideoEffect {
  readonly #worker: Worker;
  readonly #ready: Promise<void>;
  readonly #events: EffectEvents;
  #run = 0;
  #stop: (() => void) | undefined;
  #drawn: ((frame: ImageBitmap) => void) | undefined;

  constructor(events: EffectEvents) {
    this.#events = events;
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { name: "background" });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#ready = promise;
    // Who waits for it hears of it; nobody else has to.
    promise.catch(() => {});
    this.#worker.onerror = (event) => reject(new Error(event.message));
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === "ready") resolve();
      else if (data.type === "slow") events.slow();
      else if (data.type === "failed") {
        reject(new Error(data.reason));
        events.failed(data.reason);
      } else if (data.run === this.#run) this.#drawn?.(data.frame);
      else data.frame.close();
    };
  }

  show(behind: Behind): void {
    this.#tell({ type: "behind", behind });
  }

  async start(track: MediaStreamTrack): Promise<MediaStreamTrack> {
    this.stop();
    const run = ++this.#run;
    await this.#ready;
    const { MediaStreamTrackProcessor: Processor, MediaStreamTrackGenerator: Generator } = globalThis as FrameStreams;
    if (!Processor || !Generator) return this.#drawOnCanvas(track, run);
    const { readable } = new Processor({ track, maxBufferSize: 1 });
    const shown = new Generator({ kind: "video" });
    const { writable } = shown;
    this.#stop = () => shown.stop();
    this.#tell({ type: "stream", run, readable, writable }, [readable, writable]);
    return describedAs(shown, track);
  }

  stop(): void {
    if (!this.#stop) return;
    this.#tell({ type: "stop", run: this.#run });
    this.#stop();
    this.#stop = undefined;
    this.#drawn = undefined;
  }

  close(): void {
    this.stop();
    this.#worker.terminate();
  }

  /** For browsers without streams of frames: pictures one by one, drawn where a stream can be taken from. */
  async #drawOnCanvas(track: MediaStreamTrack, run: number): Promise<MediaStreamTrack> {
    const video = document.createElement("video");
    video.muted = true;
    video.playsInline = true;
    video.srcObject = new MediaStream([track]);
    await video.play();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    const pen = canvas.getContext("2d");
    const [shown] = canvas.captureStream(FALLBACK_RATE).getVideoTracks();
    if (!pen || !shown) throw new Error("expected a canvas with a stream");
    const timer = setInterval(() => {
      if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
      createImageBitmap(video).then(
        (frame) => this.#tell({ type: "frame", run, frame }, [frame]),
        (error: unknown) => this.#events.failed(String(error)),
      );
    }, 1000 / FALLBACK_RATE);
    this.#drawn = (frame) => {
      if (canvas.width !== frame.width) [canvas.width, canvas.height] = [frame.width, frame.height];
      pen.drawImage(frame, 0, 0);
      frame.close();
    };
    this.#stop = () => {
      clearInterval(timer);
      video.srcObject = null;
      shown.stop();
    };
    return describedAs(shown, track);
  }

  #tell(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

/** Whoever asks for size, device or side is answered as by the camera. */
function describedAs(shown: MediaStreamTrack, track: MediaStreamTrack): MediaStreamTrack {
  shown.getSettings = () => track.getSettings();
  return shown;
}
