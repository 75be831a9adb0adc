import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { ManualClock } from "@veche/kit/clock.ts";
import { createLogger, silentLog } from "@veche/kit/log.ts";
import { heldBytes } from "@veche/kit/testing/held-bytes.ts";
import { Hub } from "./hub.ts";
import { openPush, type PushOptions, pushLimits, retryDelay } from "./push.ts";
import { endlessly } from "./testing/endlessly.ts";
import { probe, signals, transportStream, withoutFfmpeg } from "./testing/material.ts";
import { RtmpServer, withoutRtmpServer } from "./testing/rtmp-server.ts";
import { until } from "./testing/until.ts";

const base = { log: silentLog, allowPrivate: true, random: () => 0 } satisfies Partial<PushOptions>;

describe("pushing to a real RTMP server", { skip: withoutFfmpeg || withoutRtmpServer }, () => {
  let stream: Buffer;
  let server: RtmpServer;
  before(async () => {
    stream = await transportStream({ seconds: 6, size: "320x180" });
    server = await RtmpServer.start();
  });
  after(() => server[Symbol.asyncDispose]());

  const push = (key: string, more: Partial<PushOptions> = {}) =>
    openPush({ ...base, target: { id: "1", url: server.url(key) }, ...more });

  test("what arrives is whole, in step, and begins at a key frame", async () => {
    const sink = push("whole");
    assert.equal(sink.state.status, "pending");
    await until(() => sink.state.status === "on");
    sink.write(stream);
    await sink[Symbol.asyncDispose]();
    assert.equal(sink.state.status, "off");
    const [file = ""] = await server.recorded("whole");
    await settled(file);
    const { streams } = await probe(file);
    assert.deepEqual(streams.map((each) => each.codec_name).sort(), ["aac", "h264"]);
    const packets = Number(streams.find((each) => each.codec_type === "video")?.nb_read_packets);
    assert.ok(packets >= 149, `${packets} pictures`);
    const { flashes, beeps, complaints } = await signals(file);
    assert.equal(complaints, "");
    for (const flash of flashes.slice(1)) {
      assert.ok(Math.min(...beeps.map((beep) => Math.abs(beep - flash))) < 0.06, `${flashes} and ${beeps}`);
    }
    assert.equal(sink.droppedFrames, 0);
  });

  test("a server that dies and comes back is streamed to again; the other target notices nothing", async () => {
    await using other = await RtmpServer.start();
    const hub = new Hub({ log: silentLog });
    const [first, second] = [push("dies"), openPush({ ...base, target: { id: "2", url: other.url("lives") } })];
    hub.add(first);
    hub.add(second);
    using _media = endlessly(stream, hub);
    await until(() => first.state.status === "on" && second.state.status === "on");
    await until(async () => (await server.recorded("dies")).length === 1);
    await server.kill();
    await until(() => first.state.status === "retrying");
    await server.start();
    await until(() => first.state.status === "on");
    assert.ok(first.state.retries >= 1);
    assert.equal(first.state.error, undefined);
    await until(async () => (await server.recorded("dies")).length === 2);
    const [, again = ""] = await server.recorded("dies");
    await until(async () => (await stat(again)).size > 10_000);
    assert.equal(second.state.retries, 0);
    assert.equal((await other.recorded("lives")).length, 1);
    await Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()]);
    await settled(again);
    assert.ok((await signals(again)).flashes.length >= 1);
  });

  test("a stream that is denied, or published twice, is said to be refused and tried again", async () => {
    const denied = openPush({ ...base, target: { id: "1", url: server.url("SECRETKEY", "denied") } });
    await until(() => denied.state.status === "retrying");
    assert.equal(denied.state.error?.code, "target-refused");
    await until(() => denied.state.retries >= 1);
    await denied[Symbol.asyncDispose]();
    const [first, second] = [push("twice"), push("twice")];
    await until(() => [first, second].some((each) => each.state.status === "retrying"));
    const refused = first.state.status === "retrying" ? first : second;
    assert.match(
      refused.state.error?.message ?? "",
      /^The server refused the stream \(NetStream\.Publish\.BadName\)\.$/,
    );
    await Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()]);
  });

  test("RTMPS: the certificate is checked, for the name, and the stream arrives", async () => {
    const folder = await mkdtemp(join(tmpdir(), "recorder-tls-"));
    const { key, cert } = await certificateIn(folder);
    const secure = createTlsServer({ key, cert }, (socket) => through(socket, server.port));
    const port = await listening(secure);
    try {
      const url = (host: string) => ({ id: "1", url: `rtmps://${host}:${port}/live/secure` });
      const strange = openPush({ ...base, target: url("localhost") });
      await until(() => strange.state.status === "retrying");
      assert.match(strange.state.error?.message ?? "", /certificate was not accepted/);
      await strange[Symbol.asyncDispose]();
      const lookup = async () => ["127.0.0.1"];
      const misnamed = openPush({ ...base, target: url("other.example"), ca: cert, lookup });
      await until(() => misnamed.state.status === "retrying");
      assert.match(misnamed.state.error?.message ?? "", /ERR_TLS_CERT_ALTNAME_INVALID/);
      await misnamed[Symbol.asyncDispose]();
      const good = openPush({ ...base, target: url("localhost"), ca: cert, lookup });
      await until(() => good.state.status === "on");
      good.write(stream);
      await good[Symbol.asyncDispose]();
      const [file = ""] = await server.recorded("secure");
      await settled(file);
      assert.ok((await signals(file)).flashes.length >= 5);
    } finally {
      secure.close();
      await rm(folder, { recursive: true });
    }
  });

  test("a target that takes nothing loses pictures of its own only, up to the next key frame", async () => {
    let stop = () => {};
    const slow = createServer((socket) => {
      const behind = connect(server.port, "127.0.0.1");
      behind.pipe(socket);
      socket.pipe(behind);
      stop = () => socket.unpipe(behind).pause();
      for (const each of [socket, behind]) each.on("error", () => each.destroy());
      socket.on("close", () => behind.destroy());
    });
    const port = await listening(slow);
    const heavy = await transportStream({ seconds: 4, size: "640x360", preset: "ultrafast", isNoise: true });
    const clock = new ManualClock(Date.now());
    const sink = openPush({ ...base, clock, target: { id: "1", url: `rtmp://127.0.0.1:${port}/live/slow` } });
    await until(async () => {
      await clock.advance(50);
      return sink.state.status === "on";
    });
    stop();
    const before = heldBytes();
    for (let bytes = 0; bytes < 28 * 2 ** 20; bytes += heavy.length) sink.write(heavy);
    assert.ok(sink.droppedFrames > 100, `${sink.droppedFrames}`);
    await until(() => heldBytes() - before < pushLimits.queueBytes + 4 * 2 ** 20);
    assert.equal(sink.state.status, "on");
    await clock.advance(pushLimits.stallMs + 1_000);
    await until(() => sink.state.status === "retrying");
    assert.equal(sink.state.error?.message, "The server takes no more data.");
    await sink[Symbol.asyncDispose]();
    slow.close();
  });

  test("the key is in no log, no state and no argument of a process", async () => {
    const lines: string[] = [];
    const log = createLogger("test", "trace", { write: (line) => void lines.push(line) });
    const states: unknown[] = [];
    const nobody = createServer();
    const port = await listening(nobody);
    nobody.close();
    const targets = [
      server.url("TOPSECRET"),
      server.url("TOPSECRET", "denied"),
      `rtmp://127.0.0.1:${port}/live/TOPSECRET`,
    ];
    const sinks = targets.map((url, n) =>
      openPush({ ...base, log, target: { id: String(n), url }, onState: (state) => states.push(state) }),
    );
    await until(
      () => sinks[0]?.state.status === "on" && sinks.slice(1).every((each) => each.state.status === "retrying"),
    );
    const processes = execFileSync("ps", ["-eo", "args"]).toString();
    for (const sink of sinks) await sink[Symbol.asyncDispose]();
    const said = JSON.stringify([states, states.map((state) => (state as { error?: Error }).error?.stack)]);
    assert.doesNotMatch(lines.join("") + said + processes, /TOPSECRET/);
  });
});

