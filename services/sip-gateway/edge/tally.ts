/** What Jigasi's statistics count since the start. */
import type { Cause } from "../domain/call.ts";

export class Tally {
  #conferences = 0;
  #participants = 0;
  #seconds = 0;
  #dropped = 0;
  #failed = 0;
  #migrated = 0;

  /** A session was accepted: a call's first, or one in the place of another. */
  heard(isFirst: boolean): void {
    if (isFirst) this.#participants += 1;
    else this.#migrated += 1;
  }

  over(cause: Cause, seconds: number, isLast: boolean): void {
    this.#seconds += seconds;
    if (isLast) this.#conferences += 1;
    if (cause === "media-timeout") this.#dropped += 1;
    if (cause === "failed") this.#failed += 1;
  }

  figures() {
    return {
      total_conferences_completed: this.#conferences,
      total_participants: this.#participants,
      total_conference_seconds: Math.round(this.#seconds),
      total_calls_with_dropped_media: this.#dropped,
      total_count_dropped_media: this.#dropped,
      total_calls_with_connection_failed: this.#failed,
      total_calls_with_sip_call_waiting: 0,
      total_calls_with_sip_call_reconnected: 0,
      total_calls_with_jvb_migrate: this.#migrated,
      total_calls_jvb_no_media: 0,
      total_calls_no_heartbeat_response: 0,
      total_transcriber_started: 0,
      total_transcriber_stopped: 0,
      total_transcriber_failed: 0,
    };
  }
}
