import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { findNatsServer, NatsServer } from "@veche/kit/nats-server.ts";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { NatsCluster } from "@veche/kit/testing/nats-cluster.ts";
import { InternalCa } from "../hosts/internal-ca.ts";
import { clusterStore, readCluster, renderCluster } from "./cluster.ts";

const three = "10.0.0.1, 10.0.0.2,fd00::3";

test("a host without NATS_CLUSTER is alone, one with it is a member under its own address", () => {
  assert.equal(readCluster({}, ["10.0.0.1"]), undefined);
  assert.equal(readCluster({ NATS_CLUSTER: " " }, ["10.0.0.1"]), undefined);
  const plan = readCluster({ NATS_CLUSTER: three }, ["127.0.0.1", "10.0.0.2"]);
  assert.ok(plan);
  assert.deepEqual(plan, {
    routes: ["nats://10.0.0.1:6222", "nats://10.0.0.2:6222", "nats://[fd00::3]:6222"],
    own: "10.0.0.2",
    port: 6222,
  });
  const text = renderCluster(plan, { storeDir: "/data/cluster" });
  assert.match(text, /server_name: "veche-10\.0\.0\.2"/);
  assert.doesNotMatch(text, /tls/);
});

test("a wrong NATS_CLUSTER is refused with what was expected", () => {
  const faultOf = (env: Record<string, string>) => {
    try {
      return JSON.stringify(readCluster(env, ["10.0.0.1"]));
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
  };
  assert.match(faultOf({ NATS_CLUSTER: "10.0.0.1,10.0.0.2" }), /expected the addresses of 3 signalling hosts/);
  assert.match(faultOf({ NATS_CLUSTER: "10.0.0.1,10.0.0.1,10.0.0.2" }), /expected the addresses of 3 signalling hosts/);
  assert.match(
    faultOf({ NATS_CLUSTER: "10.0.0.2,10.0.0.3,10.0.0.4" }),
    /expected one of this host's addresses \(10\.0\.0\.1/,
  );
  assert.match(faultOf({ NATS_CLUSTER: "10.0.0.1,a b,c" }), /expected addresses or names of hosts, found "a b"/);
  assert.match(faultOf({ NATS_CLUSTER: three, NATS_CLUSTER_PORT: "0" }), /NATS_CLUSTER_PORT: expected a port/);
});

test("a server reads all of it, and keeps its streams where a cluster's are", {
  skip: findNatsServer() ? false : "there is no nats-server",
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "veche-cluster-"));
  const routes = await Promise.all([1, 2, 3].map(async () => `nats://127.0.0.1:${await freePort()}`));
  const plan = { routes, own: "127.0.0.1", port: Number(URL.parse(routes[0] ?? "")?.port) };
  const storeDir = clusterStore(folder);
  {
    await using server = await NatsServer.start(renderCluster(plan, { storeDir, port: 4222 }));
    assert.deepEqual(await readdir(storeDir), ["jetstream"]);
    await using bus = await NatsBus.open(
      { url: server.url },
      { role: "focus", instance: "f", version: "0" },
      { log: silentLog },
    );
    assert.equal(bus.isConnected, true);
  }
  await rm(folder, { recursive: true });
});

test("who has a certificate but not the password of routes is no member", {
  skip: findNatsServer() ? false : "there is no nats-server",
}, async () => {
  const text = renderCluster(
    { routes: ["nats://10.0.0.2:6222"], own: "10.0.0.1", port: 6222 },
    { storeDir: "/", password: "p0" },
  );
  assert.match(
    text,
    /routes: \["nats:\/\/route:p0@10\.0\.0\.2:6222"\]\n {2}authorization \{ user: route, password: "p0"/,
  );
  await using cluster = await NatsCluster.start({ passwordOf: (index) => (index === 2 ? "p1" : "p0"), isWhole: false });
  while ((await cluster.members(0)) < 2) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual([await cluster.members(0), await cluster.members(2)], [2, 1]);
});

test("routes are encrypted, and who has no certificate of the internal authority is no member", {
  skip: findNatsServer() ? false : "there is no nats-server",
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "veche-cluster-"));
  try {
    const routesBy = async (name: string) => {
      const ca = await InternalCa.open(join(folder, name));
      const { certificate, key } = await ca.issue("nats", ["127.0.0.1"]);
      const files = {
        certFile: `${folder}/${name}.crt`,
        keyFile: `${folder}/${name}.key`,
        caFile: `${folder}/${name}.ca`,
      };
      await writeFile(files.certFile, certificate);
      await writeFile(files.keyFile, key);
      await writeFile(files.caFile, ca.certificate);
      const text = renderCluster({ routes: [], own: "127.0.0.1", port: 1 }, { storeDir: "/", tls: files });
      return text.slice(text.indexOf("  tls {"), text.lastIndexOf("}"));
    };
    const ours = await routesBy("ours");
    const theirs = await routesBy("theirs");
    await using cluster = await NatsCluster.start({ routes: ours });
    assert.equal(await cluster.members(0), 3);
    const routesOf = (index: number) => (index === 2 ? theirs : ours);
    await using strangers = await NatsCluster.start({ routesOf, isWhole: false });
    while ((await strangers.members(0)) < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual([await strangers.members(0), await strangers.members(2)], [2, 1]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