describe("pushing", () => {
  test("an address that is none is off at once, and says why", async () => {
    const sink = openPush({ ...base, target: { id: "1", url: "rtmp://10.0.0.1:22/live/key" } });
    assert.equal(sink.state.status, "off");
    await assert.rejects(sink.failed, { code: "target-refused" });
    await sink[Symbol.asyncDispose]();
  });

  for (const address of ["127.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]) {
    test(`a name that leads to ${address} is not connected to`, async () => {
      const sink = openPush({
        ...base,
        allowPrivate: false,
        target: { id: "1", url: "rtmp://innocent.example/live/key" },
        lookup: async () => ["8.8.8.8", address],
      });
      await assert.rejects(sink.failed, { code: "target-refused" });
      assert.equal(sink.state.status, "off");
      assert.equal(sink.state.error?.message, "Streams to private addresses are not allowed here.");
      await sink[Symbol.asyncDispose]();
    });
  }

  test("disposing of it ends it wherever it is", async () => {
    const silent = createServer((socket) => socket.on("error", () => {}).resume());
    const port = await listening(silent);
    const sink = openPush({ ...base, target: { id: "1", url: `rtmp://127.0.0.1:${port}/live/key` } });
    await until(async () => (await connections(silent)) === 1);
    await sink[Symbol.asyncDispose]();
    assert.equal(sink.state.status, "off");
    await until(async () => (await connections(silent)) === 0);
    silent.close();
  });

  test("tries are a second apart, then twice as long up to half a minute, a fifth more or less", () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 1_000].map((n) => retryDelay(n, () => 0.5));
    assert.deepEqual(delays, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    assert.deepEqual(
      [0, 1].map((random) => Math.round(retryDelay(1, () => random))),
      [800, 1_200],
    );
  });
});

/** Resolves once the server has written all it will. */
async function settled(file: string): Promise<void> {
  let before = -1;
  await until(async () => {
    await new Promise((resolve) => setTimeout(resolve, 150));
    const { size } = await stat(file);
    const isSame = size === before && size > 0;
    before = size;
    return isSame;
  });
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function connections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
}

function through(socket: Socket, port: number): void {
  const behind = connect(port, "127.0.0.1");
  socket.pipe(behind).pipe(socket);
  for (const each of [socket, behind]) each.on("error", () => each.destroy());
}

async function certificateIn(folder: string): Promise<{ key: Buffer; cert: string }> {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync("openssl", ["req", "-x509", ...kind, ...name, "-keyout", key, "-out", cert], { stdio: "ignore" });
  return { key: await readFile(key), cert: await readFile(cert, "utf8") };
}
