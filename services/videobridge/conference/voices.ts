import { leave, type Speakers, silence, speak } from "../domain/speakers.ts";
import type { BridgeEvents } from "../events.ts";

/** Who speaks, of endpoints here and elsewhere. */
export class Voices {
  speakers: Speakers = silence;
  readonly #conference: string;
  readonly #events: BridgeEvents;
  /** By the producer of the sound. */
  readonly #owners = new Map<string, string>();

  constructor(conference: string, events: BridgeEvents) {
    this.#conference = conference;
    this.#events = events;
  }

  add(producer: string, owner: string): void {
    this.#owners.set(producer, owner);
  }

  remove(producer: string): void {
    this.#owners.delete(producer);
  }

  /** Returns whether another one leads now. */
  hear(producer: string): boolean {
    const owner = this.#owners.get(producer);
    const previous = this.speakers.dominant ?? "";
    if (owner === undefined || owner === previous) return false;
    this.speakers = speak(this.speakers, owner);
    this.#events.dominantSpeakerChanged(this.#conference, owner, previous);
    return true;
  }

  forget(owner: string): void {
    const wasDominant = this.speakers.dominant === owner;
    this.speakers = leave(this.speakers, owner);
    if (wasDominant) this.#events.dominantSpeakerChanged(this.#conference, "", owner);
  }
}
