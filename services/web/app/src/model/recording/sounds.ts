import { effect, untracked } from "@preact/signals-core";
import type { Sounds } from "../sounds/sounds.ts";
import type { Recording } from "./recording.ts";

/** The beginning and the end are heard. */
export function soundRecording({ sessions }: Recording, sounds: Sounds): void {
  let running: ReadonlySet<string> = new Set();
  effect(() => {
    const now = [...sessions.value.values()].filter(({ status }) => status === "on").map(({ id }) => id);
    const begins = now.some((id) => !running.has(id));
    const ends = [...running].some((id) => !now.includes(id));
    running = new Set(now);
    untracked(() => {
      if (begins) sounds.play("recordingOn");
      else if (ends) sounds.play("recordingOff");
    });
  });
}
