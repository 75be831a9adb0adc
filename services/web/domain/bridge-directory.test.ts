import assert from "node:assert/strict";
import { test } from "node:test";
import { BridgeDirectory } from "./bridge-directory.ts";

const beat = (bridge: string, instance: string, channelOrigin = "http://10.0.0.5:9090") => ({
  bridge,
  instance,
  channelOrigin,
});

test("a bridge is known from its heartbeat until it says that it goes", () => {
  const directory = new BridgeDirectory(10);
  assert.equal(directory.find("b1"), undefined);
  directory.hear(beat("b1", "i1"), 0);
  assert.equal(directory.find("b1"), "http://10.0.0.5:9090");
  directory.forget("b1", "i1");
  assert.equal(directory.find("b1"), undefined);
});

test("the farewell of an instance that was replaced changes nothing", () => {
  const directory = new BridgeDirectory(10);
  directory.hear(beat("b1", "i1"), 0);
  directory.hear(beat("b1", "i2", "http://10.0.0.6:9090"), 1);
  directory.forget("b1", "i1");
  assert.equal(directory.find("b1"), "http://10.0.0.6:9090");
});

test("whoever waits for a bridge is told at its heartbeat", () => {
  const directory = new BridgeDirectory(10);
  const told: string[] = [];
  const waiting = directory.await("b1", (origin) => told.push(origin));
  directory.hear(beat("b2", "i", "http://10.0.0.7:9090"), 0);
  assert.deepEqual(told, []);
  directory.hear(beat("b1", "i"), 0);
  assert.deepEqual(told, ["http://10.0.0.5:9090"]);
  waiting.close();
  assert.equal(directory.waiting, 0);
});

test("a heartbeat with anything but a bare origin is not believed", () => {
  const directory = new BridgeDirectory(10);
  const bad = [
    "",
    "10.0.0.5:9090",
    "file:///etc/passwd",
    "http://u:p@h:1",
    "http://h:1/admin",
    "http://h:1/?a",
    "ftp://h",
  ];
  for (const origin of bad) assert.equal(directory.hear(beat("b1", "i", origin), 0), false, origin);
  assert.equal(directory.hear(beat("", "i"), 0), false);
  assert.equal(directory.size, 0);
});

test("a bridge of another host says https, and is known by it", () => {
  const directory = new BridgeDirectory(10);
  for (const scheme of ["https", "wss"]) {
    assert.ok(directory.hear(beat("b1", "i", `${scheme}://10.0.0.5:9090`), 0));
    assert.equal(directory.find("b1"), "https://10.0.0.5:9090");
  }
});

test("the bridge that was silent for longest makes room at the limit", () => {
  const directory = new BridgeDirectory(2);
  directory.hear(beat("b1", "i"), 0);
  directory.hear(beat("b2", "i"), 1);
  directory.hear(beat("b1", "i"), 2);
  directory.hear(beat("b3", "i"), 3);
  assert.equal(directory.size, 2);
  assert.equal(directory.find("b2"), undefined);
  assert.ok(directory.find("b1"));
});
