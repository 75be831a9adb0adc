/** Many participants in this process: they join, are measured, and leave. */
import { setTimeout as pause } from "node:timers/promises";
import { type Identity, makeIdentity } from "./media/dtls.ts";
import type { Film } from "./media/film.ts";
import { Metronome } from "./media/metronome.ts";
import { Participant, type ParticipantOptions, type Place } from "./participant.ts";

type Given = Pick<ParticipantOptions, "transport" | "wishes" | "room">;

export type CrowdOptions = Given & {
  readonly people: number;
  /** 0: all at once. */
  readonly joinsPerSecond?: number;
  /** The first so many have a microphone that is on; the others are muted and send nothing. */
  readonly speakers?: number;
  readonly cameras?: number;
  /** Before the cameras, in turn; without them, bytes that are no picture. */
  readonly films?: readonly Film[];
};

export const peopleAtMost = 500;
const connectMs = 60_000;

export class Crowd implements Disposable {
  readonly #place: Place;
  readonly #identity: Identity;
  readonly #metronome = new Metronome();
  readonly #participants: Participant[] = [];
  #number = 0;

  private constructor(place: Place, identity: Identity) {
    this.#place = place;
    this.#identity = identity;
  }

  static async open(place: Place): Promise<Crowd> {
    return new Crowd(place, await makeIdentity());
  }

  get participants(): readonly Participant[] {
    return this.#participants;
  }

  /** Resolves when everybody is connected. Who is not says so with the first that failed. */
  async join(options: CrowdOptions): Promise<Participant[]> {
    const { people, joinsPerSecond = 0 } = options;
    if (this.#participants.length + people > peopleAtMost)
      throw new RangeError(`expected at most ${peopleAtMost} people`);
    const joining: Promise<Participant>[] = [];
    for (let index = 0; index < people; index++) {
      joining.push(this.#joinOne(options, index));
      if (joinsPerSecond > 0) await pause(1000 / joinsPerSecond);
    }
    const joined = await Promise.all(joining);
    await Promise.race([
      Promise.all(joined.map(({ connected }) => connected)),
      pause(connectMs, undefined, { ref: false }).then(() => {
        throw new Error(`not everybody is connected after ${connectMs} ms`);
      }),
    ]);
    return joined;
  }

  /** What was counted so far is forgotten; resolves after so long, with what arrived meanwhile in each reception. */
  async measure(seconds: number): Promise<void> {
    for (const { reception } of this.#participants) reception.restart();
    await pause(seconds * 1000);
  }

  [Symbol.dispose](): void {
    for (const participant of this.#participants) participant.leave();
    this.#metronome[Symbol.dispose]();
  }

  async #joinOne(options: CrowdOptions, index: number): Promise<Participant> {
    const { room, transport, wishes, speakers = options.people, cameras = options.people, films = [] } = options;
    const participant = await Participant.join({
      place: this.#place,
      identity: this.#identity,
      metronome: this.#metronome,
      number: this.#number++,
      room,
      ...(transport ? { transport } : {}),
      ...(wishes ? { wishes } : {}),
      film: films[index % films.length],
      microphone: index < speakers,
      camera: index < cameras,
    });
    this.#participants.push(participant);
    return participant;
  }
}
