import type { Activity, CallContext } from "./activity.ts";

const ASK_AFTER_MS = 1500;

/** The room knows since when it has been a meeting only once two are in it: then it is asked again. */
export class MeetingClock implements Activity {
  readonly #context: CallContext;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(context: CallContext) {
    this.#context = context;
  }

  presence(): void {
    const { state, moderation } = this.#context;
    if (state.roomInfo.peek().createdAt !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (state.phase.peek().name === "joined" && state.occupants.peek().size > 0) moderation.look();
    }, ASK_AFTER_MS);
  }

  left(): void {
    clearTimeout(this.#timer);
  }
}
