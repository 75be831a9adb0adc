/** The rooms in which recorders and bridges are seen, as programs that watch a deployment of Jitsi know them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { BridgeHeartbeatSchema } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { GatewayStateSchema } from "@veche/proto/gen/veche/gateway/v1/gateway_pb.ts";
import { RecorderStateSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, childrenOf, type Element, elementsOf } from "../codec/xml/element.ts";
import { defaultLimits } from "../limits.ts";
import { Harness, type Options } from "../testing/harness.ts";
import { get, isError, itemOf, leave, roomInfo, statusesOf } from "../testing/meeting.ts";
import { Administrator, withAccount } from "../testing/people.ts";
import { conditionOf, type ScriptedClient } from "../testing/scripted-client.ts";

const host = "internal-muc.meet.jitsi";
const jibris = `jibribrewery@${host}`;
const bridges = `jvbbrewery@${host}`;
const gateways = `jigasibrewery@${host}`;
const password = "record it";

const at = (room: string, nick: string, type?: string) => (stanza: Element) =>
  stanza.name === "presence" && stanza.attrs.from === `${room}/${nick}` && stanza.attrs.type === type;

function statusOf(presence: Element): readonly (string | undefined)[] {
  const status = childOf(presence, "jibri-status", ns.jibri);
  const [busy, health] = [
    status && childOf(status, "busy-status", ns.jibri),
    status && childOf(status, "health-status"),
  ];
  assert.equal(health?.getNS(), ns.health);
  return [busy?.attrs.status, health?.attrs.status];
}

function statsOf(presence: Element): Readonly<Record<string, string | undefined>> {
  const stats = childOf(presence, "stats", ns.colibri);
  return Object.fromEntries((stats ? childrenOf(stats, "stat") : []).map(({ attrs }) => [attrs.name, attrs.value]));
}

/** A server with what recorders and bridges write beside it. */
async function brewery(options: Options = {}) {
  const network = new MemoryNetwork();
  const bus = new MemoryBus(network, { role: "recorder", ...(options.clock ? { clock: options.clock } : {}) });
  const recorders = await bus.bucket(buckets.recorders, RecorderStateSchema);
  const bridges = await bus.bucket(buckets.bridges, BridgeHeartbeatSchema);
  const sipGateways = await bus.bucket(buckets.gateways, GatewayStateSchema);
  const env = { JIBRI_RECORDER_PASSWORD: password, JIGASI_XMPP_PASSWORD: password, ...options.env };
  const harness = await Harness.start({ ...options, env, network });
  return {
    harness,
    recorder: (recorder: string, state = {}) => recorders.put(recorder, { recorder, healthy: true, ...state }),
    recorderGone: (recorder: string) => recorders.delete(recorder),
    gateway: (gateway: string, state = {}) => sipGateways.put(gateway, { gateway, healthy: true, ...state }),
    bridge: (bridge: string, state = {}) =>
      bridges.put(bridge, { bridge, region: "eu", version: "1.2.3", healthy: true, stress: 0.25, ...state }),
    [Symbol.asyncDispose]: async () => {
      await harness[Symbol.asyncDispose]();
      await bus[Symbol.asyncDispose]();
    },
  };
}

async function service(harness: Harness, nick = "watcher"): Promise<ScriptedClient> {
  const client = await harness.webSocket();
  await client.signInWith("recorder", password, "SCRAM-SHA-1", "hidden.meet.jitsi");
  client.nick = nick;
  return client;
}

async function watching(harness: Harness, room: string, nick?: string): Promise<ScriptedClient> {
  const client = await service(harness, nick);
  client.join(room);
  await client.joined(room);
  return client;
}

