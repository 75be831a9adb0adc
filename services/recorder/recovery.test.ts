import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { findNatsServer, NatsServer } from "@veche/kit/nats-server.ts";
import { RecorderStateSchema, RecordingSchema, Status } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { probe, withoutFfmpeg } from "./outputs/testing/material.ts";
import { makeJob, ownerKey } from "./testing/jobs.ts";
import { World } from "./testing/recorder.ts";
import { until } from "./testing/until.ts";

const skip = withoutFfmpeg || (findNatsServer() ? false : "nats-server is not installed");
const deadlineMs = 20_000;

/** A focus' view of a real nats-server, and recorders as processes. */
class Stage implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly world = new World();
  server!: NatsServer;
  bus!: NatsBus;
  root = "";

  static async make(): Promise<Stage> {
    const stage = new Stage();
    stage.server = stage.#stack.use(await NatsServer.start());
    stage.root = await mkdtemp(join(tmpdir(), "veche-recovery-"));
    stage.#stack.defer(() => rm(stage.root, { recursive: true, force: true }));
    const config = { url: stage.server.url, user: "", password: "" };
    const identity = { role: "focus", instance: "0123456789ab", version: "0" } as const;
    stage.bus = stage.#stack.use(await NatsBus.open(config, identity, { log: silentLog }));
    await stage.world.listen(stage.bus);
    stage.#stack.use(stage.world);
    return stage;
  }

  recorder(id = "r1"): ChildProcess {
    const child = spawn(process.execPath, [join(import.meta.dirname, "testing/recorder-process.ts")], {
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        PATH: process.env.PATH,
        NATS_URL: this.server.url,
        NATS_USER: "",
        VECHE_RECORDER_ID: id,
        JIBRI_RECORDING_DIR: join(this.root, id),
        JIBRI_HTTP_API_EXTERNAL_PORT: "0",
        JIBRI_HTTP_API_INTERNAL_PORT: "0",
        JIBRI_RECORDER_PASSWORD: "secret",
        CHROMIUM_PATH: process.execPath,
        VECHE_RECORDER_MAX_CPU: "1",
        VECHE_RECORDER_MIN_MEMORY: "0",
        VECHE_RECORDER_MIN_DISK: "1",
        VECHE_RECORDER_WARN_DISK: "1",
        LOG_LEVEL: "warn",
      },
    });
    const lines: string[] = [];
    child.stdout?.on("data", (chunk: Buffer) => void lines.push(chunk.toString()));
    this.#stack.defer(async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
    });
    return child;
  }

  isOn(): boolean {
    return this.world.state()?.file?.status === Status.ON;
  }

  /** What is on disk of all attempts. */
  async segments(id: string): Promise<number> {
    const parts = join(this.root, id, "rec-job1", "parts");
    const found = await readdir(parts, { recursive: true }).catch(() => []);
    return found.filter((name) => /\.ts$/.test(name)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

async function untilAsync(look: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = performance.now() + deadlineMs; !(await look()); await new Promise((go) => setTimeout(go, 50)))
    assert.ok(performance.now() < end, what);
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.trim().split(" ").filter(Boolean).map(Number);
}

async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat !== "" && !/\) Z /.test(stat);
}

test("kill -9 of a recorder leaves no orphan; it has its job back at once, and all of it becomes one file", {
  skip,
}, async (t) => {
  await using stage = await Stage.make();
  const { world } = stage;
  const first = stage.recorder();
  await world.put(makeJob());
  await until(() => stage.isOn(), "the file on", deadlineMs);
  await untilAsync(async () => (await stage.segments("r1")) >= 2, "two segments");
  const children = await childrenOf(first.pid as number);
  assert.equal(children.length, 1);
  first.kill("SIGKILL");
  await once(first, "exit");
  const diedMs = performance.now();
  await untilAsync(async () => !(await isAlive(children[0] as number)), "the child's end");

  const instance = world.state()?.instance;
  const before = await stage.segments("r1");
  stage.recorder();
  await until(() => world.state()?.instance !== instance && stage.isOn(), "the file on again", deadlineMs);
  t.diagnostic(`on again ${Math.round(performance.now() - diedMs)} ms after kill -9`);
  await untilAsync(async () => (await stage.segments("r1")) >= before + 2, "two segments more");
  await world.put({ ...makeJob(), file: undefined });
  await until(() => world.state()?.finished, "the end", deadlineMs);

  const library = await stage.bus.bucket(buckets.recordings, RecordingSchema);
  await untilAsync(async () => (await library.get("rec-job1"))?.value.status === "available", "in the library");
  const entry = (await library.get("rec-job1"))?.value;
  const mp4 = entry?.files.find(({ type }) => type === "video/mp4");
  assert.match(mp4?.name ?? "", /^standup_[\d-]+\.mp4$/);
  const { format, streams } = await probe(join(stage.root, "r1", "rec-job1", mp4?.name ?? ""));
  assert.deepEqual(streams.map(({ codec_name }) => codec_name).sort(), ["aac", "h264"]);
  assert.ok(Number(format.duration) >= 6, `${format.duration} s`);
});

