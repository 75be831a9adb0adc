import { isAudioSource, ownerOf } from "../../protocol/conference/source-info.ts";
import type { Call } from "../call/call.ts";
import type { CallState } from "../call/state.ts";

/** Below this a microphone that is on says nothing. */
const FLOOR_DB = 50;

/** How loud everybody is just now, from what came with the sound itself: nothing is analysed. */
export class VoiceLevels {
  readonly #call: Call;
  readonly #state: CallState;
  #tracks: ReadonlyMap<string, MediaStreamTrack> | undefined;
  #receivers = new Map<string, RTCRtpReceiver>();

  constructor(call: Call, state: CallState) {
    this.#call = call;
    this.#state = state;
  }

  /** 0 to 1. */
  of(endpoint: string): number {
    const occupant = this.#state.occupants.peek().get(endpoint);
    const isMuted = ![...(occupant?.sources ?? [])].some(([name, { muted }]) => isAudioSource(name) && !muted);
    if (isMuted) return 0;
    const latest = this.#receiverOf(endpoint)?.getSynchronizationSources()[0];
    return loudness(latest?.audioLevel ?? 0);
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

/** From a linear level as RTP carries it to what an eye expects of a voice. */
export function loudness(level: number): number {
  if (level <= 0) return 0;
  const decibels = 20 * Math.log10(level);
  return Math.min(1, Math.max(0, (decibels + FLOOR_DB) / (FLOOR_DB - 10)));
}
