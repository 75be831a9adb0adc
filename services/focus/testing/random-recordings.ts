import type { Effect } from "../domain/effects.ts";
import type { Input } from "../domain/inputs.ts";
import type { RecorderPool } from "../domain/recorder-pool.ts";
import { type FoundJob, isWanted, type Job, type JobReport } from "../domain/recording-job.ts";
import type { Random } from "./random.ts";
import { aPool, aRecorder, aReport, asksRecording, reported } from "./recordings.ts";

type Put = Extract<Effect, { readonly type: "put-job" }>;

const modes = ["composite", "tracks", "audio"];

/** Recorders and the buckets between them and the focus: jobs stored late or never, states that come, lie and stop coming. */
export class RandomRecordings {
  pool: RecorderPool = aPool();
  readonly #random: Random;
  readonly #stored = new Map<string, Job>();
  readonly #reports = new Map<string, JobReport>();
  readonly #puts: Put[] = [];
  #ids = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Some input of clients or recorders. */
  next(names: readonly string[], sessions: readonly string[], now: number, nextAsk: () => number): Input | undefined {
    const act = this.#random.pick<() => Input | undefined>([
      () => this.#start(names, sessions, nextAsk()),
      () => this.#start(names, sessions, nextAsk()),
      () => this.#change(names, sessions, nextAsk()),
      () => this.#answer(),
      () => this.#answer(),
      () => this.#report(now),
      () => this.#report(now),
      () => this.#report(now),
      () => this.#changePool(now),
    ]);
    return act?.();
  }

  hear(effect: Effect): void {
    if (effect.type === "put-job") this.#puts.push(effect);
  }

  /** Recorders say that they go on. */
  *renew(now: number): Generator<Input> {
    for (const [id, report] of this.#reports) {
      const isOn = report.recorder !== "" && !report.finished;
      if (isOn) yield reported(id, { ...report, heardMs: now });
    }
  }

  /** What is still to be stored arrives. */
  *drain(): Generator<Input> {
    for (let input = this.#answer(true); this.#puts.length > 0 || input; input = this.#answer(true))
      if (input) yield input;
  }

  /** A focus was killed: what of it is stored is a matter of luck. */
  crash(): readonly FoundJob[] {
    for (const { job } of this.#puts.splice(0, this.#random.below(this.#puts.length + 1)))
      this.#stored.set(job.id, job);
    this.#puts.length = 0;
    for (const [id, job] of this.#stored) if (!isWanted(job) && this.#random.next() < 0.5) this.#stored.delete(id);
    return [...this.#stored].map(([id, job]) => ({ job, report: this.#reports.get(id) }));
  }

  clear(): void {
    this.#stored.clear();
    this.#reports.clear();
    this.#puts.length = 0;
  }

  /** Jobs that recorders would go on with. */
  get wanted(): readonly string[] {
    return [...this.#stored.values()].filter(isWanted).map(({ id }) => id);
  }

  #start(names: readonly string[], sessions: readonly string[], ask: number): Input | undefined {
    const endpoint = this.#random.pick(names);
    if (endpoint === undefined) return undefined;
    this.#ids += 1;
    const isFile = this.#random.next() < 0.6;
    const again = this.#random.next() < 0.1 ? this.#random.pick(sessions) : undefined;
    const mode = this.#random.next() < 0.6 ? "composite" : (this.#random.pick(modes) ?? "");
    return asksRecording({
      ask,
      endpoint,
      session: again ?? `rec${this.#ids}`,
      job: `job${this.#ids}`,
      ownerKey: "owner-key",
      recordingMode: isFile ? "file" : "stream",
      streamId: "rtmp://live.example/app/stream-key",
      appData: JSON.stringify({ veche: { mode } }),
      granted: this.#random.next() < 0.4 ? ["file", "stream"] : [],
    });
  }

  #change(names: readonly string[], sessions: readonly string[], ask: number): Input | undefined {
    const [endpoint, session] = [this.#random.pick(names), this.#random.pick(sessions)];
    if (endpoint === undefined || session === undefined) return undefined;
    const base = { ask, endpoint, session, recordingMode: "", granted: ["file", "stream"] };
    const change = this.#random.pick([
      { action: "stop" },
      { action: "stop" },
      { action: "update", layout: "grid" },
      { action: "update", addTarget: `rtmps://host${this.#random.below(9)}.example/live/stream-key` },
      { action: "update", removeTarget: String(this.#random.below(4)) },
    ]);
    return asksRecording({ ...base, ...change });
  }

  #answer(isWell = false): Input | undefined {
    const put = this.#puts.shift();
    if (!put) return undefined;
    this.#stored.set(put.job.id, put.job);
    const { ask, job } = put;
    if (ask === undefined) return undefined;
    if (isWell || this.#random.next() < 0.9) return { type: "job-put", ask };
    return { type: "job-not-put", job: job.id, ask, failure: { code: "unavailable", message: "made up" } };
  }

  #report(now: number): Input | undefined {
    const job = this.#random.pick([...this.#stored.values()]);
    if (!job) return undefined;
    if (this.#random.next() < 0.1) {
      this.#reports.delete(job.id);
      return reported(job.id, undefined);
    }
    const report = this.#reportOf(job, now);
    this.#reports.set(job.id, report);
    return reported(job.id, report);
  }

  #reportOf(job: Job, heardMs: number): JobReport {
    const failure = { reason: "error", code: this.#random.pick(["no-disk", "limit"]) ?? "", text: "made up" };
    const output = (session: string | undefined) => {
      if (session === undefined || this.#random.next() < 0.1) return undefined;
      const status = this.#random.pick(["pending", "on", "on", "on", "off"] as const) ?? "on";
      const about = this.#random.pick([session, session, "", "another"]) ?? "";
      return { session: about, status, ...(status === "off" && this.#random.next() < 0.5 ? { failure } : {}) };
    };
    const targets = (job.stream?.targets ?? []).map(({ id }) => {
      return { id, host: "h", protocol: "rtmp", status: "pending" as const, retries: this.#random.below(3) };
    });
    return aReport(heardMs, {
      recorder: this.#random.pick(["r1", "r2", ""]) ?? "",
      file: output(job.file?.session),
      stream: output(job.stream?.session),
      targets,
      finished: this.#random.next() < 0.1,
      warnings: this.#random.next() < 0.2 ? ["disk-nearly-full: made up"] : [],
    });
  }

  #changePool(now: number): Input {
    const isFull = this.#random.next() < 0.3;
    const recorders = ["r1", "r2"].slice(0, this.#random.below(3));
    const waiting = this.#random.next() < 0.5 ? [] : [{ job: "elsewhere", mode: "composite" as const }];
    const trustedFromMs = this.#random.pick([0, 0, 0, now + 5_000, Number.POSITIVE_INFINITY]) ?? 0;
    this.pool = {
      recorders: recorders.map((id) => aRecorder(id, { compositeFull: isFull, tracksFull: isFull })),
      waiting,
      trustedFromMs,
    };
    return { type: "recorders-changed" };
  }
}