test("who enters sees every recorder, then itself and the end of the list; then what changes, and who goes", async () => {
  await using stage = await brewery();
  const { harness } = stage;
  await stage.recorder("r1");
  await stage.recorder("r2", { compositeFull: true });
  const watcher = await service(harness);
  watcher.join(jibris);
  const own = await watcher.joined(jibris);
  assert.deepEqual(statusesOf(own), ["110"]);
  assert.equal(itemOf(own)?.attrs.role, "visitor");
  await watcher.next(({ name, attrs }) => name === "message" && attrs.type === "groupchat" && attrs.from === jibris);
  const order = watcher.stanzas.filter(({ attrs }) => attrs.from?.startsWith(jibris)).map(({ attrs }) => attrs.from);
  assert.deepEqual(order, [`${jibris}/r1`, `${jibris}/r2`, `${jibris}/watcher`, jibris]);
  const first = await watcher.next(at(jibris, "r1"));
  assert.deepEqual(statusOf(first), ["idle", "healthy"]);
  assert.deepEqual([itemOf(first)?.attrs.affiliation, itemOf(first)?.attrs.role], ["member", "participant"]);
  assert.deepEqual(statusOf(await watcher.next(at(jibris, "r2"))), ["busy", "healthy"]);

  await stage.recorder("r1", { freeDiskBytes: 17n });
  await stage.recorder("r1", { healthy: false });
  assert.deepEqual(statusOf(await watcher.next(at(jibris, "r1"))), ["idle", "unhealthy"]);
  await stage.recorder("r3");
  await watcher.next(at(jibris, "r3"));
  await stage.recorderGone("r2");
  const gone = await watcher.next(at(jibris, "r2", "unavailable"));
  assert.equal(itemOf(gone)?.attrs.role, "none");
  await watcher.settled();
  assert.ok(!watcher.has(({ name, attrs }) => name === "presence" && attrs.from !== `${jibris}/watcher`));
});

