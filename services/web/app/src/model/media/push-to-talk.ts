interface Microphone {
  readonly isMuted: () => boolean;
  readonly setMuted: (muted: boolean) => void;
}

/** The microphone is on while a key is held. However the key is lost, it goes off again. */
export class PushToTalk {
  readonly #microphone: Microphone;
  #isTalking = false;

  constructor(microphone: Microphone) {
    this.#microphone = microphone;
  }

  get isTalking(): boolean {
    return this.#isTalking;
  }

  /** Whether the key was of use: who is heard already need not hold anything. */
  press(): boolean {
    if (this.#isTalking) return true;
    if (!this.#microphone.isMuted()) return false;
    this.#isTalking = true;
    this.#microphone.setMuted(false);
    return true;
  }

  release(): void {
    if (!this.#isTalking) return;
    this.#isTalking = false;
    this.#microphone.setMuted(true);
  }

  /** The person has pressed the microphone's own button: from then on that counts. */
  forget(): void {
    this.#isTalking = false;
  }
}
