import assert from "node:assert/strict";
import { test } from "node:test";
import { StreamCounts } from "./stream-counts.ts";

function sent(...stanzas: string[]): StreamCounts<string> {
  const counts = new StreamCounts<string>();
  for (const stanza of stanzas) counts.send(stanza);
  return counts;
}

test("what is acknowledged is let go, the rest is kept in order", () => {
  const counts = sent("a", "b", "c");
  assert.deepEqual(counts.acknowledge(2), { ok: true, fresh: 2 });
  assert.deepEqual(counts.unacknowledged, ["c"]);
  assert.equal(counts.sent, 3);
});

test("more than was sent, or less than before, is a fault", () => {
  const counts = sent("a", "b");
  assert.deepEqual(counts.acknowledge(3), { ok: false, sent: 2 });
  counts.acknowledge(2);
  assert.equal(counts.acknowledge(1).ok, false);
});

test("what was received counts as safe only once it is stored", () => {
  const counts = new StreamCounts<string>();
  counts.receive();
  counts.receive();
  assert.deepEqual([counts.received, counts.stored], [2, 0]);
  counts.store(1);
  assert.equal(counts.stored, 1);
});

test("after a restart the client may have seen more than was recorded, but nothing made since", () => {
  const counts = new StreamCounts({ received: 4, acknowledged: 10, unacknowledged: ["k", "l"] });
  counts.send("new");
  assert.deepEqual(counts.acknowledge(15), { ok: true, fresh: 5 });
  assert.deepEqual(counts.unacknowledged, ["new"]);
  assert.equal(counts.sent, 16);
});

test("after a restart what the client has not seen of the recorded is sent again", () => {
  const counts = new StreamCounts({ received: 4, acknowledged: 10, unacknowledged: ["k", "l"] });
  counts.acknowledge(11);
  assert.deepEqual(counts.unacknowledged, ["l"]);
  assert.equal(counts.acknowledge(20).ok, false);
});

test("after a restart a count out of all reason is a fault", () => {
  const counts = new StreamCounts({ received: 0, acknowledged: 10, unacknowledged: [] });
  assert.equal(counts.acknowledge(9).ok, false);
});

test("counts wrap at 2^32", () => {
  const counts = new StreamCounts({ received: 2 ** 32 - 1, acknowledged: 2 ** 32 - 1, unacknowledged: ["a", "b"] });
  counts.receive();
  assert.equal(counts.received, 0);
  assert.equal(counts.sent, 1);
  assert.deepEqual(counts.acknowledge(0), { ok: true, fresh: 1 });
  assert.deepEqual(counts.unacknowledged, ["b"]);
});
