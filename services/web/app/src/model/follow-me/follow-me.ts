import { computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals-core";
import { type FollowMeState, followMeElement, readFollowMe } from "../../protocol/conference/follow-me.ts";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import type { XmlElement } from "../../protocol/xml/element.ts";
import type { Activity, CallContext } from "../call/activity.ts";
import type { CallState } from "../call/state.ts";
import type { Settings } from "../settings.ts";
import type { StageView } from "../stage/view.ts";

/** A moderator leads: what they show large, and whether all are alike, is so for everybody else. */
export class FollowMe implements Activity {
  /** We lead. */
  readonly isLeading = signal(false);
  /** What we are led to see. */
  readonly led = signal<(FollowMeState & { readonly by: string }) | undefined>(undefined);
  /** Somebody else leads: for as long there is no second one. */
  readonly isLed: ReadonlySignal<boolean> = computed(() => this.led.value !== undefined);
  readonly #state: CallState;

  constructor({ state }: Pick<CallContext, "state">) {
    this.#state = state;
    effect(() => {
      // Who is a moderator no more, or has gone, leads nobody.
      const occupants = state.occupants.value;
      const leader = this.led.peek()?.by;
      if (leader !== undefined && occupants.get(leader)?.isModerator !== true) this.led.value = undefined;
      if (!state.isModerator.value) this.isLeading.value = false;
    });
  }

  /** Only a moderator leads, and one at a time. */
  setLeading(isLeading: boolean): void {
    this.isLeading.value = isLeading && this.#state.isModerator.peek() && !this.isLed.peek();
  }

  presence(stanza: XmlElement, { id, isModerator }: Occupant): void {
    const said = readFollowMe(stanza);
    if (said === undefined || id === this.#state.selfId.peek() || !isModerator) return;
    const { led } = this;
    if (said === "off") {
      if (led.value?.by === id) led.value = undefined;
      return;
    }
    const next = { ...said, by: id };
    if (JSON.stringify(next) !== JSON.stringify(led.value)) led.value = next;
  }

  left(): void {
    this.led.value = undefined;
  }
}

/** Shows what we are led to see, and tells what we show while we lead. */
export function linkFollowMe(followMe: FollowMe, state: CallState, view: StageView, settings: Settings): void {
  effect(() => {
    const led = followMe.led.value;
    if (led) untracked(() => show(led, view, settings));
  });
  let wasLeading = false;
  effect(() => {
    const isLeading = followMe.isLeading.value;
    if (!isLeading && !wasLeading) return;
    wasLeading = isLeading;
    const stage = isLeading ? view.tiles.value.get(view.pins.value[0] ?? "") : undefined;
    const shown: FollowMeState | undefined = isLeading
      ? {
          tileViewEnabled: view.large.value.length === 0,
          filmstripVisible: settings.filmstrip.value,
          nextOnStage: stage?.isSelf ? state.selfId.value : stage?.endpoint,
        }
      : undefined;
    untracked(() => state.setOwnPresence("follow-me", followMeElement(shown)));
  });
}

function show({ tileViewEnabled, filmstripVisible, nextOnStage }: FollowMeState, view: StageView, settings: Settings) {
  settings.filmstrip.value = filmstripVisible;
  if (view.tileView.peek() !== tileViewEnabled) view.setTileView(tileViewEnabled);
  if (tileViewEnabled) return;
  const tiles = [...view.tiles.peek().values()];
  const tile =
    tiles.find(({ endpoint, kind }) => endpoint === nextOnStage && kind === "desktop") ??
    tiles.find(({ endpoint }) => endpoint === nextOnStage);
  const [pinned] = view.pins.peek();
  if (tile && pinned !== tile.key) view.pin(tile.key);
  else if (!tile && pinned !== undefined) view.unpin(pinned);
}
