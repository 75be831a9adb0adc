import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { test } from "node:test";
import { answer, hang, hangUp, Receiver } from "../testing/receiver.ts";
import { Poster } from "./poster.ts";
import { Targets } from "./targets.ts";

const outgoing = { headers: { "content-type": "application/json" }, body: '{"name":"Женя"}' };
const never = new AbortController().signal;
const timeoutMs = 1_000;

function posterTo(url: string): Poster {
  const targets = new Targets(["127.0.0.0/8", "localhost"]);
  return new Poster({ url, targets, authorities: [], timeoutMs, version: "0.1.0" });
}

async function faultOf(url: string): Promise<string> {
  using poster = posterTo(url);
  const found = await poster.post(outgoing, never);
  return "fault" in found ? found.fault : assert.fail(`status ${found.status}`);
}

/** Says what it is told to, whatever it hears. */
class RawServer implements AsyncDisposable {
  readonly #server: Server;
  connections = 0;

  private constructor(say: string, isOver: boolean) {
    this.#server = createServer((socket) => {
      this.connections += 1;
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.write(say);
        if (isOver) socket.destroySoon();
      });
    });
  }

  static async open(say: string, isOver = false): Promise<RawServer> {
    const raw = new RawServer(say, isOver);
    await new Promise<void>((resolve) => void raw.#server.listen(0, "127.0.0.1", resolve));
    return raw;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

test("a request has its body, its length and who sends it; connections are kept", async () => {
  await using receiver = await Receiver.open();
  using poster = posterTo(receiver.url);
  const ports = new Set<number | undefined>();
  receiver.usual = (response) => {
    ports.add(response.socket?.remotePort);
    response.writeHead(200).end("thank you");
  };
  for (let n = 0; n < 3; n += 1) {
    assert.deepEqual(await poster.post(outgoing, never), { status: 200, retryAfter: undefined });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(ports.size, 1);
  const [first] = receiver.received;
  assert.equal(first?.text, outgoing.body);
  assert.equal(first?.headers["content-length"], String(Buffer.byteLength(outgoing.body)));
  assert.equal(first?.headers["user-agent"], "Veche-Webhooks/0.1.0");
});

test("redirects are answers like others, and are not followed", async () => {
  await using elsewhere = await Receiver.open();
  await using receiver = await Receiver.open();
  receiver.usual = answer(307, { location: elsewhere.url });
  using poster = posterTo(receiver.url);
  assert.deepEqual(await poster.post(outgoing, never), { status: 307, retryAfter: undefined });
  assert.equal(elsewhere.received.length, 0);
});

test("one that hangs, hangs up, refuses or is nowhere is a fault that says so", async () => {
  await using receiver = await Receiver.open();
  receiver.usual = hang;
  assert.equal(await faultOf(receiver.url), "no answer within 1000 ms");
  receiver.usual = hangUp;
  assert.match(await faultOf(receiver.url), /socket hang up/);
  assert.match(await faultOf("http://127.0.0.1:1/"), /ECONNREFUSED/);
  assert.match(await faultOf("https://nowhere.invalid/"), /ENOTFOUND|EAI_AGAIN/);
  assert.match(await faultOf("http://10.0.0.1/"), /10\.0\.0\.1 is a private address/);
});

test("the status decides: a body that breaks off, goes on or is endless changes nothing and holds up nobody", async () => {
  const head = "HTTP/1.1 200 OK\r\n";
  const bodies = [
    await RawServer.open(`${head}Content-Length: 1000\r\n\r\nonly this`, true),
    await RawServer.open(`${head}Content-Length: 1000\r\n\r\nonly this`),
    await RawServer.open(`${head}Content-Length: 1000000\r\n\r\n${"x".repeat(200_000)}`),
  ];
  for (const body of bodies) {
    await using server = body;
    using poster = posterTo(server.url);
    const startedAt = performance.now();
    for (let n = 0; n < 2; n += 1)
      assert.deepEqual(await poster.post(outgoing, never), { status: 200, retryAfter: undefined });
    assert.ok(performance.now() - startedAt < 2 * timeoutMs);
    assert.equal(server.connections, 2, "a connection with a body that is not over is not used again");
  }
});

test("an answer that is none, or has too long a header, is a fault", async () => {
  for (const say of ["nonsense\r\n\r\n", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}\r\n\r\n`]) {
    await using server = await RawServer.open(say, true);
    assert.match(await faultOf(server.url), /Parse Error|Header overflow|socket hang up/i);
  }
});

test("a kept connection that the other end has closed meanwhile is no failure", async () => {
  await using receiver = await Receiver.open();
  using poster = posterTo(receiver.url);
  for (let n = 0; n < 5; n += 1) {
    receiver.next.push((response) => {
      response.writeHead(200).end("thank you");
      // Without a word in the header: the sender hears of it when it next writes.
      setTimeout(() => response.socket?.resetAndDestroy(), 10);
    });
    assert.deepEqual(await poster.post(outgoing, never), { status: 200, retryAfter: undefined });
    await new Promise((resolve) => setTimeout(resolve, n * 5));
  }
});

test("who ends gives up what is under way", async () => {
  await using receiver = await Receiver.open();
  receiver.usual = hang;
  using poster = posterTo(receiver.url);
  const ending = new AbortController();
  const posting = poster.post(outgoing, ending.signal);
  setTimeout(() => ending.abort(), 50);
  const startedAt = performance.now();
  assert.ok("fault" in (await posting));
  assert.ok(performance.now() - startedAt < timeoutMs);
});
