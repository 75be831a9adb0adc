/** An ACME server that stops in the middle: before the handshake, before the answer, and within it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { test } from "node:test";
import { createRoot, issue } from "@veche/kit/x509.ts";
import { answerMs, ask } from "./https-request.ts";
import { AcmeProblem } from "./problem.ts";

const root = await createRoot("fake", Date.now());
const { certificate: cert, key } = await issue(root, ["127.0.0.1"], Date.now());
const limitMs = 400;

async function started(server: Server): Promise<AsyncDisposable & { readonly url: string }> {
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/directory`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

const silences: Readonly<Record<string, () => Server>> = {
  "takes the connection and says nothing": () => createTcpServer(),
  "takes the question and does not answer": () => createHttpsServer({ cert, key }, () => {}),
  "begins its answer and does not end it": () =>
    createHttpsServer({ cert, key }, (_request, response) => void response.write('{"newNonce":')),
};

for (const [what, server] of Object.entries(silences))
  test(`a server that ${what} is given up after the limit, which is told`, async () => {
    await using at = await started(server());
    const from = performance.now();
    const asking = ask(at.url, {
      method: "GET",
      ca: root.certificate,
      signal: new AbortController().signal,
      limitMs,
    });
    await assert.rejects(asking, (error) => {
      assert.ok(error instanceof AcmeProblem, String(error));
      assert.equal(error.type, "unreachable");
      assert.match(error.message, /no answer within 0\.4 s/);
      return true;
    });
    assert.ok(performance.now() - from >= limitMs - 5);
  });

test("one that answers at a crawl is not waited for beyond the limit either: it counts to the last byte", async () => {
  await using at = await started(
    createHttpsServer({ cert, key }, (_request, response) => {
      const drip = setInterval(() => response.write(" "), 50);
      response.on("close", () => clearInterval(drip));
    }),
  );
  const signal = new AbortController().signal;
  await assert.rejects(
    ask(at.url, { method: "GET", ca: root.certificate, signal, limitMs }),
    /no answer within 0\.4 s/,
  );
});

test("who ends meanwhile is told of that and not of a limit", async () => {
  await using at = await started(createHttpsServer({ cert, key }, () => {}));
  const ending = new AbortController();
  const asking = ask(at.url, { method: "GET", ca: root.certificate, signal: ending.signal, limitMs: 60_000 });
  ending.abort(new Error("web ends"));
  await assert.rejects(asking, /^Error: web ends$/);
});

test("outside of tests the limit is 30 s", () => {
  assert.equal(answerMs, 30_000);
});
