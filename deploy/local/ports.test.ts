import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { busyPorts, freePorts, portSettings, readPorts } from "./ports.ts";

test("without settings the standard ports are used", () => {
  const ports = readPorts({});
  assert.equal(ports.http, 8000);
  assert.equal(ports.media, 10000);
});

test("all faults of port settings are reported together", () => {
  assert.throws(
    () => readPorts({ HTTP_PORT: "eighty", JVB_PORT: "70000" }),
    /JVB_PORT.*"70000"[\s\S]*HTTP_PORT.*"eighty"/,
  );
});

test("two settings that ask for one port are refused", () => {
  assert.throws(
    () => readPorts({ HTTP_PORT: "8443" }),
    /HTTPS_PORT: expected a port of its own, found 8443, which is also HTTP_PORT/,
  );
});

test("udp and tcp may share a number", () => {
  assert.equal(readPorts({ JVB_TCP_PORT: "10000" }).mediaTcp, 10000);
});

test("a busy port is named with the setting that moves it", async () => {
  const ports = await freePorts();
  assert.deepEqual(await busyPorts(ports), []);
  const tcp = createServer().listen(ports.http, "0.0.0.0");
  const udp = createSocket("udp4").bind(ports.media);
  await Promise.all([once(tcp, "listening"), once(udp, "listening")]);
  assert.deepEqual(await busyPorts(ports), [
    `port ${ports.media}/udp is in use; JVB_PORT=<another> moves it`,
    `port ${ports.http}/tcp is in use; HTTP_PORT=<another> moves it`,
  ]);
  assert.deepEqual(await busyPorts(ports, ["media", "http"]), []);
  tcp.close();
  udp.close();
  await Promise.all([once(tcp, "close"), once(udp, "close")]);
});

test("SIP has one number for UDP and TCP, and either of them busy is said", async () => {
  const ports = await freePorts();
  const tcp = createServer().listen(ports.sip, "0.0.0.0");
  await once(tcp, "listening");
  assert.deepEqual(await busyPorts(ports), [`port ${ports.sip}/tcp is in use; VECHE_SIP_PORT=<another> moves it`]);
  tcp.close();
  await once(tcp, "close");
  assert.throws(
    () => readPorts({ VECHE_SIP_PORT: "10000" }),
    /VECHE_SIP_PORT: expected a port of its own, found 10000/,
  );
});

test("ports become the settings of the roles", async () => {
  const ports = await freePorts();
  assert.deepEqual(readPorts(portSettings(ports)), ports);
});
