import { type Allocation, isFall, type LayerNumbers } from "../domain/allocator.ts";
import { growCautious, isCollapse, isNewsOf, noCaution } from "../domain/bandwidth.ts";
import { Line } from "../domain/line.ts";
import { Stall } from "../domain/stall.ts";

/** Clients show it beside their own figures. */
const tellEstimateEveryMs = 10_000;

/** Less room than this above all that is wanted is worth every word that the media engine has of it. */
const easyShare = 1.2;
/** Of what was put on it; where less flows, something may not be as it should. */
const missingShare = 0.5;
/** Watched for so long after anything spoke against the line. */
const watchMs = 3_000;

/** The line to one receiver: what it is thought to carry, and what was decided to put on it. */
export class Downlink {
  readonly line = new Line();
  readonly stall = new Stall();
  allocation: Allocation | undefined;
  /** What the media engine was last told to take the line for at least. */
  floorBps = 0;
  #allocatedFor: number | undefined;
  #wasKnown = false;
  #wasTrying = false;
  #allocatedAt = Number.NEGATIVE_INFINITY;
  #watchUntil = Number.NEGATIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;
  #caution = noCaution;
  #present: ReadonlyMap<string, LayerNumbers> = new Map();

  /**
   * Whether each change of the estimate is to be heard of at once: words that wake this process for every receiver once
   * a second, while most lines carry all that is wanted and it is enough to look at them with everything else.
   */
  needsWatching(now: number): boolean {
    const { targetBps = 0, idealBps = 0 } = this.allocation ?? {};
    const { estimateBps, isTrying } = this.line;
    const isTight = isTrying || targetBps < idealBps || estimateBps === undefined || estimateBps < idealBps * easyShare;
    if (isTight || (this.line.sentBps(now) ?? 0) < targetBps * missingShare) this.worry(now);
    return now < this.#watchUntil;
  }

  worry(now: number): void {
    this.#watchUntil = now + watchMs;
  }

  get estimateBps(): number | undefined {
    return this.line.estimateBps;
  }

  /** Whether it has to be decided anew. */
  hear(estimateBps: number, now: number): boolean {
    this.line.hear(estimateBps, now);
    if ((this.line.knownBps !== undefined) !== this.#wasKnown || this.line.isTrying !== this.#wasTrying) return true;
    if (!this.line.isTrying && this.allocation && this.#isWorthATrial(this.allocation, now)) return true;
    return isNewsOf(this.#allocatedFor, estimateBps, now - this.#allocatedAt);
  }

  /** What the receiver has of a source. */
  presentOf(source: string): LayerNumbers | undefined {
    return this.#present.get(source);
  }

  isCautious(now: number): boolean {
    return now < this.#caution.until;
  }

  /** Whether to decide once more, now with a trial. */
  turnsToTrial({ toTry, sources }: Allocation, now: number): boolean {
    if (toTry === undefined) this.line.endTrial();
    if (toTry === undefined || this.line.isTrying || !this.#isWorthATrial({ toTry, sources }, now)) return false;
    this.line.beginTrial();
    return true;
  }

  /** Returns the sources to begin anew: those that fell while the line collapsed. */
  decide(allocation: Allocation, now: number): ReadonlySet<string> {
    this.allocation = allocation;
    const fallen = allocation.sources.filter((one) => isFall(this.#present.get(one.name), one));
    if (fallen.length > 0) this.#caution = growCautious(this.#caution, now);
    const hasCollapsed = isCollapse(this.#allocatedFor, this.estimateBps);
    this.#allocatedFor = this.estimateBps;
    this.#allocatedAt = now;
    this.#wasKnown = this.line.knownBps !== undefined;
    this.#wasTrying = this.line.isTrying;
    const present = new Map<string, LayerNumbers>();
    // What was only tried is no loss.
    for (const { name, layer, verdict } of allocation.sources)
      if (layer && verdict !== "trying") present.set(name, layer);
    this.#present = present;
    return new Set(hasCollapsed ? fallen.map(({ name }) => name) : []);
  }

  #isWorthATrial({ toTry, sources }: Pick<Allocation, "toTry" | "sources">, now: number): boolean {
    if (toTry === undefined || !this.line.mayTry(now)) return false;
    return sources.every(({ layer }) => !layer) || !this.line.isMeasured(now);
  }

  /** Whether the client is to hear of its estimate now. */
  takeTurnToTell(now: number): boolean {
    if (now - this.#toldAt < tellEstimateEveryMs) return false;
    this.#toldAt = now;
    return true;
  }

  /** For people who look for a fault. */
  describe() {
    const { estimateBps, floorBps, allocation } = this;
    return {
      estimateBps: estimateBps ?? null,
      floorBps,
      targetBps: allocation?.targetBps ?? 0,
      idealBps: allocation?.idealBps ?? 0,
      isOversending: allocation?.isOversending ?? false,
      sources: (allocation?.sources ?? []).map(({ name, wantedHeight, layer, idealBps, priority, verdict }) => ({
        name,
        wantedHeight,
        allocated: layer ?? null,
        idealBps,
        priority,
        why: verdict,
      })),
    };
  }
}
