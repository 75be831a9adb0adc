import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Bucket, Bus } from "@veche/kit/bus.ts";
import { ManualClock } from "@veche/kit/clock.ts";
import { readConfig } from "@veche/kit/config.ts";
import { Health } from "@veche/kit/health.ts";
import { createLogger } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { Metrics } from "@veche/kit/metrics.ts";
import {
  JobSchema,
  type JobState,
  JobStateSchema,
  type RecorderState,
  RecorderStateSchema,
} from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { schema } from "../config.ts";
import { type Edges, type RecorderService, start } from "../service.ts";
import { Studio } from "./studio.ts";

/** What several recorders of one test share: a bus without a server, a clock that is moved, and a focus' view. */
export class World implements AsyncDisposable {
  readonly network = new MemoryNetwork();
  readonly clock = new ManualClock(1_000_000_000);
  readonly focus = new MemoryBus(this.network, { role: "focus", clock: this.clock });
  readonly logged: string[] = [];
  readonly #states = new Map<string, JobState>();
  readonly #recorders = new Map<string, RecorderState>();
  readonly #stack = new AsyncDisposableStack();
  jobs!: Bucket<typeof JobSchema>;
  root = "";

  static async make(): Promise<World> {
    const world = new World();
    world.root = await mkdtemp(join(tmpdir(), "veche-recorder-"));
    world.#stack.defer(() => rm(world.root, { recursive: true, force: true }));
    await world.listen(world.focus);
    return world;
  }

  async listen(bus: Bus): Promise<void> {
    this.jobs = await bus.bucket(buckets.recordingJobs, JobSchema);
    const states = await bus.bucket(buckets.recordingStates, JobStateSchema);
    const recorders = await bus.bucket(buckets.recorders, RecorderStateSchema);
    const watches = [
      await states.watch(({ key, value }) => void (value ? this.#states.set(key, value) : this.#states.delete(key))),
      await recorders.watch(
        ({ key, value }) => void (value ? this.#recorders.set(key, value) : this.#recorders.delete(key)),
      ),
    ];
    this.#stack.defer(() => {
      for (const watch of watches) watch.close();
    });
  }

  put(job: MessageInitShape<typeof JobSchema> & { readonly job: string }): Promise<number> {
    return this.jobs.put(job.job, job);
  }

  state(job = "job1"): JobState | undefined {
    return this.#states.get(job);
  }

  recorder(id: string): RecorderState | undefined {
    return this.#recorders.get(id);
  }

  /** Moves time on in quarters of a second until it holds; what is on disk and network is given real time. */
  async until<T>(look: () => T | undefined | false, what: string, mostMs = 30_000): Promise<T> {
    for (let movedMs = 0; movedMs <= mostMs; movedMs += 250) {
      for (let n = 0; n < 4; n += 1) {
        const found = look();
        if (found !== undefined && found !== false) return found;
        await wait(2);
      }
      await this.clock.advance(250);
    }
    throw new Error(`not within ${mostMs} ms: ${what}; ${JSON.stringify(this.state(), withBigints)}`);
  }

  async seconds(count: number): Promise<void> {
    for (let n = 0; n < count * 4; n += 1) {
      await this.clock.advance(250);
      await wait(1);
    }
  }

  async start(id = "r1", given: Given = {}): Promise<TestRecorder> {
    const recorder = await startRecorder(this, id, given);
    this.#stack.use(recorder);
    return recorder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Handing over takes time that nobody else moves here.
    let isOver = false;
    const over = this.#stack.disposeAsync().finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await this.clock.advance(250);
      await wait(1);
    }
    await over;
  }
}

type Given = {
  readonly env?: Readonly<Record<string, string>>;
  readonly instance?: string;
  readonly studio?: Studio;
  readonly root?: string;
  readonly edges?: Partial<Edges>;
};

export class TestRecorder implements AsyncDisposable {
  readonly service: RecorderService;
  readonly studio: Studio;
  readonly bus: Bus;
  readonly metrics: Metrics;
  readonly #network: MemoryNetwork;
  #closing: Promise<void> | undefined;
  isDead = false;

  constructor(given: Pick<TestRecorder, "service" | "studio" | "bus" | "metrics">, network: MemoryNetwork) {
    this.service = given.service;
    this.studio = given.studio;
    this.bus = given.bus;
    this.metrics = given.metrics;
    this.#network = network;
  }

  get url(): string {
    return `http://127.0.0.1:${this.service.httpPort}`;
  }

  /** As kill -9: nobody hears of it again. Its timers are still there, and reach nobody. */
  die(): void {
    this.isDead = true;
    if (this.bus instanceof MemoryBus) this.#network.disconnect(this.bus);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= Promise.resolve(this.service[Symbol.asyncDispose]());
    return this.#closing;
  }
}

async function startRecorder(world: World, id: string, given: Given): Promise<TestRecorder> {
  const { env = {}, instance = `${id}-1`, studio = new Studio(), root = join(world.root, id), edges = {} } = given;
  const bus = edges.bus ?? new MemoryBus(world.network, { role: "recorder", clock: world.clock });
  const metrics = new Metrics("recorder");
  const service = await start(
    {
      role: "recorder",
      config: readConfig(schema, {
        VECHE_RECORDER_ID: id,
        JIBRI_RECORDING_DIR: root,
        JIBRI_HTTP_API_EXTERNAL_PORT: "0",
        JIBRI_HTTP_API_INTERNAL_PORT: "0",
        JIBRI_RECORDER_PASSWORD: "recorders-password",
        CHROMIUM_PATH: process.execPath,
        VECHE_RECORDER_MAX_CPU: "1",
        VECHE_RECORDER_MIN_MEMORY: "0",
        VECHE_RECORDER_MIN_DISK: "1000",
        VECHE_RECORDER_WARN_DISK: "2000",
        ...env,
      }),
      log: createLogger("recorder", "trace", { write: (line) => void world.logged.push(line) }),
      metrics,
      health: new Health(),
      instance,
      version: "1.2.3",
      signal: new AbortController().signal,
    },
    {
      clock: world.clock,
      freeDisk: async () => 100_000 * 1024 * 1024,
      parts: { ports: studio.ports, mount: () => {}, [Symbol.asyncDispose]: async () => {} },
      end: () => {},
      ...edges,
      bus,
    },
  );
  return new TestRecorder({ service, studio, bus, metrics }, world.network);
}

function withBigints(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
