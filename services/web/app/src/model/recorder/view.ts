import { computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals-core";
import type { ReceiverConstraints } from "../../protocol/bridge-channel/messages.ts";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import type { RecordingLayout } from "../../protocol/conference/recording.ts";
import type { CallState } from "../call/state.ts";
import type { Area } from "../stage/grid.ts";
import type { Rect } from "../stage/layout.ts";
import { bringIntoSight, exchange, seat } from "../stage/order.ts";
import { sameMap, steady } from "../stage/steady.ts";
import { thrifty } from "../stage/thrifty.ts";
import { type TileModel, tilesOf } from "../stage/tiles.ts";
import { constraintsOf, type VideoLimits, wishesOf } from "../stage/wishes.ts";
import { type Arrangement, arrange } from "./layout.ts";

const WISHES_EVERY_MS = 400;
const LIMITS: VideoLimits = { height: 720, largeHeight: 720, count: -1, isAudioOnly: false, isUnseen: false };

/** What a recording shows: everybody but us and those who are not to be in it, where the layout puts them. */
export class RecorderView {
  readonly area = signal<Area>({ width: 0, height: 0 });
  readonly layout = signal<RecordingLayout>("speaker");
  /** Those a recording is of: neither hidden ones nor those who are hidden from recorders. */
  readonly people: ReadonlySignal<readonly Occupant[]>;
  readonly tiles: ReadonlySignal<ReadonlyMap<string, TileModel>>;
  readonly arrangement: ReadonlySignal<Arrangement>;
  readonly boxes: ReadonlySignal<ReadonlyMap<string, Rect>>;
  readonly #state: CallState;
  readonly #order = signal<readonly string[]>([]);
  #speaker: string | undefined;
  #spokeAt: ReadonlyMap<string, number> = new Map();
  #turn = 0;
  readonly #stop: readonly (() => void)[];

  constructor(state: CallState) {
    this.#state = state;
    this.people = computed(() =>
      [...state.occupants.value.values()].filter(
        ({ isHidden, isHiddenFromRecorder }) => !isHidden && !isHiddenFromRecorder,
      ),
    );
    this.tiles = steady(new Map<string, TileModel>(), () => this.#tiles(), sameMap<string, TileModel>);
    this.arrangement = computed(() => {
      const tiles = [...this.tiles.value.values()];
      const people = this.#order.value.filter((key) => this.tiles.value.has(key));
      const screens = tiles.filter(({ kind }) => kind === "desktop").map(({ key }) => key);
      return arrange(this.layout.value, { screens, people, speaker: state.dominant.value }, this.area.value);
    });
    this.boxes = steady(new Map<string, Rect>(), () => this.arrangement.value.boxes, sameMap<string, Rect>);
    this.#stop = this.#follow();
  }

  /** Whether a picture is sent and on its way to us. */
  comes({ hasVideo, source }: TileModel): boolean {
    return hasVideo && (this.#state.forwarded.value?.has(source) ?? true);
  }

  close(): void {
    for (const stop of this.#stop) stop();
  }

  #tiles(): ReadonlyMap<string, TileModel> {
    const nobody = { id: "", name: "", audioMuted: true, hasCamera: false, hasScreen: false };
    const tiles = tilesOf(this.people.value, { ...nobody, handRaisedAt: 0, isModerator: false });
    return new Map(tiles.filter(({ isSelf }) => !isSelf).map((tile) => [tile.key, tile]));
  }

  #follow(): readonly (() => void)[] {
    const { dominant, wanted } = this.#state;
    const ask = thrifty(WISHES_EVERY_MS, (wish: ReceiverConstraints) => {
      wanted.value = wish;
    });
    return [
      effect(() => {
        const people = [...this.tiles.value.values()].filter(({ kind }) => kind === "camera");
        this.#order.value = seat(
          this.#order.peek(),
          people.map(({ key }) => key),
        );
      }),
      effect(() => {
        const speaker = dominant.value;
        untracked(() => this.#spoke(speaker));
      }),
      effect(() => ask(this.#wanted())),
    ];
  }

  /** Nobody changes places but who speaks, who spoke before, and who has been silent longest. */
  #spoke(speaker: string | undefined): void {
    if (speaker === undefined || !this.tiles.value.has(speaker)) return;
    const before = this.#speaker ?? this.#order.value[0];
    this.#speaker = speaker;
    this.#spokeAt = new Map(this.#spokeAt).set(speaker, ++this.#turn);
    const isOnStage = this.arrangement.value.large === speaker;
    if (isOnStage && before !== undefined) this.#order.value = exchange(this.#order.value, before, speaker);
    this.#bringIntoSight(isOnStage ? before : speaker);
  }

  #bringIntoSight(key: string | undefined): void {
    const { large, boxes } = this.arrangement.value;
    if (key === undefined || boxes.has(key) || !this.tiles.value.has(key)) return;
    const seen = this.#order.value.filter((each) => boxes.has(each) && each !== large);
    this.#order.value = bringIntoSight(this.#order.value, key, seen, this.#spokeAt);
  }

  #wanted(): ReceiverConstraints {
    const { large, boxes } = this.arrangement.value;
    const shown = [...boxes.keys()].flatMap((key) => this.tiles.value.get(key) ?? []);
    const stage = shown.filter(({ key }) => key === large);
    const others = shown.filter(({ key }) => key !== large);
    return constraintsOf(wishesOf({ stage, others, rects: boxes, spokeAt: this.#spokeAt }, LIMITS), stage, -1);
  }
}
