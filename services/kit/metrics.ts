import { Counter, collectDefaultMetrics, Gauge, Histogram, type OpenMetricsContentType, Registry } from "prom-client";

type Labels = Readonly<Record<string, string>>;

type Countable = {
  get(): Promise<{ readonly values: readonly { readonly value: number; readonly labels: object }[] }>;
};

/**
 * The metrics of one role, named `veche_<role>_<thing>_<unit>`: give `<thing>_<unit>`, the rest is put before it. Asking
 * twice for a name gives the same metric. Labels come from small closed sets, never from rooms or users.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #prefix: string;
  readonly #refreshers: (() => void)[] = [];
  #hasProcessMetrics = false;

  constructor(role: string) {
    this.#prefix = `veche_${role.replaceAll("-", "_")}_`;
  }

  counter<L extends string = never>(name: string, help: string, labels: readonly L[] = []): Counter<L> {
    return this.#once(name, Counter, (config) => new Counter<L>({ ...config, help, labelNames: labels }));
  }

  gauge<L extends string = never>(name: string, help: string, labels: readonly L[] = []): Gauge<L> {
    return this.#once(name, Gauge, (config) => new Gauge<L>({ ...config, help, labelNames: labels }));
  }

  histogram<L extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels: readonly L[] = [],
  ): Histogram<L> {
    return this.#once(
      name,
      Histogram,
      (config) => new Histogram<L>({ ...config, help, labelNames: labels, buckets: [...buckets] }),
    );
  }

  /**
   * The same under a name that dashboards made for Jitsi ask for. With `labels`: only what has them. COMPAT: `/metrics` of
   * jitsi-videobridge and jicofo.
   */
  alsoAs(name: string, metric: Countable, labels: Labels = {}): void {
    if (this.#registry.getSingleMetric(name)) return;
    const total = async () => {
      const { values } = await metric.get();
      const counted = values.filter((one) =>
        Object.entries(labels).every(([key, value]) => (one.labels as Labels)[key] === value),
      );
      return counted.reduce((sum, { value }) => sum + value, 0);
    };
    const config = { name, help: "As Jitsi names it.", registers: [this.#registry] };
    if (metric instanceof Counter) {
      const counter: Counter = new Counter({
        ...config,
        collect: async () => {
          counter.reset();
          counter.inc(await total());
        },
      });
    } else {
      const gauge: Gauge = new Gauge({ ...config, collect: async (): Promise<void> => gauge.set(await total()) });
    }
  }

  /** CPU, memory, event loop and garbage collection of this process. */
  collectProcess(): void {
    if (this.#hasProcessMetrics) return;
    this.#hasProcessMetrics = true;
    // A sample each 10 ms, as unless said, wakes an idle process a hundred times a second.
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 100 });
  }

  /** Called before each reading: for what is cheaper to count then than to follow. */
  onReading(refresh: () => void): void {
    this.#refreshers.push(refresh);
  }

  text(): Promise<string> {
    this.#refresh();
    return this.#registry.metrics();
  }

  /** The same as OpenMetrics 1.0, https://prometheus.io/docs/specs/om/open_metrics_spec/. */
  openMetricsText(): Promise<string> {
    this.#refresh();
    const registry = new Registry<OpenMetricsContentType>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    for (const { name } of this.#registry.getMetricsAsArray()) {
      const metric = this.#registry.getSingleMetric(name);
      if (metric) registry.registerMetric(metric);
    }
    return registry.metrics();
  }

  /** Names, types and sentences, for the table in a role's README. */
  async list(): Promise<readonly { readonly name: string; readonly type: string; readonly help: string }[]> {
    const metrics = await this.#registry.getMetricsAsJSON();
    return metrics.map(({ name, type, help }) => ({ name, type: String(type), help }));
  }

  #refresh(): void {
    for (const refresh of this.#refreshers) refresh();
  }

  #once<T>(
    name: string,
    kind: abstract new (...given: never[]) => T,
    make: (config: { name: string; registers: Registry[] }) => T,
  ): T {
    const full = name.startsWith("veche_") ? name : this.#prefix + name;
    const existing: unknown = this.#registry.getSingleMetric(full);
    if (existing === undefined) return make({ name: full, registers: [this.#registry] });
    if (existing instanceof kind) return existing;
    throw new TypeError(`metric ${full} exists as another kind`);
  }
}
