import assert from "node:assert/strict";
import { test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import type { BridgeSnapshotResponse } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import { startBridge, type TestBridge } from "../testing/bridge.ts";
import { fetchSources, TestBridges } from "../testing/bridges.ts";
import { camera, microphone, nth } from "../testing/descriptions.ts";

async function readAll(bridge: TestBridge, conferences: string[] = []): Promise<BridgeSnapshotResponse[]> {
  const pages: BridgeSnapshotResponse[] = [];
  for (let page = ""; pages.length === 0 || page !== ""; page = nth(pages, pages.length - 1).nextPage)
    pages.push(await bridge.focus.request(subjects.snapshot, bridge.here, { conferences, page }));
  return pages;
}

const endpoints = (pages: readonly BridgeSnapshotResponse[], conference: string) =>
  pages
    .flatMap((page) => page.conferences)
    .filter((one) => one.conference === conference)
    .flatMap((one) => one.endpoints.map(({ endpoint }) => endpoint));

test("a conference of a hundred comes in pages, each of a size that a message may have, every endpoint once", async () => {
  await using bridge = await startBridge();
  const ids = Array.from({ length: 100 }, (_, index) => `endpoint${String(index).padStart(3, "0")}`);
  for (const id of ids) await bridge.create(id);
  for (const id of ids) await bridge.connect(id);
  await bridge.create("somebody", { conference: "c2" });
  const pages = await readAll(bridge);
  assert.ok(pages.length > 5, `${pages.length} pages`);
  for (const page of pages) {
    const size = JSON.stringify(page, (_, value) => (typeof value === "bigint" ? String(value) : value)).length;
    assert.ok(size < 600_000, `${size} bytes`);
  }
  assert.deepEqual(endpoints(pages, "c1"), ids);
  assert.deepEqual(endpoints(pages, "c2"), ["somebody"]);
});

test("who comes or goes between two pages disturbs nobody else's place", async () => {
  await using bridge = await startBridge();
  const ids = Array.from({ length: 60 }, (_, index) => `e${String(index).padStart(3, "0")}`);
  for (const id of ids) await bridge.create(id);
  for (const id of ids) await bridge.connect(id);
  const first = await bridge.focus.request(subjects.snapshot, bridge.here, {});
  assert.notEqual(first.nextPage, "");
  const seen = endpoints([first], "c1");
  await bridge.focus.request(subjects.expireEndpoint, bridge.here, bridge.address(nth(seen, seen.length - 1)));
  await bridge.create("e000a");
  const rest: BridgeSnapshotResponse[] = [];
  for (let page = first.nextPage; page !== ""; page = nth(rest, rest.length - 1).nextPage)
    rest.push(await bridge.focus.request(subjects.snapshot, bridge.here, { page }));
  assert.deepEqual([...seen, ...endpoints(rest, "c1")], ids);
});

test("only conferences that were asked for are told of; a page that is none is refused", async () => {
  await using bridge = await startBridge();
  for (const conference of ["c1", "c2", "c3"]) await bridge.create("aaaa1111", { conference });
  const pages = await readAll(bridge, ["c3", "c1", "unknown"]);
  assert.deepEqual(
    pages.flatMap(({ conferences }) => conferences.map(({ conference }) => conference)),
    ["c1", "c3"],
  );
  for (const page of ["x", "[]", "null", "[1,2]"])
    await assert.rejects(
      bridge.focus.request(subjects.snapshot, bridge.here, { page }),
      (error) => error instanceof VecheError && error.code === "invalid-argument",
    );
});

test("what was fetched from other bridges is told by bridge and process, and without endpoints too", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await a.join("aaaa1111");
  await fetchSources(b, a, [microphone("aaaa1111"), camera("aaaa1111")]);
  const snapshot = await b.snapshot();
  assert.deepEqual(snapshot?.endpoints, []);
  assert.deepEqual(
    snapshot?.remote.map(({ bridge, instance, names }) => [bridge, instance, names]),
    [["jvb-1", "instance-1", ["aaaa1111-a0", "aaaa1111-v0"]]],
  );
});
