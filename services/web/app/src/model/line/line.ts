import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { type EndpointStats, endpointStatsMessage } from "../../protocol/bridge-channel/endpoint-stats.ts";
import type { Activity, CallContext } from "../call/activity.ts";
import { between, type Measure, type Snapshot, snapshot } from "./measure.ts";
import { type LineFacts, type LineLevel, type LineTrouble, levelOf, qualityOf, settle, troubleOf } from "./verdict.ts";

const LOOK_EVERY_MS = 5000;
/** While somebody reads the figures. */
const LOOK_CLOSELY_EVERY_MS = 2000;
const TELL_EVERY_MS = 10_000;
/** Who has said nothing for so long may have a client that never does. */
const STALE_MS = 40_000;

export interface Line {
  readonly level: LineLevel;
  readonly trouble: LineTrouble | undefined;
  readonly stats: EndpointStats | undefined;
}

interface Told {
  readonly stats: EndpointStats;
  readonly atMs: number;
}

/** How good everybody's line is: ours by measuring, theirs by what they tell. */
export class Lines implements Activity {
  /** Of our own line, at the last look. */
  readonly measure = signal<Measure | undefined>(undefined);
  readonly quality = signal<number | undefined>(undefined);
  readonly facts = signal<LineFacts | undefined>(undefined);
  /** Somebody reads the figures: they are brought up to date more often. */
  readonly isWatched = signal(false);
  /** Keys of tiles whose picture the bridge holds back; who knows the page says it. */
  readonly heldBack = signal(0);
  /** Called with each look, for whoever else counts frames. */
  looked: ((before: Snapshot, now: Snapshot) => void) | undefined;
  readonly #context: CallContext;
  readonly #told = new Map<string, Signal<Told | undefined>>();
  #last: Snapshot | undefined;
  #lookedAt = 0;
  #toldAt = 0;
  #stop: (() => void) | undefined;

  constructor(context: CallContext) {
    this.#context = context;
  }

  entered(): void {
    this.#stop?.();
    this.#stop = effect(() => this.#lookEvery(this.isWatched.value ? LOOK_CLOSELY_EVERY_MS : LOOK_EVERY_MS));
  }

  left(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#last = undefined;
    this.measure.value = undefined;
    this.quality.value = undefined;
    this.facts.value = undefined;
  }

  endpointStats(from: string, stats: EndpointStats): void {
    this.#toldBy(from).value = { stats, atMs: Date.now() };
  }

  /** Ours, or of somebody else. */
  of(endpoint: string): ReadonlySignal<Line> {
    const { state } = this.#context;
    const told = this.#toldBy(endpoint);
    return computed(() => {
      if (endpoint === state.selfId.value) return this.#ours();
      if (state.interrupted.value.has(endpoint))
        return { level: "lost", trouble: { kind: "interrupted" }, stats: told.value?.stats };
      if (!told.value) return { level: "good", trouble: undefined, stats: undefined };
      const { stats } = told.value;
      const facts = { ...stats, availableUploadKbps: undefined, heldBack: 0 };
      return { level: levelOf(stats.quality), trouble: troubleOf(facts), stats };
    });
  }

  #ours(): Line {
    if (this.#context.state.reconnecting.value)
      return { level: "lost", trouble: { kind: "interrupted" }, stats: undefined };
    const facts = this.facts.value;
    if (!facts) return { level: "good", trouble: undefined, stats: undefined };
    return { level: levelOf(this.quality.value ?? 100), trouble: troubleOf(facts), stats: this.#own() };
  }

  /** Counted from the last look, so that a change of pace is no reason to wait anew. */
  #lookEvery(everyMs: number): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const plan = () => {
      if (isOver) return;
      timer = setTimeout(() => void this.#look().finally(plan), Math.max(0, this.#lookedAt + everyMs - Date.now()));
    };
    plan();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }

  async #look(): Promise<void> {
    this.#lookedAt = Date.now();
    this.#forgetStale();
    const session = this.#context.link.session;
    if (!session) return;
    const reports = await session.connection.getStats().catch(() => undefined);
    if (!reports || session !== this.#context.link.session) return;
    const now = snapshot(
      reports.values() as Iterable<Record<string, unknown>>,
      session.sourceNames(),
      performance.now(),
    );
    const before = this.#last;
    this.#last = now;
    const measure = before && between(before, now);
    if (!before || !measure) return;
    const facts = {
      uploadLoss: measure.uploadLoss,
      downloadLoss: measure.downloadLoss,
      rttMs: measure.rttMs,
      availableUploadKbps: this.#context.media.camera.peek() ? measure.availableUploadKbps : undefined,
      heldBack: this.heldBack.peek(),
    };
    this.quality.value = settle(this.quality.peek(), qualityOf(facts), now.atMs - before.atMs);
    this.measure.value = measure;
    this.facts.value = facts;
    this.looked?.(before, now);
    this.#tell();
  }

  #tell(): void {
    const stats = this.#own();
    if (!stats || Date.now() - this.#toldAt < TELL_EVERY_MS) return;
    if (this.#context.link.tellBridge(endpointStatsMessage(stats))) this.#toldAt = Date.now();
  }

  #own(): EndpointStats | undefined {
    const measure = this.measure.value;
    if (!measure) return undefined;
    const { uploadKbps, downloadKbps, uploadLoss, downloadLoss, rttMs } = measure;
    const quality = Math.round(this.quality.value ?? 100);
    return { quality, uploadKbps, downloadKbps, uploadLoss, downloadLoss, rttMs, region: "" };
  }

  #forgetStale(): void {
    const oldest = Date.now() - STALE_MS;
    for (const told of this.#told.values()) if (told.value && told.value.atMs < oldest) told.value = undefined;
  }

  #toldBy(endpoint: string): Signal<Told | undefined> {
    const known = this.#told.get(endpoint) ?? signal<Told | undefined>(undefined);
    this.#told.set(endpoint, known);
    return known;
  }
}
