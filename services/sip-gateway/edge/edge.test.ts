import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { createLogger } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { streams } from "@veche/proto/storage.ts";
import { limits } from "../limits.ts";
import { room } from "../testing/calls.ts";
import { CallFacts } from "./call-facts.ts";
import { ConferenceCodes } from "./conference-codes.ts";

const other = (name: string) => ({ ...room, room: name, jid: `${name}@muc.meet.jitsi` });

test("there are only so many codes; those that are there go on", async () => {
  await using bus = new MemoryBus();
  using codes = await ConferenceCodes.open({ bus, clock: new ManualClock(), length: 6, most: 2 });
  const first = await codes.make(room);
  assert.match(first, /^[1-9]\d{5}$/);
  await codes.make(other("b"));
  await assert.rejects(codes.make(other("c")), { code: "resource-exhausted" });
  assert.equal(await codes.find(room), first);
  assert.deepEqual(await codes.lookUp(first), room);
  for (const rubbish of ["", "12.34", ">", "*", "9".repeat(40)]) assert.equal(await codes.lookUp(rubbish), undefined);
});

test("a room whose code is made twice at once has one, and no second one stays behind", async () => {
  const network = new MemoryNetwork();
  await using one = new MemoryBus(network);
  await using two = new MemoryBus(network);
  const given = { clock: new ManualClock(), length: 9, most: 10 };
  using codes = await ConferenceCodes.open({ ...given, bus: one });
  using others = await ConferenceCodes.open({ ...given, bus: two });
  const made = await Promise.all([codes.make(room), others.make(room), codes.make(room)]);
  assert.equal(new Set(made).size, 1);
});

test("while the stream is away only so many facts are kept, and those come in their order", async () => {
  const network = new MemoryNetwork();
  const clock = new ManualClock(1_700_000_000_000);
  const bus = new MemoryBus(network, { role: "sip-gateway", clock });
  const reader = new MemoryBus(network, { role: "focus", clock });
  const gateway = { id: "g1", instance: "i1" };
  const logged: string[] = [];
  const log = createLogger("sip-gateway", "warn", { write: (line) => void logged.push(line) });
  const facts = await CallFacts.open({ bus, clock, log, gateway, source: "/sip-gateway/i1" });
  network.disconnect(bus as never);
  const head = { call: "c1", direction: "in", endpoint: "0badcafe", room, session: "s1", answeredMs: 0 } as const;
  for (let n = 0; n < limits.waitingFacts + 2; n += 1)
    facts.tell(head, { name: "sipDtmf", digit: "1", via: "rtp" }, clock.now());
  assert.equal(facts.waiting, limits.waitingFacts);
  assert.equal(logged.length, 2);
  network.reconnect(bus as never);
  while (facts.waiting > 0) await clock.advance(1_000);
  const seqs = [];
  for await (const { body } of reader.replay(streams.conference, "conference.v1.>"))
    seqs.push(Number((body as { seq: string }).seq));
  assert.deepEqual(
    seqs,
    Array.from({ length: limits.waitingFacts }, (_, n) => n + 1),
  );
});
