import { batch, signal } from "@preact/signals-core";
import { capture, captureScreen } from "./capture.ts";
import type { Devices } from "./devices.ts";
import { type MediaProblem, mediaProblem } from "./problem.ts";

export type OwnMedia = "audio" | "video" | "desktop";

export interface MediaSettings {
  readonly audioMuted: boolean;
  readonly videoMuted: boolean;
  readonly height: number;
}

/** Our microphone, camera and shared screen. A muted camera is switched off, light and all. */
export class LocalMedia {
  readonly audioMuted = signal(false);
  readonly videoMuted = signal(false);
  readonly microphone = signal<MediaStreamTrack | undefined>(undefined);
  readonly camera = signal<MediaStreamTrack | undefined>(undefined);
  readonly screen = signal<MediaStreamTrack | undefined>(undefined);
  readonly audioProblem = signal<MediaProblem | undefined>(undefined);
  readonly videoProblem = signal<MediaProblem | undefined>(undefined);
  /** Asked before something of ours is switched on; who says no tells the person why. */
  mayTurnOn: (media: OwnMedia) => boolean = () => true;
  readonly #devices: Devices;
  readonly #height: number;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(devices: Devices, { audioMuted, videoMuted, height }: MediaSettings) {
    this.#devices = devices;
    this.#height = height;
    this.audioMuted.value = audioMuted;
    this.videoMuted.value = videoMuted;
  }

  /** Asks for whatever is not muted. Without devices the call can still be followed. */
  open(): Promise<void> {
    return this.#inTurn(() =>
      this.#acquire(!this.audioMuted.value && !this.microphone.value, !this.videoMuted.value && !this.camera.value),
    );
  }

  setAudioMuted(muted: boolean): Promise<void> {
    this.audioMuted.value = muted || !this.mayTurnOn("audio");
    return this.#inTurn(async () => {
      const isMuted = this.audioMuted.value;
      if (!isMuted && !this.microphone.value) await this.#acquire(true, false);
      if (this.microphone.value) this.microphone.value.enabled = !this.audioMuted.value;
    });
  }

  setVideoMuted(muted: boolean): Promise<void> {
    this.videoMuted.value = muted || !this.mayTurnOn("video");
    return this.#inTurn(async () => {
      if (!this.videoMuted.value && !this.camera.value) await this.#acquire(false, true);
      if (this.videoMuted.value) this.#dropCamera();
    });
  }

  /** Tells what went wrong, if something did; closing the chooser is not wrong. */
  async startScreen(): Promise<MediaProblem | undefined> {
    if (!this.mayTurnOn("desktop")) return undefined;
    try {
      const track = await captureScreen();
      if (!track) return "failed";
      track.addEventListener("ended", () => {
        if (this.screen.value === track) this.screen.value = undefined;
      });
      this.stopScreen();
      this.screen.value = track;
      return undefined;
    } catch (error) {
      const problem = mediaProblem(error);
      return problem === "denied" ? undefined : problem;
    }
  }

  stopScreen(): void {
    const track = this.screen.value;
    this.screen.value = undefined;
    track?.stop();
  }

  /** Takes up the newly chosen device where the old one is in use. */
  switchDevice(kind: "audioinput" | "videoinput"): Promise<void> {
    return this.#inTurn(async () => {
      if (kind === "audioinput" && this.microphone.value) {
        const old = this.microphone.value;
        await this.#acquire(true, false);
        if (this.microphone.value !== old) old.stop();
      } else if (kind === "videoinput" && this.camera.value) {
        this.#dropCamera();
        await this.#acquire(false, true);
      }
    });
  }

  close(): void {
    this.#closed = true;
    this.stopScreen();
    this.#dropCamera();
    this.microphone.value?.stop();
    this.microphone.value = undefined;
  }

  async #acquire(audio: boolean, video: boolean): Promise<void> {
    if (!audio && !video) return;
    const { audioinput, videoinput } = this.#devices.chosen.value;
    const got = await capture({ audio, video, microphone: audioinput, camera: videoinput, height: this.#height });
    if (this.#closed) {
      got.audio?.stop();
      got.video?.stop();
      return;
    }
    batch(() => {
      if (audio) this.#takeMicrophone(got.audio, got.audioProblem);
      if (video) this.#takeCamera(got.video, got.videoProblem);
    });
    await this.#devices.refresh();
  }

  #takeMicrophone(track: MediaStreamTrack | undefined, problem: MediaProblem | undefined): void {
    this.audioProblem.value = problem;
    if (!track) {
      this.audioMuted.value = true;
      return;
    }
    track.enabled = !this.audioMuted.value;
    track.addEventListener("ended", () => {
      if (this.microphone.value !== track) return;
      this.microphone.value = undefined;
      this.audioMuted.value = true;
      this.audioProblem.value = "missing";
    });
    this.microphone.value = track;
  }

  #takeCamera(track: MediaStreamTrack | undefined, problem: MediaProblem | undefined): void {
    this.videoProblem.value = problem;
    if (!track) {
      this.videoMuted.value = true;
      return;
    }
    track.addEventListener("ended", () => {
      if (this.camera.value !== track) return;
      this.camera.value = undefined;
      this.videoMuted.value = true;
      this.videoProblem.value = "missing";
    });
    this.camera.value = track;
  }

  #dropCamera(): void {
    const track = this.camera.value;
    this.camera.value = undefined;
    track?.stop();
  }

  /** Quick clicks must not ask for the same device twice. */
  #inTurn(task: () => Promise<void>): Promise<void> {
    const turn = this.#queue.then(task, task);
    this.#queue = turn.catch(() => {});
    return turn;
  }
}
