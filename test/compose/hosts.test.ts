/**
 * Schools' servers: each with an engine, an address and a network of its own, joined by a router. A signalling host, bridges at two
 * schools, and pupils who sit there, behind their school's line.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { withoutEngine } from "./engine.ts";
import { type Host, withoutEngines } from "./hosts/host.ts";
import { Installation } from "./hosts/installation.ts";
import { boundUdpPorts, openTcpPorts } from "./hosts/ports.ts";
import { withoutRoads } from "./hosts/roads.ts";

const skip = withoutEngine() || withoutEngines() || withoutRoads();

const stack = new AsyncDisposableStack();
let installation: Installation;
let seven: Host;
let eight: Host;

before(async () => {
  if (skip) return;
  installation = stack.use(await Installation.open());
  [seven, eight] = await Promise.all([installation.addHost("school-7", 7), installation.addHost("school-8", 8)]);
});

after(async () => {
  await stack.disposeAsync();
});

test("two schools' bridges join the signalling host, each by one command", { skip }, async () => {
  const token = await installation.token(seven, "bridge");
  await installation.start(seven, "bridge", token);
  await assert.rejects(installation.start(eight, "bridge", token), /it was used at/);
  await installation.join(eight, "bridge");
  for (const host of [seven, eight])
    assert.match(await host.docker("ps", "--format", "{{.Names}} {{.Status}}"), /videobridge-1 .*healthy/);
});

test("from outside nothing answers but the ports that are documented", { skip }, async () => {
  assert.deepEqual(await openTcpPorts(installation.signalling.place.address), [80, 443, 4222]);
  assert.deepEqual(await boundUdpPorts(installation.signalling.place), []);
  assert.deepEqual(await openTcpPorts(seven.place.address), [4443, 9090]);
  assert.deepEqual(await boundUdpPorts(seven.place), ["10000", "10100-10149"]);
});
