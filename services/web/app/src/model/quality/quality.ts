import { computed, effect, type ReadonlySignal, signal } from "@preact/signals-core";
import type { CallState } from "../call/state.ts";
import type { Snapshot } from "../line/measure.ts";
import type { LocalMedia } from "../media/local-media.ts";
import type { Settings } from "../settings.ts";
import type { VideoLimits } from "../stage/wishes.ts";
import { EffortWatch } from "./effort-watch.ts";
import { type Effort, isStrained, WINDOWS } from "./strain.ts";

/** Of the page's first seconds nothing is judged: everything is loaded and decoded for the first time. */
const WARM_UP_MS = 20_000;
/** A look at another page is not yet going away. */
export const HIDDEN_PATIENCE_MS = 10_000;
const SPARING = { height: 180, largeHeight: 360, count: 4 } as const;

/** How much video there is to be: what was chosen, what the machine can bear, and whether anybody looks. */
export class Quality {
  /** No pictures of people, ours included; a screen that is shared is still shown. */
  readonly isAudioOnly = signal(false);
  /** The machine has been measured and found slow. */
  readonly isSlow = signal(false);
  /** Nothing moves that need not, and few pictures are decoded. */
  readonly isSparing: ReadonlySignal<boolean>;
  readonly limits: ReadonlySignal<VideoLimits>;
  /** Somebody looks at a window of its own, whatever becomes of the page. */
  readonly hasOwnWindow = signal(false);
  readonly #isHidden = signal(false);
  readonly #state: CallState;
  readonly #media: LocalMedia;
  readonly #watch = new EffortWatch();
  readonly #startedAt = performance.now();
  #latest: readonly Effort[] = [];
  #isDeclined: boolean;
  #stoppedCamera = false;

  constructor(state: CallState, media: LocalMedia, settings: Settings, adaptsToMachine: boolean) {
    this.#isDeclined = !adaptsToMachine;
    this.#state = state;
    this.#media = media;
    this.isSparing = computed(
      () => settings.sparing.value === "on" || (settings.sparing.value === "auto" && this.isSlow.value),
    );
    this.limits = computed(() => {
      const isSparing = this.isSparing.value;
      const height = settings.videoHeight.value;
      const count = settings.videoCount.value;
      return {
        height: isSparing ? SPARING.height : height,
        largeHeight: isSparing ? Math.min(height, SPARING.largeHeight) : height,
        count: isSparing && (count < 0 || count > SPARING.count) ? SPARING.count : count,
        isAudioOnly: this.isAudioOnly.value,
        isUnseen: this.#isHidden.value && !this.hasOwnWindow.value,
      };
    });
    // To encode a large picture is the most work of all.
    effect(() => {
      state.sendHeight.value = this.isSparing.value ? SPARING.largeHeight : -1;
    });
    effect(() => {
      document.documentElement.toggleAttribute("data-sparing", this.isSparing.value);
    });
    this.#watchPage();
  }

  setAudioOnly(isAudioOnly: boolean): void {
    if (this.isAudioOnly.value === isAudioOnly) return;
    this.isAudioOnly.value = isAudioOnly;
    if (isAudioOnly) this.#stoppedCamera = this.#media.camera.value !== undefined;
    if (this.#stoppedCamera) void this.#media.setVideoMuted(isAudioOnly);
  }

  /** Between two looks at what the browser counts. */
  judgeBetween(before: Snapshot, now: Snapshot): void {
    const effort = this.#watch.take({
      framesDecoded: now.framesDecoded - before.framesDecoded,
      framesDropped: now.framesDropped - before.framesDropped,
      isSendingCut: now.isSendingCut,
    });
    // Of a page in the background browsers run everything late.
    if (!document.hidden) this.judge(effort);
  }

  /** A few seconds' effort; several such in a row and the page spares the machine by itself. */
  judge(effort: Effort): void {
    if (this.isSlow.value || this.#isDeclined || performance.now() - this.#startedAt < WARM_UP_MS) return;
    this.#latest = [...this.#latest, effort].slice(-WINDOWS);
    if (!isStrained(this.#latest)) return;
    this.isSlow.value = true;
    this.#state.notices.show("notify.sparing", {
      stays: true,
      group: "sparing",
      actions: [{ label: "notify.sparingUndo", act: () => this.decline() }],
    });
  }

  /** Not in this meeting, whatever is measured. */
  decline(): void {
    this.#isDeclined = true;
    this.isSlow.value = false;
  }

  /** A page in the background hears everything and wishes for no pictures. */
  #watchPage(): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    document.addEventListener("visibilitychange", () => {
      clearTimeout(timer);
      if (!document.hidden) this.#isHidden.value = false;
      else
        timer = setTimeout(() => {
          this.#isHidden.value = true;
        }, HIDDEN_PATIENCE_MS);
    });
  }
}
