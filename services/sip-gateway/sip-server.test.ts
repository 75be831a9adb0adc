import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { readConfig } from "@veche/kit/config.ts";
import { silentLog } from "@veche/kit/log.ts";
import { schema } from "./config.ts";
import { openSipServer } from "./sip-server.ts";

const listener = { incoming: () => {}, registration: () => {}, reachable: () => {} };

function open(env: Record<string, string>) {
  const config = readConfig(schema, { VECHE_SIP_SERVER: "drachtio", ...env });
  return openSipServer({ config, log: silentLog }, listener, []);
}

test("drachtio-server is connected to where the settings say, with their secret and never without one", async () => {
  await using stack = new AsyncDisposableStack();
  const heard = Promise.withResolvers<string>();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (data) => {
      const [id] = data.toString().split("#")[1]?.split("|") ?? [];
      const answer = `x|response|${id}|NOK`;
      heard.resolve(data.toString());
      socket.write(`${answer.length}#${answer}`);
    });
  });
  stack.defer(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = { VECHE_DRACHTIO_ADDRESS: `127.0.0.1:${(server.address() as AddressInfo).port}` };
  await assert.rejects(open(address), { code: "invalid-argument" });
  await assert.rejects(open({ ...address, VECHE_DRACHTIO_SECRET: "sixteen characters" }), { code: "unauthenticated" });
  assert.match(await heard.promise, /\|authenticate\|sixteen characters\|/);
  assert.throws(() => readConfig(schema, { VECHE_DRACHTIO_ADDRESS: "nowhere" }));
});
