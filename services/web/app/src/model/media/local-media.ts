import { batch, type ReadonlySignal, signal } from "@preact/signals-core";
import type { FrameRate, Settings } from "../settings.ts";
import { type Captured, type CaptureWish, cameraConstraints, capture, type Facing } from "./capture.ts";
import type { Devices } from "./devices.ts";
import type { MediaProblem } from "./problem.ts";
import { captureScreen } from "./screen-capture.ts";
import { needsPath, openSoundPath, type SoundPath } from "./sound-path.ts";
import type { VideoEffect } from "./video-effect.ts";

export type OwnMedia = "audio" | "video" | "desktop";

export interface MediaStart {
  readonly audioMuted: boolean;
  readonly videoMuted: boolean;
  readonly height: number;
}

/** What happens to our media without our doing. */
export type MediaEvent =
  /** The device has ended: unplugged, taken away by the browser's lock, or the computer slept. */
  | { readonly type: "ended"; readonly media: "audio" | "video" }
  | { readonly type: "failed"; readonly media: "audio" | "video"; readonly problem: MediaProblem }
  | { readonly type: "suppressor-failed" };

/** Our microphone, camera and shared screen. A muted camera is switched off, light and all. */
export class LocalMedia {
  readonly audioMuted = signal(false);
  readonly videoMuted = signal(false);
  /** What the others hear: the voice as it is or with the noise taken out, and the sound of a shared screen. */
  readonly microphone = signal<MediaStreamTrack | undefined>(undefined);
  /** What the others see: the camera as it is, or behind an effect. */
  readonly camera = signal<MediaStreamTrack | undefined>(undefined);
  readonly screen = signal<MediaStreamTrack | undefined>(undefined);
  readonly screenSound = signal<MediaStreamTrack | undefined>(undefined);
  readonly audioProblem = signal<MediaProblem | undefined>(undefined);
  readonly videoProblem = signal<MediaProblem | undefined>(undefined);
  /** Asked before something of ours is switched on; who says no tells the person why. */
  /** As the operator has it, whatever is chosen. */
  maxScreenFrameRate = Number.POSITIVE_INFINITY;
  mayTurnOn: (media: OwnMedia) => boolean = () => true;
  onEvent: (event: MediaEvent) => void = () => {};
  readonly #devices: Devices;
  readonly #settings: Settings;
  readonly #rawMicrophone = signal<MediaStreamTrack | undefined>(undefined);
  readonly #rawCamera = signal<MediaStreamTrack | undefined>(undefined);
  #height: number;
  #facing: Facing | undefined;
  #path: SoundPath | undefined;
  #effect: VideoEffect | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(devices: Devices, settings: Settings, { audioMuted, videoMuted, height }: MediaStart) {
    this.#devices = devices;
    this.#settings = settings;
    this.#height = height;
    this.audioMuted.value = audioMuted;
    this.videoMuted.value = videoMuted;
  }

  /** The microphone itself, before anything is done to its sound. */
  get voice(): ReadonlySignal<MediaStreamTrack | undefined> {
    return this.#rawMicrophone;
  }

  /** The camera itself, before any effect. */
  get lens(): ReadonlySignal<MediaStreamTrack | undefined> {
    return this.#rawCamera;
  }

  /** Asks for whatever is not muted. Without devices the call can still be followed. */
  open(): Promise<void> {
    return this.#inTurn(() =>
      this.#acquire(
        !this.audioMuted.value && !this.#rawMicrophone.value,
        !this.videoMuted.value && !this.#rawCamera.value,
      ),
    );
  }

  setAudioMuted(muted: boolean): Promise<void> {
    this.audioMuted.value = muted || !this.mayTurnOn("audio");
    // At once, whatever else is under way: a word too late or too early is heard by all.
    this.#applyMute();
    return this.#inTurn(async () => {
      if (!this.audioMuted.value && !this.#rawMicrophone.value) await this.#acquire(true, false);
      this.#applyMute();
    });
  }

  setVideoMuted(muted: boolean): Promise<void> {
    this.videoMuted.value = muted || !this.mayTurnOn("video");
    return this.#inTurn(async () => {
      if (!this.videoMuted.value && !this.#rawCamera.value) await this.#acquire(false, true);
      if (this.videoMuted.value) this.#dropCamera();
    });
  }

  /** Tells what went wrong, if something did; closing the chooser is not wrong. */
  startScreen(): Promise<MediaProblem | undefined> {
    return this.#share(true);
  }

  /** Browsers give a sound only with a picture: that is put away at once. */
  startSoundShare(): Promise<MediaProblem | undefined> {
    return this.#share(false);
  }

  stopScreen(): void {
    const { screen, screenSound } = this;
    const [picture, sound] = [screen.value, screenSound.value];
    batch(() => {
      screen.value = undefined;
      screenSound.value = undefined;
    });
    picture?.stop();
    sound?.stop();
    if (sound) void this.#inTurn(() => this.#routeSound());
  }

  setScreenFrameRate(rate: FrameRate): void {
    this.#settings.screenFrameRate.value = rate;
    void this.screen.value?.applyConstraints({ frameRate: { max: rate } }).catch(() => {});
  }

  /** Takes up the newly chosen device where the old one is in use. */
  switchDevice(kind: "audioinput" | "videoinput"): Promise<void> {
    return this.#inTurn(async () => {
      if (kind === "videoinput") this.#facing = undefined;
      if (kind === "audioinput" && this.#rawMicrophone.value) await this.#acquire(true, false);
      else if (kind === "videoinput" && this.#rawCamera.value) await this.#renewCamera();
    });
  }

  /** The other side of a phone, or the next camera. */
  switchCamera(): Promise<void> {
    return this.#inTurn(async () => {
      const track = this.#rawCamera.value;
      if (!track) return;
      const side = track.getSettings().facingMode ?? this.#facing;
      if (side === "user" || side === "environment") this.#facing = side === "user" ? "environment" : "user";
      else this.#chooseNextCamera(track.getSettings().deviceId);
      await this.#renewCamera();
    });
  }

  /** Echo, noise and gain as the settings now have them. */
  applyAudioSettings(): Promise<void> {
    return this.switchDevice("audioinput");
  }

  /** On or off; without a wish the other of both. */
  setNoiseSuppression(isOn = !this.#settings.noiseSuppression.peek()): Promise<void> {
    this.#settings.noiseSuppression.value = isOn;
    return this.#inTurn(() => this.#routeSound());
  }

  /** At most so many lines of the camera, now and from now on. */
  setHeight(height: number): void {
    if (height === this.#height) return;
    this.#height = height;
    void this.#rawCamera.value?.applyConstraints(cameraConstraints(this.#cameraWish(undefined))).catch(() => {});
  }

  /** What is done to the picture before the others see it. */
  setEffect(effect: VideoEffect | undefined): Promise<void> {
    return this.#inTurn(async () => {
      const before = this.#effect;
      if (before === effect) return;
      this.#effect = effect;
      await this.#showCamera();
      before?.stop();
    });
  }

  close(): void {
    this.#closed = true;
    this.stopScreen();
    this.#dropCamera();
    this.#rawMicrophone.value?.stop();
    this.#rawMicrophone.value = undefined;
    this.#path?.close();
    this.#path = undefined;
    this.microphone.value = undefined;
  }

  async #acquire(audio: boolean, video: boolean): Promise<void> {
    if (!audio && !video) return;
    const got = await capture(this.#wish(audio, video));
    if (this.#closed) {
      got.audio?.stop();
      got.video?.stop();
      return;
    }
    if (audio) await this.#takeMicrophone(got);
    if (video) await this.#takeCamera(got);
    await this.#devices.refresh();
  }

  #wish(audio: boolean, video: boolean): CaptureWish {
    const { audioinput, videoinput } = this.#devices.chosen.value;
    const { echoCancellation, autoGainControl, browserNoiseSuppression } = this.#settings;
    return {
      audio: audio
        ? {
            device: audioinput,
            echoCancellation: echoCancellation.value,
            noiseSuppression: browserNoiseSuppression.value,
            autoGainControl: autoGainControl.value,
          }
        : undefined,
      video: video ? this.#cameraWish(videoinput) : undefined,
    };
  }

  #cameraWish(device: string | undefined) {
    return { device, facing: this.#facing, height: this.#height };
  }

  async #takeMicrophone({ audio: track, audioProblem: problem }: Captured): Promise<void> {
    this.audioProblem.value = problem;
    if (!track) {
      // Another device was wished and could not be had: the one before goes on.
      if (!this.#rawMicrophone.value) this.audioMuted.value = true;
      if (problem) this.onEvent({ type: "failed", media: "audio", problem });
      return;
    }
    const before = this.#rawMicrophone.value;
    track.addEventListener("ended", () => this.#ended("audio", track));
    this.#rawMicrophone.value = track;
    this.#applyMute();
    await this.#routeSound();
    before?.stop();
  }

  async #takeCamera({ video: track, videoProblem: problem }: Captured): Promise<void> {
    this.videoProblem.value = problem;
    if (!track) {
      this.videoMuted.value = true;
      if (problem) this.onEvent({ type: "failed", media: "video", problem });
      return;
    }
    track.addEventListener("ended", () => this.#ended("video", track));
    this.#rawCamera.value = track;
    await this.#showCamera();
  }

  /** A silenced microphone is silent at its source, so nothing behind it has to know. */
  #applyMute(): void {
    const track = this.#rawMicrophone.value;
    if (track) track.enabled = !this.audioMuted.value;
  }

  async #routeSound(): Promise<void> {
    const parts = {
      microphone: this.#rawMicrophone.value,
      shared: this.screenSound.value,
      suppressNoise: this.#settings.noiseSuppression.value,
    };
    const before = this.#path;
    this.#path = undefined;
    if (needsPath(parts)) {
      let outcome = await openSoundPath(parts);
      if (!outcome.ok && outcome.reason === "suppressor") {
        this.#settings.noiseSuppression.value = false;
        this.onEvent({ type: "suppressor-failed" });
        if (parts.shared) outcome = await openSoundPath({ ...parts, suppressNoise: false });
      } else if (!outcome.ok) this.#routeAgainOnTouch();
      if (outcome.ok) this.#path = outcome.path;
    }
    if (this.#closed) this.#path?.close();
    else this.microphone.value = this.#path?.track ?? this.#rawMicrophone.value;
    before?.close();
  }

  /** Until somebody has touched the page the browser lets no sound through it. */
  #routeAgainOnTouch(): void {
    const again = () => void this.#inTurn(() => this.#routeSound());
    addEventListener("pointerdown", again, { once: true });
  }

  async #showCamera(): Promise<void> {
    const raw = this.#rawCamera.value;
    try {
      const shown = raw && this.#effect ? await this.#effect.start(raw) : raw;
      if (this.#closed) this.#dropCamera();
      else this.camera.value = shown;
    } catch (error) {
      // Whoever wants an effect may not want to be seen without it.
      console.warn("the effect could not be started", error);
      this.videoMuted.value = true;
      this.#dropCamera();
    }
  }

  async #renewCamera(): Promise<void> {
    this.#dropCamera();
    await this.#acquire(false, true);
  }

  #chooseNextCamera(current: string | undefined): void {
    const cameras = this.#devices.available.value.videoinput;
    const next = cameras[(cameras.findIndex(({ id }) => id === current) + 1) % cameras.length];
    if (next) this.#devices.choose("videoinput", next.id);
  }

  #dropCamera(): void {
    const track = this.#rawCamera.value;
    batch(() => {
      this.#rawCamera.value = undefined;
      this.camera.value = undefined;
    });
    this.#effect?.stop();
    track?.stop();
  }

  #ended(media: "audio" | "video", track: MediaStreamTrack): void {
    if (media === "video") {
      if (this.#rawCamera.value !== track) return;
      this.#dropCamera();
    } else {
      if (this.#rawMicrophone.value !== track) return;
      this.#rawMicrophone.value = undefined;
      void this.#inTurn(() => this.#routeSound());
    }
    this.onEvent({ type: "ended", media });
  }

  async #share(withPicture: boolean): Promise<MediaProblem | undefined> {
    if (!this.mayTurnOn(withPicture ? "desktop" : "audio")) return undefined;
    const outcome = await captureScreen(Math.min(this.#settings.screenFrameRate.value, this.maxScreenFrameRate));
    if (!outcome.ok) return outcome.problem;
    const { picture, sound } = outcome.capture;
    if (!withPicture && !sound) {
      picture.stop();
      return "missing";
    }
    this.stopScreen();
    if (!withPicture) picture.stop();
    for (const track of withPicture ? [picture, sound] : [sound])
      track?.addEventListener("ended", () => {
        if (this.screen.value === track || this.screenSound.value === track) this.stopScreen();
      });
    batch(() => {
      if (withPicture) this.screen.value = picture;
      this.screenSound.value = sound;
    });
    if (sound) void this.#inTurn(() => this.#routeSound());
    return undefined;
  }

  /** Quick clicks must not ask for the same device twice. */
  #inTurn(task: () => Promise<void>): Promise<void> {
    const turn = this.#queue.then(task, task);
    this.#queue = turn.catch(() => {});
    return turn;
  }
}
