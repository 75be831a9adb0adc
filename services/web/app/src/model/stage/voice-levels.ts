import { isAudioSource, ownerOf } from "../../protocol/conference/source-info.ts";
import type { Call } from "../call/call.ts";
import type { CallState } from "../call/state.ts";

/** Below this a microphone that is on says nothing. */
const FLOOR_DB = 50;

export const SILENCE_DB = Number.NEGATIVE_INFINITY;

/** How loud everybody is just now, from what came with the sound itself: nothing is analysed. */
export class VoiceLevels {
  readonly #call: Call;
  readonly #state: CallState;
  readonly #ownDb: () => number;
  #tracks: ReadonlyMap<string, MediaStreamTrack> | undefined;
  #receivers = new Map<string, RTCRtpReceiver>();

  constructor(call: Call, state: CallState, ownDb: () => number) {
    this.#call = call;
    this.#state = state;
    this.#ownDb = ownDb;
  }

  /** 0 to 1. */
  of(endpoint: string): number {
    if (endpoint === this.#state.selfId.peek()) return loudness(this.#ownDb());
    const occupant = this.#state.occupants.peek().get(endpoint);
    const isMuted = ![...(occupant?.sources ?? [])].some(([name, { muted }]) => isAudioSource(name) && !muted);
    if (isMuted) return 0;
    const latest = this.#receiverOf(endpoint)?.getSynchronizationSources()[0];
    return loudness(20 * Math.log10(latest?.audioLevel ?? 0));
  }

  #receiverOf(endpoint: string): RTCRtpReceiver | undefined {
    const tracks = this.#state.remoteTracks.peek();
    if (tracks !== this.#tracks) {
      this.#tracks = tracks;
      const receivers = this.#call.link.session?.connection.getReceivers() ?? [];
      const byTrack = new Map(receivers.map((receiver) => [receiver.track.id, receiver]));
      this.#receivers = new Map();
      for (const [name, track] of tracks) {
        const receiver = byTrack.get(track.id);
        if (track.kind === "audio" && receiver) this.#receivers.set(ownerOf(name), receiver);
      }
    }
    return this.#receivers.get(endpoint);
  }
}

/** What an eye expects of a voice that loud. */
export function loudness(db: number): number {
  return Math.min(1, Math.max(0, (db + FLOOR_DB) / (FLOOR_DB - 10)));
}
