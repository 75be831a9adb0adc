import assert from "node:assert/strict";
import { test } from "node:test";
import { busLimits } from "./bus-limits.ts";
import { silentLog } from "./log.ts";
import { NatsLink } from "./nats-link.ts";
import { findNatsServer, NatsServer } from "./nats-server.ts";
import { freePort } from "./testing/free-port.ts";

const skip = findNatsServer() ? false : "there is no nats-server";

test("a cluster is one while none of its servers is in reach: what is stored then is tried as long", {
  skip,
}, async () => {
  const route = `127.0.0.1:${await freePort()}`;
  const cluster = `cluster { name: veche, listen: "${route}", routes: ["nats://${route}"] }`;
  await using server = await NatsServer.start(`server_name: node-1\n${cluster}`);
  const link = await NatsLink.open({ url: server.url }, "focus-f1", "_INBOX.focus", silentLog);
  const isLost = new Promise<void>((resolve) => link.onConnection((isConnected) => !isConnected && resolve()));
  const whatIsKnown = () => [link.isClustered, link.recordMs, link.info?.max_payload];
  assert.deepEqual(whatIsKnown(), [true, busLimits.clusterRecordMs, 1024 * 1024]);
  await server.kill();
  await isLost;
  // The client forgets what the server said when it begins to look for another.
  while (link.nc.info !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(whatIsKnown(), [true, busLimits.clusterRecordMs, 1024 * 1024]);
  await link.close();
});