test("nats-server is killed and comes back: the recording goes on without a break", { skip }, async () => {
  await using stage = await Stage.make();
  const { world, server } = stage;
  const recorder = stage.recorder();
  await world.put(makeJob());
  await until(() => stage.isOn(), "the file on", deadlineMs);
  const [child] = await childrenOf(recorder.pid as number);
  await server.kill();
  const before = await stage.segments("r1");
  await untilAsync(async () => (await stage.segments("r1")) > before, "a segment without NATS");
  const renewedMs = world.state()?.renewedMs ?? 0n;
  await server.start();
  await until(() => (world.state()?.renewedMs ?? 0n) > renewedMs, "a renewal", deadlineMs);
  assert.equal(world.state()?.attempt, 1);
  assert.deepEqual(await childrenOf(recorder.pid as number), [child]);
});

test("one recorder of two is ended: the other goes on, and the parts of both become one file", { skip }, async () => {
  await using stage = await Stage.make();
  const { world } = stage;
  const first = stage.recorder("r1");
  await world.put(makeJob());
  await until(() => stage.isOn(), "the file on", deadlineMs);
  await untilAsync(async () => (await stage.segments("r1")) >= 2, "two segments");
  stage.recorder("r2");
  await until(() => world.recorder("r2"), "the other", deadlineMs);
  first.kill("SIGTERM");
  await once(first, "exit");
  await until(() => world.state()?.recorder === "r2" && stage.isOn(), "the file on again", deadlineMs);
  await untilAsync(async () => (await stage.segments("r2")) >= 2, "two segments more");
  // Its parts are fetched from where they are.
  stage.recorder("r1");
  await until(() => world.recorder("r1"), "the first one again", deadlineMs);
  await world.put({ ...makeJob(), file: undefined });
  const library = await stage.bus.bucket(buckets.recordings, RecordingSchema);
  await untilAsync(async () => (await library.get("rec-job1"))?.value.status === "available", "in the library");
  const entry = (await library.get("rec-job1"))?.value;
  assert.equal(entry?.recorder, "r2");
  const mp4 = entry?.files.find(({ type }) => type === "video/mp4");
  const { format } = await probe(join(stage.root, "r2", "rec-job1", mp4?.name ?? ""));
  assert.ok(Number(format.duration) >= 7, `${format.duration} s`);
});

test("a recorder is killed and comes back when the other has finished: both files are there, each from who has it", {
  skip,
}, async () => {
  await using stage = await Stage.make();
  const { world } = stage;
  const first = stage.recorder("r1");
  await world.put(makeJob());
  await until(() => stage.isOn(), "the file on", deadlineMs);
  await untilAsync(async () => (await stage.segments("r1")) >= 1, "a segment");
  stage.recorder("r2");
  await until(() => world.recorder("r2"), "the other", deadlineMs);
  first.kill("SIGKILL");
  await once(first, "exit");
  await until(() => world.state()?.recorder === "r2" && stage.isOn(), "the file on again", deadlineMs);
  await untilAsync(async () => (await stage.segments("r2")) >= 1, "a segment more");
  // As its entry does by itself when it has not been renewed for a while.
  const recorders = await stage.bus.bucket(buckets.recorders, RecorderStateSchema);
  await recorders.delete("r1");
  await until(() => world.recorder("r1") === undefined, "its end is known", deadlineMs);
  await world.put({ ...makeJob(), file: undefined });
  const library = await stage.bus.bucket(buckets.recordings, RecordingSchema);
  const films = async () => {
    const files = (await library.get("rec-job1"))?.value.files ?? [];
    return files.filter(({ type }) => type === "video/mp4").map(({ name, location }) => ({ name, location }));
  };
  await untilAsync(async () => (await films()).length === 1, "in the library");

  stage.recorder("r1");
  await untilAsync(async () => (await films()).length === 2, "both files");
  assert.deepEqual(
    (await films()).map(({ location }) => location),
    ["recorder:r2", "recorder:r1"],
  );
  await until(() => world.recorder("r1"), "the first one again", deadlineMs);
  for (const { name } of await films()) {
    const path = `/recordings/api/recordings/rec-job1/files/${encodeURIComponent(name)}`;
    const answer = await fetch(`${world.recorder("r2")?.httpOrigin}${path}`, {
      headers: { "x-recording-key": ownerKey },
    });
    assert.equal(answer.status, 200, name);
    const film = join(stage.root, "film.mp4");
    await writeFile(film, Buffer.from(await answer.arrayBuffer()));
    const { format, streams } = await probe(film);
    assert.deepEqual(streams.map(({ codec_name }) => codec_name).sort(), ["aac", "h264"]);
    assert.ok(Number(format.duration) >= 1, `${format.duration} s`);
  }
});
