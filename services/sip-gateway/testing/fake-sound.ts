/** Sound without a sound: legs that remember what they were told, and say what a test has them say. */
import { VecheError } from "@veche/kit/errors.ts";
import type { BridgeMedia, Leg, LegListener, LegMedia, LegStats, Prompt, Sound, Voice } from "../sound/sound.ts";

const noStats: LegStats = {
  received: 0,
  lost: 0,
  concealed: 0,
  late: 0,
  jitterMs: 0,
  bufferMs: 0,
  spoilt: 0,
  foreign: 0,
};

export class FakeLeg implements Leg {
  readonly local;
  readonly stats = noStats;
  readonly listener: LegListener;
  /** All that was said to the caller, in its order. */
  readonly said: Prompt[] = [];
  readonly sent: string[] = [];
  media: LegMedia | undefined;
  bridge: BridgeMedia | undefined;
  voices: readonly Voice[] = [];
  conference: string | undefined;
  isMuted = false;
  isClosed = false;
  #bridges = 0;
  #playing: ((isWhole: boolean) => void) | undefined;
  readonly #isPatient: boolean;

  constructor(port: number, listener: LegListener, isPatient: boolean) {
    this.local = { ip: "0.0.0.0", port };
    this.listener = listener;
    this.#isPatient = isPatient;
  }

  setMedia(media: LegMedia): void {
    this.media = media;
  }

  play(prompts: readonly Prompt[]): Promise<boolean> {
    this.stopPrompts();
    this.said.push(...prompts);
    if (!this.#isPatient) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.#playing = resolve;
    });
  }

  stopPrompts(): void {
    this.#playing?.(false);
    this.#playing = undefined;
  }

  /** What is being said comes to its end. */
  finish(): void {
    this.#playing?.(true);
    this.#playing = undefined;
  }

  sendKeys(digits: string): void {
    this.sent.push(digits);
  }

  async openBridge() {
    this.#bridges += 1;
    return { ip: "127.0.0.1", port: this.local.port + 10_000 + this.#bridges };
  }

  setBridge(media: BridgeMedia): void {
    this.bridge = media;
  }

  setVoices(voices: readonly Voice[]): void {
    this.voices = voices;
  }

  closeBridge(): void {
    this.bridge = undefined;
  }

  join(conference: string | undefined): void {
    this.conference = conference;
  }

  setMuted(isMuted: boolean): void {
    this.isMuted = isMuted;
  }

  close(): void {
    this.isClosed = true;
    this.stopPrompts();
  }

  press(keys: string): void {
    for (const key of keys) this.listener.key(key, "rtp");
  }
}

export class FakeSound implements Sound {
  readonly load = 0;
  readonly legs: FakeLeg[] = [];
  readonly announced: { readonly conference: string; readonly prompts: readonly Prompt[] }[] = [];
  /** Prompts last until a test ends them. */
  isPatient = false;
  portsAtMost = 1_000;

  async openLeg(listener: LegListener): Promise<Leg> {
    if (this.legs.filter(({ isClosed }) => !isClosed).length >= this.portsAtMost)
      throw new VecheError("resource-exhausted", "no port is free");
    const leg = new FakeLeg(20_000 + 2 * this.legs.length, listener, this.isPatient);
    this.legs.push(leg);
    return leg;
  }

  announce(conference: string, prompts: readonly Prompt[]): void {
    this.announced.push({ conference, prompts });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
