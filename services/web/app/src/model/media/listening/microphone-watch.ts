import { effect, untracked } from "@preact/signals-core";
import type { CallState } from "../../call/state.ts";
import type { Sounds } from "../../sounds/sounds.ts";
import type { LocalMedia } from "../local-media.ts";
import { type Heard, NoiseDetector, SilenceDetector, TalkDetector } from "./detectors.ts";
import { listenTo } from "./ear.ts";

/** Tells who talks while muted, and who speaks into a microphone that is dead or drowns all in noise. */
export class MicrophoneWatch {
  readonly #media: LocalMedia;
  readonly #state: CallState;
  readonly #sounds: Sounds;
  readonly #talk = new TalkDetector();
  readonly #silence = new SilenceDetector();
  readonly #noise = new NoiseDetector();
  /** Once for each time of being muted. */
  #hasSaidMuted = false;
  /** Once for each device. */
  #hasSaidNoise = false;
  #silenceNotice: number | undefined;
  /** How loud the microphone is just now, muted or not. */
  db = Number.NEGATIVE_INFINITY;
  /** What the operator or the link wants to be noticed. */
  tells = { muted: () => true, silence: () => true, noise: () => true };
  /** Opens the settings of the microphone. */
  showSettings: () => void = () => {};

  constructor(media: LocalMedia, state: CallState, sounds: Sounds) {
    this.#media = media;
    this.#state = state;
    this.#sounds = sounds;
    effect(() => this.#follow());
    effect(() => {
      if (!media.audioMuted.value) this.#hasSaidMuted = false;
      untracked(() => this.#forget());
    });
  }

  #follow(): (() => void) | undefined {
    const track = this.#media.voice.value;
    const isIn = this.#state.phase.value.name === "joined";
    if (!track || !isIn) return undefined;
    this.#hasSaidNoise = false;
    untracked(() => this.#forget());
    return listenTo(track, (heard) => this.#hear(heard));
  }

  #hear(heard: Heard): void {
    this.db = heard.db;
    if (this.#media.audioMuted.peek()) {
      if (this.tells.muted() && !this.#hasSaidMuted && this.#talk.hear(heard)) this.#sayMuted();
      return;
    }
    const signal = this.#silence.hear(heard);
    if (signal === "silent" && this.tells.silence() && this.#silenceNotice === undefined) this.#saySilent();
    else if (signal === "sound" && this.#silenceNotice !== undefined) {
      this.#state.notices.dismiss(this.#silenceNotice);
      this.#silenceNotice = undefined;
    }
    if (this.tells.noise() && !this.#hasSaidNoise && this.#noise.hear(heard)) this.#sayNoisy();
  }

  #sayMuted(): void {
    this.#hasSaidMuted = true;
    this.#sounds.play("talkWhileMuted");
    this.#state.notices.show("toolbar.talkWhileMutedPopup", {
      kind: "warning",
      group: "microphone",
      actions: [{ label: "notify.unmute", act: () => void this.#media.setAudioMuted(false) }],
    });
  }

  #saySilent(): void {
    this.#silenceNotice = this.#state.notices.show("toolbar.noAudioSignalTitle", {
      kind: "warning",
      group: "microphone",
      stays: true,
      actions: [{ label: "toolbar.Settings", act: () => this.showSettings() }],
    });
  }

  #sayNoisy(): void {
    this.#hasSaidNoise = true;
    this.#state.notices.show("toolbar.noisyAudioInputTitle", {
      kind: "warning",
      group: "microphone",
      actions: [
        { label: "toolbar.mute", act: () => void this.#media.setAudioMuted(true) },
        { label: "toolbar.Settings", act: () => this.showSettings() },
      ],
    });
  }

  #forget(): void {
    this.#talk.reset();
    this.#silence.reset();
    this.#noise.reset();
    if (this.#silenceNotice !== undefined) this.#state.notices.dismiss(this.#silenceNotice);
    this.#silenceNotice = undefined;
  }
}
