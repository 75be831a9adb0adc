import assert from "node:assert/strict";
import { createServer, type IncomingMessage, request as startRequest } from "node:http";
import { test } from "node:test";
import { GatewayStateSchema } from "@veche/proto/gen/veche/gateway/v1/gateway_pb.ts";
import { RecorderStateSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { startWeb, type WebUnderTest } from "../testing/web-under-test.ts";

const path = "/recordings/api/recordings/rec1/files/%D1%83%20.mp4?download";

async function openServer() {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    response.writeHead(206, { "content-range": "bytes 2-4/10", "cache-control": "private, no-cache" }).end("234");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    asked,
    httpOrigin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function openRecorder(web: WebUnderTest, recorder: string, healthy = true) {
  const server = await openServer();
  const bucket = await web.bus.bucket(buckets.recorders, RecorderStateSchema);
  await bucket.put(recorder, { recorder, httpOrigin: server.httpOrigin, healthy });
  return { ...server, forget: () => bucket.delete(recorder), [Symbol.asyncDispose]: server[Symbol.asyncDispose] };
}

async function openGateway(web: WebUnderTest, gateway: string) {
  const server = await openServer();
  const bucket = await web.bus.bucket(buckets.gateways, GatewayStateSchema);
  await bucket.put(gateway, { gateway, httpOrigin: server.httpOrigin, healthy: true });
  return server;
}

/** Through the listener, with the address as it is. */
function ask(web: WebUnderTest, target: string, headers = {}): Promise<IncomingMessage & { text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = startRequest(`${web.http}/`, { path: target, headers }, async (answer) => {
      let text = "";
      for await (const chunk of answer) text += chunk;
      resolve(Object.assign(answer, { text }));
    });
    outgoing.on("error", reject).end();
  });
}

test("the library is asked of a recorder that is well, ranges and all, and of none but while there is one", async () => {
  await using web = await startWeb();
  const none = await ask(web, path);
  assert.equal(none.statusCode, 503);
  assert.equal(JSON.parse(none.text).code, "unavailable");
  assert.ok(!(await ask(web, "/config.js")).text.includes("recordingLibrary"));
  await using ill = await openRecorder(web, "a", false);
  await using well = await openRecorder(web, "b");
  const headers = {
    range: "bytes=2-4",
    "x-forwarded-for": "6.6.6.6",
    "x-recording-key": "k",
    cookie: "veche-library=x",
  };
  const answer = await ask(web, path, headers);
  assert.deepEqual([answer.statusCode, answer.text, answer.headers["content-range"]], [206, "234", "bytes 2-4/10"]);
  assert.equal(answer.headers["cache-control"], "private, no-cache");
  assert.equal(ill.asked.length, 0);
  const seen = well.asked[0];
  assert.equal(seen?.url, path);
  assert.deepEqual(
    ["range", "x-recording-key", "cookie", "x-forwarded-for"].map((name) => seen?.headers[name]),
    ["bytes=2-4", "k", "veche-library=x", "127.0.0.1"],
  );
  assert.ok((await ask(web, "/config.js")).text.includes("recordingLibrary"));
  for (const target of ["/recordings/api", "/internal/recordings/rec1/parts", "/other/recordings/api/x"]) {
    const elsewhere = await ask(web, target);
    assert.notEqual(elsewhere.statusCode, 206, target);
  }
  assert.equal(well.asked.length, 1);
  await ill.forget();
  await well.forget();
  assert.equal((await ask(web, path)).statusCode, 503);
});

test("numbers and codes for dialling in are asked of a gateway, for a tenant too, and of none but while there is one", async () => {
  await using web = await startWeb();
  const none = await ask(web, "/dial-in/numbers");
  assert.deepEqual([none.statusCode, JSON.parse(none.text).code], [503, "unavailable"]);
  assert.ok(!(await ask(web, "/config.js")).text.includes("dialInNumbersUrl"));
  await using gateway = await openGateway(web, "g1");
  const target = "/dial-in/code?conference=5a%40muc.meet.jitsi";
  const answer = await ask(web, target, { "x-forwarded-for": "6.6.6.6" });
  assert.equal(answer.statusCode, 206);
  await ask(web, `/school${target}`);
  assert.deepEqual(
    gateway.asked.map(({ url, headers }) => [url, headers["x-forwarded-for"]]),
    [
      [target, "127.0.0.1"],
      [target, "127.0.0.1"],
    ],
  );
  assert.ok((await ask(web, "/config.js")).text.includes("dialInNumbersUrl"));
  for (const elsewhere of ["/dial-in", "/dial-in/other", "/debug", "/about/stats"]) await ask(web, elsewhere);
  assert.equal(gateway.asked.length, 2);
});
