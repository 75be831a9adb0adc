import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { reachByStun } from "@veche/kit/stun/reach.ts";
import { instance as contracts } from "@veche/proto/subjects.ts";
import { openEngine, withoutWorker } from "../testing/worker.ts";
import { MediaChecks, mediaCheckLimits } from "./media-checks.ts";
import { MemoryEngine } from "./memory-engine.ts";

const here = { instance: "a1" };

test("a bridge answers whoever tries its media ports for a while", { skip: withoutWorker }, async () => {
  await using engine = await openEngine();
  const network = new MemoryNetwork();
  await using bus = new MemoryBus(network, { role: "videobridge" });
  await using operator = new MemoryBus(network, { role: "operator" });
  const clock = new ManualClock();
  using checks = new MediaChecks(engine, clock);
  checks.serve(bus, here.instance);
  const { ufrag, pwd, addresses, seconds } = await operator.request(contracts.openMediaCheck, here, {});
  assert.deepEqual(addresses.map(({ protocol }) => protocol).sort(), ["tcp", "udp"]);
  const tryAll = (password: string) =>
    Promise.all(
      addresses.map(({ protocol, ip, port }) =>
        reachByStun({ ufrag, pwd: password }, { protocol: protocol === "tcp" ? "tcp" : "udp", ip, port }),
      ),
    );
  assert.deepEqual(await tryAll(pwd), ["reached", "reached"]);
  assert.ok((await tryAll("another bridge's password")).every((found) => found !== "reached"));
  await clock.advance(seconds * 1000);
  assert.ok((await tryAll(pwd)).every((found) => found !== "reached"));
});

test("so many at once, and more when those have ended", async () => {
  await using engine = new MemoryEngine();
  await using bus = new MemoryBus();
  const clock = new ManualClock();
  using checks = new MediaChecks(engine, clock);
  checks.serve(bus, here.instance);
  const open = () => bus.request(contracts.openMediaCheck, here, {});
  for (let count = 0; count < mediaCheckLimits.atOnce; count++) await open();
  await assert.rejects(open(), { code: "resource-exhausted", message: /expected at most 10 checks at once/ });
  await clock.advance(mediaCheckLimits.openS * 1000);
  await open();
});
