import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { createLogger } from "@veche/kit/log.ts";
import { until } from "../testing/until.ts";
import { type JibriStatus, Webhooks, webhookLimits } from "./webhooks.ts";

type Heard = { readonly path: string; readonly body: unknown };

/** A subscriber that answers with what it is told to, 200 unless said. */
class Subscriber implements AsyncDisposable {
  readonly heard: Heard[] = [];
  readonly answers: number[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      assert.equal(request.headers["content-type"], "application/json");
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
      this.heard.push({ path: `${request.method} ${request.url}`, body });
      response.writeHead(this.answers.shift() ?? 200).end("thank you");
    });
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => void this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get sessions(): unknown[] {
    return this.heard.filter(({ path }) => path.includes("session")).map(({ body }) => body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const idle: JibriStatus = { busyStatus: "IDLE", health: { healthStatus: "HEALTHY", details: {} } };

function world(subscribers: readonly string[]) {
  const clock = new ManualClock();
  const logged: string[] = [];
  const outcomes: string[] = [];
  const now = { status: idle };
  const webhooks = new Webhooks({
    subscribers,
    jibriId: "r1",
    status: () => now.status,
    clock,
    log: createLogger("recorder", "info", { write: (line) => void logged.push(line) }),
    onSent: (outcome) => void outcomes.push(outcome),
  });
  return { clock, logged, outcomes, now, webhooks };
}

test("subscribers are told at the start, at each change and every minute, as Jibri tells them", async () => {
  await using subscriber = await new Subscriber().open();
  const { webhooks, now, clock } = world([`${subscriber.url}/`]);
  await using _ = webhooks;
  webhooks.start();
  await until(() => subscriber.heard.length === 1, "the first");
  assert.deepEqual(subscriber.heard[0], {
    path: "POST /v1/status",
    body: { jibriId: "r1", status: { busyStatus: "IDLE", health: { healthStatus: "HEALTHY", details: {} } } },
  });
  webhooks.statusChanged();
  now.status = { ...idle, busyStatus: "BUSY" };
  webhooks.statusChanged();
  await until(() => subscriber.heard.length === 2, "the change");
  assert.deepEqual(subscriber.heard[1]?.body, { jibriId: "r1", status: now.status });
  await clock.advance(webhookLimits.everyMs);
  await until(() => subscriber.heard.length === 3, "the minute");
});

test("a session's word is repeated until it arrives, in order", async () => {
  await using subscriber = await new Subscriber().open();
  subscriber.answers.push(500, 503);
  const { webhooks, clock, outcomes } = world([subscriber.url]);
  await using _ = webhooks;
  webhooks.session({ sessionId: "a", status: "ON" });
  webhooks.session({ sessionId: "a", status: "OFF", failure: { reason: "no-disk", error: "full" }, shouldRetry: true });
  await until(() => subscriber.heard.length === 1 && clock.pending > 0, "the first try");
  await clock.advance(1_000);
  await until(() => subscriber.heard.length === 2 && clock.pending > 0, "the second try");
  await clock.advance(2_000);
  await until(() => outcomes.length === 2, "both");
  const on = { jibriId: "r1", session: { sessionId: "a", status: "ON" } };
  const failure = { reason: "no-disk", error: "full" };
  const off = { jibriId: "r1", session: { sessionId: "a", status: "OFF", failure, shouldRetry: true } };
  assert.deepEqual(subscriber.sessions, [on, on, on, off]);
});

test("one that is away holds up nobody, and its password is in no line", async () => {
  await using subscriber = await new Subscriber().open();
  const { webhooks, clock, outcomes, logged } = world(["http://anna:hunter2@127.0.0.1:1/", subscriber.url]);
  await using _ = webhooks;
  webhooks.session({ sessionId: "a", status: "ON" });
  await until(() => outcomes.includes("sent"), "who is there");
  for (let n = 0; n < 4; n += 1) {
    await until(() => clock.pending > 0 || outcomes.includes("failed"), "a pause");
    await clock.advance(10_000);
  }
  await until(() => outcomes.includes("failed"), "the end of trying");
  assert.equal(logged.length, 1);
  assert.ok(!logged.join().includes("hunter2"));
});

test("what waits for one subscriber is bounded", async () => {
  const { webhooks, outcomes } = world(["http://127.0.0.1:1"]);
  await using _ = webhooks;
  for (let n = 0; n < 150; n += 1) webhooks.session({ sessionId: String(n), status: "ON" });
  assert.equal(outcomes.filter((outcome) => outcome === "dropped").length, 150 - 1 - webhookLimits.waiting);
});
