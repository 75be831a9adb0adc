import type { Log } from "@veche/kit/log.ts";
import type { NatsLink } from "@veche/kit/nats-link.ts";
import { Exposition } from "./exposition.ts";
import { addExamined } from "./host-metrics.ts";
import { type Examined, examineInstance, findInstances, type Instance, metricsOf } from "./instances.ts";

export const collectorLimits = {
  /** Who is there. */
  findEveryMs: 5_000,
  /** One that doesn't answer is `veche_up 0` for so long, then forgotten. */
  forgetMs: 5 * 60_000,
  /** For a process to answer. */
  answerMs: 3_000,
};

type Known = { found: Instance; heardMs: number };

type Answer = { readonly text?: string; readonly leftOut?: number; readonly examined?: Examined };

/** Collects the metrics of every process, on whatever host, over NATS, when it is asked to. */
export class Collector implements Disposable {
  readonly #link: NatsLink;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();
  readonly #timer: NodeJS.Timeout;
  #finding: Promise<void> | undefined;

  constructor(link: NatsLink, log: Log, now: () => number = Date.now) {
    this.#link = link;
    this.#log = log;
    this.#now = now;
    this.#timer = setInterval(() => void this.find(), collectorLimits.findEveryMs);
  }

  /** Looks who is there. */
  find(): Promise<void> {
    this.#finding ??= this.#look().finally(() => {
      this.#finding = undefined;
    });
    return this.#finding;
  }

  /** The text that Prometheus scrapes, within the limit of an answer and some. */
  async text(): Promise<string> {
    if (this.#known.size === 0) await this.find();
    const isConnected = this.#link.isConnected;
    const began = this.#now();
    const all = [...this.#known.values()];
    const answers = await Promise.all(all.map(({ found }) => this.#ask(found, isConnected)));
    const exposition = new Exposition();
    exposition.gauge("veche_nats_up", "1 while the exporter reaches NATS, else 0.", {}, isConnected ? 1 : 0);
    for (const [index, known] of all.entries()) this.#add(exposition, known, answers[index] ?? {}, isConnected);
    const seconds = (this.#now() - began) / 1000;
    exposition.gauge("veche_exporter_collect_seconds", "Asking all processes, the last time.", {}, seconds);
    return exposition.toString();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    // Nobody is forgotten for what is the network's fault.
    if (!this.#link.isConnected) return;
    try {
      for (const found of await findInstances(this.#link)) {
        const known = this.#known.get(found.instance);
        if (known) known.heardMs = this.#now();
        else this.#known.set(found.instance, { found, heardMs: this.#now() });
      }
    } catch (error) {
      this.#log.warn({ err: error }, "can't find out who is there");
      return;
    }
    for (const [instance, { heardMs }] of this.#known)
      if (this.#now() - heardMs > collectorLimits.forgetMs) this.#known.delete(instance);
  }

  async #ask(found: Instance, isConnected: boolean): Promise<Answer> {
    if (!isConnected) return {};
    const [metrics, examined] = await Promise.allSettled([
      metricsOf(this.#link, found, collectorLimits.answerMs),
      examineInstance(this.#link, found, collectorLimits.answerMs),
    ]);
    return {
      ...(metrics.status === "fulfilled" ? { text: metrics.value.text, leftOut: metrics.value.leftOut } : {}),
      ...(examined.status === "fulfilled" ? { examined: examined.value } : {}),
    };
  }

  #add(exposition: Exposition, known: Known, { text, leftOut = 0, examined }: Answer, isConnected: boolean): void {
    const { role, instance, host } = known.found;
    const labels = { role, instance, host };
    const isUp = text !== undefined;
    if (isUp || !isConnected) known.heardMs = this.#now();
    exposition.gauge(
      "veche_up",
      "1 for a process that answers, 0 for one that did until lately.",
      labels,
      isUp ? 1 : 0,
    );
    if (leftOut > 0) exposition.gauge("veche_metrics_left_out", "Metrics that were too many.", labels, leftOut);
    if (text !== undefined) exposition.addText(text, labels);
    if (examined) addExamined(exposition, examined, labels);
  }
}
