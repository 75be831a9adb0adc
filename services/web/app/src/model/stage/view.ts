import { computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals-core";
import type { CallState } from "../call/state.ts";
import type { LocalMedia } from "../media/local-media.ts";
import type { Settings } from "../settings.ts";
import type { Area } from "./grid.ts";
import {
  alike,
  inStrip,
  onStage,
  pageCapacity,
  type Rect,
  STRIP_SHARE,
  type Strip,
  stageFrame,
  stripOf,
} from "./layout.ts";
import { bringIntoSight, exchange, seat, seatSpeaker } from "./order.ts";
import { sameList, sameMap, steady } from "./steady.ts";
import { thrifty } from "./thrifty.ts";
import { stageOf, type TileModel, tilesOf } from "./tiles.ts";
import { constraintsOf, type VideoLimits, wishesOf } from "./wishes.ts";

/** Jitsi's limit of its stage filmstrip. */
export const MAX_PINS = 6;

/** Between two messages to the bridge about what is wanted; what comes at once goes at once. */
const WISHES_EVERY_MS = 400;

/** Whether a picture that is sent is on its way to us. */
export type Arrival = "comes" | "held back" | "not asked for";

/** Which tiles are where, from what the call knows and what the user asked for. */
export class StageView {
  readonly area = signal<Area>({ width: 0, height: 0 });
  readonly tileView = signal<boolean | undefined>(undefined);
  readonly pins = signal<readonly string[]>([]);
  /** Of several shared screens the one chosen. */
  readonly screen = signal<string | undefined>(undefined);
  readonly page = signal(0);
  /** Everybody, by key, whether in sight or not. */
  readonly tiles: ReadonlySignal<ReadonlyMap<string, TileModel>>;
  /** Keys of what is large; none while all are alike. */
  readonly large: ReadonlySignal<readonly string[]>;
  readonly stage: ReadonlySignal<TileModel | undefined>;
  readonly strip: ReadonlySignal<Strip | undefined>;
  readonly pages: ReadonlySignal<number>;
  /** Keys of what is on the page, the large ones first. */
  readonly inSight: ReadonlySignal<readonly string[]>;
  readonly rects: ReadonlySignal<ReadonlyMap<string, Rect>>;
  /** Screens of others, to switch between. */
  readonly screens: ReadonlySignal<readonly TileModel[]>;
  readonly isAlone: ReadonlySignal<boolean>;
  /** Heights by source of what the bridge is asked for. */
  readonly wishes: ReadonlySignal<ReadonlyMap<string, number>>;
  /** How many pictures in sight the bridge keeps from us. */
  readonly heldBack: ReadonlySignal<number>;
  /** A number that grows with each turn to speak. */
  readonly spokeAt = signal<ReadonlyMap<string, number>>(new Map());
  readonly #state: CallState;
  readonly #settings: Settings;
  /** Whatever the person has chosen. */
  readonly #isSelfHidden: ReadonlySignal<boolean>;
  readonly #order = signal<readonly string[]>([]);
  readonly #speakers = signal<readonly string[]>([]);
  readonly #perPage: ReadonlySignal<number>;
  #turn = 0;
  readonly #stop: (() => void)[] = [];

  constructor(
    state: CallState,
    media: LocalMedia,
    settings: Settings,
    limits: ReadonlySignal<VideoLimits>,
    isSelfHidden: ReadonlySignal<boolean> = signal(false),
  ) {
    this.#state = state;
    this.#isSelfHidden = isSelfHidden;
    this.#settings = settings;
    this.tiles = steady(
      new Map<string, TileModel>(),
      () => {
        const tiles = tilesOf(state.occupants.value.values(), {
          id: state.selfId.value,
          name: state.name.value,
          audioMuted: media.audioMuted.value || media.microphone.value === undefined,
          hasCamera: media.camera.value !== undefined,
          hasScreen: media.screen.value !== undefined,
          handRaisedAt: state.handRaisedAt.value,
          isModerator: state.isModerator.value,
        });
        return new Map(tiles.map((tile) => [tile.key, tile]));
      },
      sameMap<string, TileModel>,
    );
    this.large = steady<readonly string[]>(
      [],
      () => stageOf([...this.tiles.value.values()], this.#rule()).map(({ key }) => key),
      sameList,
    );
    this.stage = computed(() => this.tiles.value.get(this.large.value[0] ?? ""));
    const others = steady<readonly string[]>([], () => this.#others(), sameList);
    this.strip = computed(() => {
      const count = others.value.length + (this.#hasSelf() ? 1 : 0);
      if (this.large.value.length === 0 || count === 0 || !settings.filmstrip.value) return undefined;
      return stripOf(this.area.value, settings.filmstripShare.value, count);
    });
    this.#perPage = computed(() => {
      const isHidden = this.large.value.length > 0 && !this.strip.value;
      const capacity = isHidden ? 0 : (this.strip.value?.capacity ?? pageCapacity(this.area.value));
      return capacity > 1 && this.#hasSelf() ? capacity - 1 : capacity;
    });
    this.pages = computed(() =>
      this.#perPage.value === 0 ? 1 : Math.max(1, Math.ceil(others.value.length / this.#perPage.value)),
    );
    this.inSight = steady<readonly string[]>([], () => [...this.large.value, ...this.#pageOf(others.value)], sameList);
    this.rects = steady(new Map<string, Rect>(), () => this.#place(), sameMap<string, Rect>);
    this.screens = steady<readonly TileModel[]>(
      [],
      () => [...this.tiles.value.values()].filter(({ kind, isSelf }) => kind === "desktop" && !isSelf),
      sameList,
    );
    this.isAlone = computed(() => [...this.tiles.value.values()].every(({ isSelf }) => isSelf));
    const { lastN } = state.wanted.peek();
    this.wishes = computed(() => {
      // The bridge would cut what is over the operator's limit, too; then it should be we who choose.
      const count = lastN < 0 || (limits.value.count >= 0 && limits.value.count < lastN) ? limits.value.count : lastN;
      return wishesOf(this.#sight(), { ...limits.value, count });
    });
    this.heldBack = computed(() => this.inSight.value.filter((key) => this.#isHeldBack(key)).length);
    this.#stop.push(...this.#follow(lastN));
  }

  /** Jitsi's button: from everyone alike to one large, and back. */
  toggleTileView(): void {
    this.setTileView(this.large.value.length > 0);
  }

  setTileView(isTileView: boolean): void {
    this.tileView.value = isTileView;
    this.page.value = 0;
    if (isTileView) this.pins.value = [];
  }

  /** Large in place of what was; a second time gives it back. */
  pin(key: string): void {
    this.#setPins(this.isPinned(key) && this.pins.value.length === 1 ? [] : [key]);
  }

  /** Large beside what is; one more than there may be takes the place of the first. */
  addToStage(key: string): void {
    this.#setPins([...this.pins.value.filter((each) => each !== key), key].slice(-MAX_PINS));
  }

  unpin(key: string): void {
    this.#setPins(this.pins.value.filter((each) => each !== key));
  }

  isPinned(key: string): boolean {
    return this.pins.value.includes(key);
  }

  /** Of several shared screens this one. */
  showScreen(key: string): void {
    this.screen.value = key;
    this.#setPins([]);
    if (this.tileView.value === true) this.tileView.value = undefined;
  }

  arrival(key: string): Arrival {
    const tile = this.tiles.value.get(key);
    if (!tile || tile.isSelf) return "comes";
    if (!this.wishes.value.has(tile.source)) return "not asked for";
    return (this.#state.forwarded.value?.has(tile.source) ?? true) ? "comes" : "held back";
  }

  turnPage(by: number): void {
    this.page.value = Math.min(Math.max(0, this.page.value + by), this.pages.value - 1);
  }

  /** Jitsi's keys 0 to 9: ourselves, then people in the order in which they sit. */
  focus(number: number): void {
    const people = this.#order.value.filter((key) => this.tiles.value.get(key)?.kind === "camera");
    const key = number === 0 ? "self" : people[number - 1];
    if (key !== undefined && this.tiles.value.has(key)) this.pin(key);
  }

  toggleFilmstrip(): void {
    this.#settings.filmstrip.value = !this.#settings.filmstrip.value;
  }

  resizeFilmstrip(share: number): void {
    this.#settings.filmstripShare.value = Math.min(Math.max(share, STRIP_SHARE.least), STRIP_SHARE.most);
  }

  close(): void {
    for (const stop of this.#stop.splice(0)) stop();
  }

  #isHeldBack(key: string): boolean {
    return this.tiles.value.get(key)?.hasVideo === true && this.arrival(key) === "held back";
  }

  #follow(lastN: number): (() => void)[] {
    const { dominant, selfId, wanted } = this.#state;
    const ask = thrifty(WISHES_EVERY_MS, (wishes: ReadonlyMap<string, number>) => {
      const stage = this.large.peek().flatMap((key) => this.tiles.peek().get(key) ?? []);
      wanted.value = constraintsOf(wishes, stage, lastN);
    });
    return [
      effect(() => ask(this.wishes.value)),
      effect(() => this.#seatEverybody()),
      effect(() => {
        const speaker = dominant.value;
        untracked(() => this.#spoke(speaker, selfId.value));
      }),
      effect(() => {
        if (this.page.value === 0 && this.#perPage.value > 0) untracked(() => this.#showSpeaker(dominant.value));
      }),
      effect(() => this.#tidy()),
    ];
  }

  #setPins(pins: readonly string[]): void {
    this.pins.value = pins;
    if (pins.length > 0 && this.tileView.value === true) this.tileView.value = undefined;
  }

  #rule() {
    return {
      tileView: this.tileView.value,
      pins: this.pins.value,
      screen: this.screen.value,
      speakers: this.#speakers.value,
    };
  }

  /** Ourselves stand last on every page, where the eye finds us again. */
  #hasSelf(): boolean {
    return !this.#settings.hideSelf.value && !this.#isSelfHidden.value && !this.large.value.includes("self");
  }

  /** Screens first, then people where they sit. */
  #others(): readonly string[] {
    const tiles = this.tiles.value;
    const large = new Set(this.large.value);
    const screens = [...tiles.values()].filter(({ kind }) => kind === "desktop").map(({ key }) => key);
    return [...screens, ...this.#order.value].filter((key) => !large.has(key) && tiles.has(key));
  }

  #pageOf(others: readonly string[]): readonly string[] {
    const size = this.#perPage.value;
    if (size === 0) return [];
    const page = Math.min(this.page.value, this.pages.value - 1);
    // The last page is filled up from the one before: nobody stands there alone.
    const start = Math.max(0, Math.min(page * size, others.length - size));
    const shown = others.slice(start, start + size);
    const capacity = this.strip.value?.capacity ?? Number.POSITIVE_INFINITY;
    return this.#hasSelf() && shown.length < capacity ? [...shown, "self"] : shown;
  }

  #place(): ReadonlyMap<string, Rect> {
    const large = this.large.value;
    const strip = this.strip.value;
    const area = this.area.value;
    const rest = this.inSight.value.slice(large.length);
    if (large.length === 0) return alike(rest, { x: 0, y: 0, ...area });
    return new Map([...onStage(large, stageFrame(area, strip)), ...(strip ? inStrip(rest, strip) : [])]);
  }

  #sight() {
    const tiles = this.tiles.value;
    const large = this.large.value;
    const of = (keys: readonly string[]) => keys.flatMap((key) => tiles.get(key) ?? []);
    return {
      stage: of(large),
      others: of(this.inSight.value.slice(large.length)),
      rects: this.rects.value,
      spokeAt: this.spokeAt.value,
    };
  }

  #seatEverybody(): void {
    const people = [...this.tiles.value.values()].filter(({ kind, isSelf }) => kind === "camera" && !isSelf);
    this.#order.value = seat(
      this.#order.peek(),
      people.map(({ key }) => key),
    );
  }

  #spoke(speaker: string | undefined, selfId: string): void {
    if (speaker === undefined || speaker === selfId) return;
    this.spokeAt.value = new Map(this.spokeAt.value).set(speaker, ++this.#turn);
    const [before, ...more] = this.large.value;
    const places = this.#settings.maxStageParticipants.value;
    this.#speakers.value = seatSpeaker(this.#speakers.value, speaker, places, this.spokeAt.value);
    const [after] = this.large.value;
    // Who leaves the stage takes the seat of who comes onto it, so that nobody else moves.
    if (before !== undefined && after !== undefined && more.length === 0)
      this.#order.value = exchange(this.#order.value, before, after);
    this.#showSpeaker(speaker);
  }

  /** Only on the first page: who turns pages looks for somebody else. */
  #showSpeaker(speaker: string | undefined): void {
    const inSight = this.inSight.value;
    if (speaker === undefined || this.page.value !== 0 || inSight.includes(speaker)) return;
    const seen = this.#order.value.filter((key) => inSight.includes(key) && !this.large.value.includes(key));
    this.#order.value = bringIntoSight(this.#order.value, speaker, seen, this.spokeAt.value);
  }

  /** Pins of people who have left, and a page that is no more. */
  #tidy(): void {
    const tiles = this.tiles.value;
    const pins = this.pins.peek().filter((key) => tiles.has(key));
    if (pins.length !== this.pins.peek().length) this.pins.value = pins;
    if (this.page.peek() >= this.pages.value) this.page.value = this.pages.value - 1;
  }
}
