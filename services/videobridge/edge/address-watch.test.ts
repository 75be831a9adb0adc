import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { readConfig } from "@veche/kit/config.ts";
import { silentLog } from "@veche/kit/log.ts";
import { type Reached, reachByStun, type Target } from "@veche/kit/stun/reach.ts";
import { service } from "@veche/proto/facts.ts";
import { schema } from "../config.ts";
import { makeWorld, startBridge } from "../testing/bridge.ts";
import { engineRules, withoutWorker } from "../testing/worker.ts";
import { AddressWatch, type AddressWatchRules, readWatchRules } from "./address-watch.ts";
import { chooseAddresses } from "./addresses.ts";
import { MediasoupEngine } from "./mediasoup-engine.ts";
import { MemoryEngine } from "./memory-engine.ts";
import type { Warning } from "./warnings.ts";

const noRules: AddressWatchRules = { stunServers: [], udpPorts: undefined, tcpPorts: undefined };

function watchWith(reach: (target: Target) => Reached, rules = noRules, mapped?: string) {
  const clock = new ManualClock(1_000_000);
  const found: Warning[][] = [];
  const watch = new AddressWatch(rules, {
    reach: async (_local, target) => reach(target),
    askMapped: async () => mapped,
    publishers: () => ["127.0.0.1", "172.18.0.1"],
    warnings: { replace: (_kinds, warnings) => found.push([...warnings]) },
    clock,
    log: silentLog,
  });
  return { watch, clock, found };
}

test("of the host's published ports the one that leads to this very bridge is told to clients", async () => {
  // Inside its container the bridge is at the first port of the range.
  const reach = ({ ip, port, protocol }: Target) =>
    ip === "127.0.0.1" || port === (protocol === "udp" ? 10_002 : 4_445) ? "reached" : "stranger";
  const { watch, found } = watchWith(reach, {
    ...noRules,
    udpPorts: { first: 10_000, last: 10_009 },
    tcpPorts: { first: 4_443, last: 4_452 },
  });
  await watch.start(new MemoryEngine());
  assert.deepEqual(watch.found, { mapped: [], udpPort: 10_002, tcpPort: 4_445 });
  await watch.check();
  assert.deepEqual(found.at(-1), [], "loopback is not tried from inside the container");
  watch.close();
});

test("where no port is seen to lead here the first is told, and a single one needs no finding out", async () => {
  const range = { ...noRules, udpPorts: { first: 10_000, last: 10_009 }, tcpPorts: { first: 443, last: 443 } };
  const { watch } = watchWith(() => "silent", range);
  await watch.start(new MemoryEngine());
  assert.deepEqual(watch.found, { mapped: [], udpPort: 10_000, tcpPort: 443 });
  watch.close();
});

test("a STUN server says the public address; one that does not is complained of", async () => {
  const stunServers = [{ host: "stun.example.org", port: 3478 }];
  const { watch } = watchWith(() => "reached", { ...noRules, stunServers }, "203.0.113.7");
  await watch.start(new MemoryEngine());
  assert.deepEqual(watch.found.mapped, ["203.0.113.7"]);
  watch.close();
  const silent = watchWith(() => "reached", { ...noRules, stunServers });
  await silent.watch.start(new MemoryEngine());
  assert.match(silent.found[0]?.[0]?.text ?? "", /STUN server stun\.example\.org:3478 .*JVB_STUN_SERVERS/);
  silent.watch.close();
});

test("addresses are checked again after a minute, and within five seconds when they change", async () => {
  let reached: Reached = "silent";
  const engine = new MemoryEngine();
  const { watch, clock, found } = watchWith(() => reached);
  await watch.start(engine);
  await watch.check();
  assert.match(found.at(-1)?.[0]?.text ?? "", /127\.0\.0\.1:10000\/udp, where this bridge cannot reach itself/);
  const rounds = found.length;
  clock.advance(55_000);
  await watch.check();
  reached = "reached";
  const settled = found.length;
  assert.equal(settled, rounds + 1, "only the one that was asked for");
  clock.advance(10_000);
  await watch.check();
  engine.addresses = () => ["10.0.0.9:10000/udp"];
  clock.advance(5_000);
  await watch.check();
  assert.deepEqual(found.at(-1), []);
  watch.close();
});

test("a wrong address is in heartbeats, health and debug and a fact says it, once when it begins and once when it is over", async () => {
  let reached: Reached = "stranger";
  await using bridge = await startBridge({}, undefined, { ...makeWorld(), reach: async () => reached });
  const facts: [string, boolean][] = [];
  bridge.focus.subscribe(service.warned, ({ warning, text, over }) => {
    facts.push([`${warning}: ${text}`, over]);
  });
  await bridge.service.checkAddresses();
  const health = await bridge.fetch("/about/health?detail");
  assert.equal(health.status, 200);
  assert.match(health.json().warnings[0], /127\.0\.0\.1:10000\/udp, where something else than this bridge answers/);
  assert.deepEqual(health.json().addresses, ["127.0.0.1:10000/udp", "127.0.0.1:4443/tcp"]);
  assert.equal((await bridge.fetch("/about/health")).text, "");
  assert.equal(bridge.service.state().warnings.length, 1);
  reached = "reached";
  bridge.clock.advance(60_000);
  await bridge.service.checkAddresses();
  assert.deepEqual((await bridge.fetch("/about/health?detail")).json().warnings, []);
  assert.deepEqual(
    facts.map(([, over]) => over),
    [false, true],
  );
});

for (const [env, message] of [
  [{ VECHE_PUBLISHED_PORTS: "10009-10000" }, /VECHE_PUBLISHED_PORTS: expected at most 100 ports/],
  [{ VECHE_PUBLISHED_TCP_PORTS: "1-200" }, /VECHE_PUBLISHED_TCP_PORTS: expected at most 100 ports/],
  [{ JVB_STUN_SERVERS: "a b" }, /JVB_STUN_SERVERS: expected servers like/],
] as const)
  test(`${JSON.stringify(env)} is refused at the start`, () => {
    assert.throws(() => readWatchRules(readConfig(schema, env)), message);
  });

describe("with a real worker", { skip: withoutWorker }, () => {
  test("the bridge reaches itself over UDP and TCP, IPv4 and IPv6, and tells a stranger from itself and silence", async () => {
    const listen = ["127.0.0.1", "::1"];
    const addresses = () => chooseAddresses({ listen, advertised: [], withPrivate: true }, []);
    await using engine = await MediasoupEngine.open({ ...engineRules, listen, addresses }, silentLog);
    const { local } = await (await engine.openRouter()).createTransport();
    assert.equal(local.candidates.length, 4);
    const results = await Promise.all(local.candidates.map((candidate) => reachByStun(local, candidate)));
    assert.deepEqual(results, ["reached", "reached", "reached", "reached"]);
    const [candidate] = local.candidates;
    assert.ok(candidate);
    assert.equal(await reachByStun({ ...local, pwd: "another" }, candidate), "stranger");
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    for (const protocol of ["udp", "tcp"] as const)
      assert.equal(await reachByStun(local, { ip: "127.0.0.1", port, protocol }), "silent");
  });
});
