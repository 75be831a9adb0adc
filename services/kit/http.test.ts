import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, suite, test } from "node:test";
import { VecheError } from "./errors.ts";
import { Health } from "./health.ts";
import { createHttpServer, type FastifyInstance, mountOperations } from "./http.ts";
import { silentLog } from "./log.ts";
import { Metrics } from "./metrics.ts";

suite("private HTTP", () => {
  const health = new Health();
  let app: FastifyInstance;

  before(() => {
    const limits = { bodyBytes: 100, headerTimeoutMs: 40, requestTimeoutMs: 80, checkEveryMs: 10 };
    app = createHttpServer({ log: silentLog, limits });
    mountOperations(app, { health, metrics: new Metrics("focus"), version: "1.2.3", role: "focus" });
    app.get("/fails", () => Promise.reject(new VecheError("resource-exhausted", "room is full")));
    app.get("/breaks", () => Promise.reject(new Error("pwd=hunter2")));
    app.post("/echo", (request) => request.body);
  });
  after(() => app.close());

  test("readiness follows health, and says why not", async () => {
    assert.equal((await app.inject("/health/ready")).statusCode, 200);
    health.set("nats", "out of reach");
    const response = await app.inject("/health/ready");
    assert.equal(response.statusCode, 503);
    assert.deepEqual(response.json(), { ready: false, problems: { nats: "out of reach" }, warnings: {} });
    assert.equal((await app.inject("/health/live")).statusCode, 200);
    health.set("nats");
  });

  test("version and metrics are there", async () => {
    assert.equal((await app.inject("/about/version")).json().version, "1.2.3");
    const metrics = await app.inject("/metrics");
    assert.match(String(metrics.headers["content-type"]), /^text\/plain/);
    const accept = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5";
    const open = await app.inject({ url: "/metrics", headers: { accept } });
    assert.match(String(open.headers["content-type"]), /^application\/openmetrics-text/);
    assert.ok(open.body.endsWith("# EOF\n"));
  });

  test("an error goes out with the status of its code, and one that is ours to mend says nothing of itself", async () => {
    const known = await app.inject("/fails");
    assert.deepEqual([known.statusCode, known.json()], [429, { code: "resource-exhausted", message: "room is full" }]);
    const unknown = await app.inject("/breaks");
    assert.equal(unknown.statusCode, 500);
    assert.doesNotMatch(unknown.body, /hunter2/);
    assert.equal(unknown.json().code, "internal");
  });

  test("nothing there, no JSON and too much are JSON errors of the client", async () => {
    const missing = await app.inject("/nothing?token=hunter2");
    assert.deepEqual(
      [missing.statusCode, missing.json()],
      [404, { code: "not-found", message: "nothing at GET /nothing" }],
    );
    const headers = { "content-type": "application/json" };
    const rubbish = await app.inject({ method: "POST", url: "/echo", headers, payload: "{" });
    assert.deepEqual([rubbish.statusCode, rubbish.json().code], [400, "invalid-argument"]);
    const tooMuch = await app.inject({
      method: "POST",
      url: "/echo",
      headers,
      payload: JSON.stringify("x".repeat(100)),
    });
    assert.deepEqual([tooMuch.statusCode, tooMuch.json().code], [413, "resource-exhausted"]);
  });

  test("a client that is too slow with its header or its body is cut", async () => {
    await app.listen({ host: "127.0.0.1", port: 0 });
    const address = app.server.address();
    assert.ok(address && typeof address === "object");
    const half = [
      "POST /echo HTTP/1.1\r\nHost: x\r\n",
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{",
    ];
    const answers = half.map(
      (start) =>
        new Promise<string>((resolve, reject) => {
          let answer = "";
          const socket = connect(address.port, "127.0.0.1", () => socket.write(start));
          socket.on("data", (data) => {
            answer += data;
          });
          socket.on("close", () => resolve(answer));
          socket.on("error", reject);
        }),
    );
    for (const answer of await Promise.all(answers))
      assert.match(answer, /^HTTP\/1\.1 408 .*"code":"deadline-exceeded"/s);
  });
});