test("bridges are seen with their statistics, and go when they are silent for as long as their entry lives", async () => {
  const clock = new ManualClock(Date.now());
  await using stage = await brewery({ clock });
  const { harness } = stage;
  await stage.bridge("jvb-1");
  const watcher = await watching(harness, bridges);
  const { current_timestamp: moment, ...stats } = statsOf(await watcher.next(at(bridges, "jvb-1")));
  assert.match(moment ?? "", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
  assert.deepEqual(stats, {
    stress_level: "0.25",
    healthy: "true",
    drain: "false",
    graceful_shutdown: "false",
    shutting_down: "false",
    region: "eu",
    version: "1.2.3",
    release: "1.2.3",
    relay_id: "jvb-1",
  });
  await stage.bridge("jvb-1", { draining: true });
  assert.equal(statsOf(await watcher.next(at(bridges, "jvb-1"))).drain, "true");
  await clock.advance(buckets.bridges.ttlMs);
  await watcher.next(at(bridges, "jvb-1", "unavailable"));
});

test("services and administrators come in, everybody else is refused, whatever they send", async () => {
  await using stage = await brewery();
  const { harness } = stage;
  await using administrator = await Administrator.start(harness);
  await administrator.add("anna", "administrator");
  await administrator.add("tom", "teacher");
  const gateway = await harness.webSocket();
  await gateway.signInWith("jigasi", password, "SCRAM-SHA-1", "auth.meet.jitsi");
  gateway.nick = "gateway";
  for (const client of [gateway, await withAccount(harness, "anna", "anna")]) {
    client.join(jibris);
    await client.joined(jibris);
  }
  for (const client of [await withAccount(harness, "tom", "tom"), await harness.client()]) {
    client.join(jibris);
    assert.equal(conditionOf(await client.next(isError)), "forbidden");
    client.send(`<message to="${jibris}" type="groupchat" id="m"><body>hello</body></message>`);
    assert.equal(conditionOf(await client.next(isError)), "forbidden");
    for (const query of [ns.discoInfo, ns.discoItems]) {
      assert.equal(conditionOf(await get(client, `<query xmlns="${query}"/>`, jibris)), "forbidden", query);
    }
    assert.equal(conditionOf(await get(client, `<query xmlns="${ns.discoItems}"/>`, host)), "forbidden");
    leave(client, jibris);
    await client.settled();
    assert.ok(!client.has(({ name }) => name === "presence"));
  }
});

test("nobody talks in a brewery, and who is not in is told so", async () => {
  await using stage = await brewery();
  await stage.recorder("r1");
  const [inside, outside] = [await watching(stage.harness, jibris), await service(stage.harness)];
  for (const [to, type] of [
    [jibris, "groupchat"],
    [`${jibris}/r1`, "chat"],
  ]) {
    for (const [client, condition] of [
      [inside, "forbidden"],
      [outside, "not-acceptable"],
    ] as const) {
      client.send(`<message to="${to}" type="${type}" id="m"><body>hello</body></message>`);
      const refused = await client.next((stanza) => isError(stanza) && stanza.attrs.from === to);
      assert.equal(conditionOf(refused), condition, `${type}`);
    }
  }
});

test("recorders take no orders here, and who is in finds out that it is", async () => {
  await using stage = await brewery();
  await stage.recorder("r1");
  const [watcher, outside] = [await watching(stage.harness, jibris), await service(stage.harness)];
  const start = `<jibri xmlns="${ns.jibri}" action="start" recording_mode="file" room="a@muc.meet.jitsi"/>`;
  const answer = await watcher.ask(`<iq type="set" id="start" to="${jibris}/r1">${start}</iq>`);
  assert.equal(conditionOf(answer), "service-unavailable");
  const ping = `<ping xmlns="${ns.ping}"/>`;
  assert.equal((await get(watcher, ping, `${jibris}/watcher`)).attrs.type, "result");
  assert.equal(conditionOf(await get(watcher, ping, `${jibris}/r1`)), "service-unavailable");
  assert.equal(conditionOf(await get(outside, ping, `${jibris}/watcher`)), "not-acceptable");
});

test("telephone gateways are seen with their calls", async () => {
  await using stage = await brewery();
  await stage.gateway("gw1", { calls: 2 });
  const watcher = await watching(stage.harness, gateways);
  assert.equal(statsOf(await watcher.next(at(gateways, "gw1"))).participants, "2");
  await stage.gateway("gw1", { calls: 3, draining: true });
  const { participants, shutdown_in_progress: isEnding } = statsOf(await watcher.next(at(gateways, "gw1")));
  assert.deepEqual([participants, isEnding], ["3", "true"]);
});

test("disco says what the host and its rooms are, and who is in them", async () => {
  await using stage = await brewery({ env: { JVB_BREWERY_MUC: "Bridges" } });
  await stage.recorder("r1");
  const watcher = await service(stage.harness);
  assert.ok((await roomInfo(watcher, host)).features.includes(ns.muc));
  assert.ok((await roomInfo(watcher, jibris)).features.includes("muc_moderated"));
  assert.equal(conditionOf(await get(watcher, `<query xmlns="${ns.discoInfo}"/>`, `x@${host}`)), "item-not-found");
  const itemsOf = async (to: string) => {
    const query = childOf(await get(watcher, `<query xmlns="${ns.discoItems}"/>`, to), "query", ns.discoItems);
    return query && elementsOf(query).map(({ attrs }) => attrs.jid);
  };
  assert.deepEqual(await itemsOf(host), [jibris, `bridges@${host}`, gateways]);
  await watching(stage.harness, jibris);
  assert.deepEqual(await itemsOf(jibris), [`${jibris}/r1`]);
});

test("a room's name is the same in capitals; other rooms there are none", async () => {
  await using stage = await brewery();
  const watcher = await service(stage.harness);
  watcher.join(`JibriBrewery@${host}`);
  await watcher.joined(jibris);
  watcher.join(`speechbrewery@${host}`);
  assert.equal(conditionOf(await watcher.next(isError)), "item-not-found");
});

test("watchers don't see each other, and may have the same name; who leaves is told nothing more", async () => {
  await using stage = await brewery();
  const { harness } = stage;
  const [first, second] = [await watching(harness, jibris), await watching(harness, jibris)];
  first.send(`<presence to="${jibris}/watcher"/>`);
  await first.joined(jibris);
  leave(first, jibris);
  const left = await first.next(at(jibris, "watcher", "unavailable"));
  assert.deepEqual(statusesOf(left), ["110"]);
  await stage.recorder("r1");
  await second.next(at(jibris, "r1"));
  await first.settled();
  assert.ok(!first.has(at(jibris, "r1")));
  assert.equal(second.stanzas.filter(({ attrs }) => attrs.from === `${jibris}/watcher`).length, 1);
});

test("a watcher's name is not a recorder's, and does not change; a recorder's goes first", async () => {
  await using stage = await brewery();
  const { harness } = stage;
  await stage.recorder("r1");
  const watcher = await service(harness);
  for (const [nick, condition] of [
    ["r1", "conflict"],
    ["x".repeat(defaultLimits.entry.nickLength + 1), "not-acceptable"],
  ] as const) {
    watcher.join(jibris, nick);
    assert.equal(conditionOf(await watcher.next(isError)), condition);
  }
  watcher.join(jibris, "r2");
  await watcher.joined(jibris);
  watcher.join(jibris, "r4");
  assert.equal(conditionOf(await watcher.next(isError)), "not-acceptable");
  await stage.recorder("r2");
  const out = await watcher.next(at(jibris, "r2", "unavailable"));
  assert.deepEqual(statusesOf(out), ["307", "110"]);
});

test("a brewery has so many watchers and no more; one that goes makes room", async () => {
  await using stage = await brewery({ limits: { breweries: { ...defaultLimits.breweries, watchers: 1 } } });
  const { harness } = stage;
  const first = await watching(harness, jibris);
  first.join(jibris);
  await first.joined(jibris);
  const second = await service(harness);
  second.join(jibris);
  assert.equal(conditionOf(await second.next(isError)), "service-unavailable");
  second.join(bridges);
  await second.joined(bridges);
  await first.close();
  second.join(jibris);
  await second.joined(jibris);
});

test("after kill -9 who watched is out and is told so, and comes in again", async () => {
  await using stage = await brewery();
  const { harness } = stage;
  const watcher = await service(harness);
  await watcher.enableResume();
  watcher.join(jibris);
  await watcher.joined(jibris);
  const lost = await watching(harness, jibris);
  assert.ok((await watcher.acknowledged()) > 0);
  assert.ok(lost.jid !== watcher.jid);
  await harness.killAndRestart();
  const back = await harness.webSocket();
  await back.tryPassword("recorder", password, "SCRAM-SHA-1", "hidden.meet.jitsi");
  back.open();
  await back.next("features");
  back.send(`<resume xmlns="${ns.sm}" h="${watcher.handled}" previd="${watcher.resumeId}"/>`);
  await back.next("resumed");
  assert.deepEqual(statusesOf(await back.next(at(jibris, "watcher", "unavailable"))), ["332", "110"]);
  await stage.recorder("r1");
  back.nick = "watcher";
  back.join(jibris);
  await back.joined(jibris);
  await back.next(at(jibris, "r1"));
  await harness.killAndRestart();
});

test("settings that make one room or host of two are refused at the start", async () => {
  const shared = { XMPP_INTERNAL_MUC_DOMAIN: "muc.meet.jitsi" };
  await assert.rejects(Harness.start({ env: shared, withFocus: false }), /XMPP_INTERNAL_MUC_DOMAIN/);
  const same = { JIBRI_BREWERY_MUC: "Brewery", JVB_BREWERY_MUC: "brewery" };
  await assert.rejects(Harness.start({ env: same, withFocus: false }), /"brewery" for two/);
});
