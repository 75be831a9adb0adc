import { computed, effect, type ReadonlySignal, signal } from "@preact/signals-core";
import type { CallState } from "../call/state.ts";
import type { LocalMedia } from "../media/local-media.ts";
import type { Area } from "./grid.ts";
import { type Layout, layoutTiles } from "./layout.ts";
import { heightClass, onStage, type TileModel, tilesOf } from "./tiles.ts";

const SCREEN_HEIGHT = 2160;
const STRIP_HEIGHT = 180;
export const GAP = 8;

/** Which tiles are where, from what the call knows and what the user asked for. */
export class StageView {
  readonly area = signal<Area>({ width: 0, height: 0 });
  readonly pinned = signal<string | undefined>(undefined);
  readonly tileView = signal<boolean | undefined>(undefined);
  readonly tiles: ReadonlySignal<readonly TileModel[]>;
  readonly stage: ReadonlySignal<TileModel | undefined>;
  readonly layout: ReadonlySignal<Layout>;
  readonly #stop: () => void;

  constructor(state: CallState, media: LocalMedia) {
    this.tiles = computed(() =>
      tilesOf(state.occupants.value.values(), {
        id: state.selfId.value,
        name: state.name.value,
        audioMuted: media.audioMuted.value || media.microphone.value === undefined,
        hasCamera: media.camera.value !== undefined,
        hasScreen: media.screen.value !== undefined,
        handRaisedAt: state.handRaisedAt.value,
        isModerator: state.isModerator.value,
      }),
    );
    this.stage = computed(() =>
      onStage(this.tiles.value, {
        tileView: this.tileView.value,
        pinned: this.pinned.value,
        dominant: state.dominant.value,
      }),
    );
    this.layout = computed(() => {
      const keys = this.tiles.value.map(({ key }) => key);
      return layoutTiles(keys, this.stage.value?.key, this.area.value, GAP);
    });
    this.#stop = effect(() => {
      state.wanted.value = this.#wanted(state.wanted.peek().lastN);
    });
  }

  /** Jitsi's button: from everyone alike to one large, and back. */
  toggleTileView(): void {
    this.tileView.value = this.stage.value !== undefined;
    if (this.tileView.value) this.pinned.value = undefined;
  }

  pin(key: string): void {
    const isPinned = this.pinned.value === key;
    this.pinned.value = isPinned ? undefined : key;
    if (!isPinned && this.tileView.value === true) this.tileView.value = undefined;
  }

  close(): void {
    this.#stop();
  }

  #wanted(lastN: number) {
    const stage = this.stage.value;
    const { rects } = this.layout.value;
    const maxHeights: Record<string, number> = {};
    for (const { key, kind, source, isSelf } of this.tiles.value) {
      if (isSelf) continue;
      const isLarge = key === stage?.key;
      if (kind === "desktop") maxHeights[source] = isLarge ? SCREEN_HEIGHT : stage ? STRIP_HEIGHT : 720;
      else maxHeights[source] = isLarge ? 720 : stage ? STRIP_HEIGHT : heightClass(rects.get(key)?.height ?? 0);
    }
    const large = stage && !stage.isSelf ? [stage.source] : [];
    return { lastN, onStageSources: large, selectedSources: [], defaultMaxHeight: STRIP_HEIGHT, maxHeights };
  }
}
