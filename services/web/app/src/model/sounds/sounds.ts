import type { Devices } from "../media/devices.ts";
import type { Settings, SoundSwitch } from "../settings.ts";
import { renderTune, TUNES, type Tune, toWav } from "./tunes.ts";

/** Which switch silences which tune; what has none is asked for by a button and always plays. */
const SWITCHES: Readonly<Partial<Record<Tune, SoundSwitch>>> = {
  join: "soundsParticipantJoined",
  leave: "soundsParticipantLeft",
  message: "soundsIncomingMessage",
  hand: "soundsRaisedHand",
  knock: "soundsParticipantKnocking",
  talkWhileMuted: "soundsTalkWhileMuted",
  recordingOn: "soundsRecording",
  recordingOff: "soundsRecording",
  like: "soundsReactions",
  clap: "soundsReactions",
  laugh: "soundsReactions",
  surprised: "soundsReactions",
  boo: "soundsReactions",
  silence: "soundsReactions",
  love: "soundsReactions",
};

/** Thirty who come at once are one sound. */
export const PAUSE_MS = 400;

/** The page's own short sounds, through the chosen speaker. */
export class Sounds {
  readonly #settings: Settings;
  readonly #devices: Devices;
  readonly #files = new Map<Tune, string>();
  readonly #lastAt = new Map<Tune, number>();
  /** Everything that was played, for tests and for support. */
  readonly played: Tune[] = [];

  /** What link, operator or embedding page do not want to be heard. */
  isWanted: (tune: Tune) => boolean = () => true;

  constructor(settings: Settings, devices: Devices) {
    this.#settings = settings;
    this.#devices = devices;
  }

  play(tune: Tune): void {
    const name = SWITCHES[tune];
    if (name && !this.#settings.sounds[name].peek()) return;
    if (!this.isWanted(tune)) return;
    const now = performance.now();
    if (now - (this.#lastAt.get(tune) ?? Number.NEGATIVE_INFINITY) < PAUSE_MS) return;
    this.#lastAt.set(tune, now);
    this.played.push(tune);
    if (this.played.length > 50) this.played.shift();
    void this.#sound(this.#fileOf(tune));
  }

  async #sound(url: string): Promise<void> {
    const element = new Audio(url);
    const speaker = this.#devices.chosen.peek().audiooutput;
    try {
      if (speaker && "setSinkId" in element) await element.setSinkId(speaker).catch(() => {});
      await element.play();
    } catch {
      // No sound before the first touch of the page; nobody is helped by hearing of a join later.
    }
  }

  #fileOf(tune: Tune): string {
    const known = this.#files.get(tune);
    if (known !== undefined) return known;
    const url = URL.createObjectURL(new Blob([toWav(renderTune(TUNES[tune]))], { type: "audio/wav" }));
    this.#files.set(tune, url);
    return url;
  }
}
