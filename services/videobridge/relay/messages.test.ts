import assert from "node:assert/strict";
import { test } from "node:test";
import { relay, bridge as subjects } from "@veche/proto/subjects.ts";
import { nothingCame } from "../edge/memory-engine.ts";
import { arriving, fetchSources, joinBoth, relayOf, TestBridges } from "../testing/bridges.ts";
import { camera, microphone, nth } from "../testing/descriptions.ts";

/** On each bridge one endpoint with its channel, and relays between all. */
async function meet(bridges: TestBridges) {
  const ids = ["aaaa1111", "bbbb2222", "cccc3333"].slice(0, bridges.all.length);
  const channels = [];
  for (const [index, bridge] of bridges.all.entries()) {
    const id = nth(ids, index);
    const { channelPath } = await bridge.create(id);
    await bridge.connect(id);
    channels.push(await bridge.openChannel(channelPath));
  }
  for (const to of bridges.all)
    for (const [index, from] of bridges.all.entries())
      if (to !== from) await fetchSources(to, from, [microphone(nth(ids, index)), camera(nth(ids, index))]);
  await bridges.settle();
  return channels;
}

test("a message to all reaches everybody on all bridges once, one to an endpoint elsewhere that one alone", async () => {
  await using bridges = await TestBridges.start(3);
  const [a, b, c] = await meet(bridges);
  const heard = (channel: typeof a) =>
    channel?.all("EndpointMessage").map(({ from, msgPayload }) => [from, msgPayload]);
  a?.say({ colibriClass: "EndpointMessage", to: "", msgPayload: { n: 1 } });
  a?.say({ colibriClass: "EndpointMessage", to: "cccc3333", msgPayload: { n: 2 } });
  await a?.settle();
  await bridges.settle();
  await b?.settle();
  await c?.settle();
  assert.deepEqual(heard(a), []);
  assert.deepEqual(heard(b), [["aaaa1111", { n: 1 }]]);
  assert.deepEqual(heard(c), [
    ["aaaa1111", { n: 1 }],
    ["aaaa1111", { n: 2 }],
  ]);
});

test("a message crosses once for each bridge, however many endpoints are there", async () => {
  await using bridges = await TestBridges.start(2);
  const [a] = await meet(bridges);
  const [first, second] = [nth(bridges.all), nth(bridges.all, 1)];
  await second.join("dddd4444", "eeee5555");
  const crossed: string[] = [];
  first.bus.subscribe(relay.message, ({ text }) => void crossed.push(text));
  a?.say({ colibriClass: "EndpointMessage", to: "", msgPayload: {} });
  await a?.settle();
  await bridges.settle();
  assert.equal(crossed.length, 1);
});

test("bridges whose endpoints send nothing pass on messages too, once a relay is asked for without sources", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  const offers = [await a.create("aaaa1111"), await b.create("bbbb2222")];
  await a.connect("aaaa1111", []);
  await b.connect("bbbb2222", []);
  await fetchSources(b, a, []);
  const [from, to] = [await a.openChannel(nth(offers).channelPath), await b.openChannel(nth(offers, 1).channelPath)];
  from.say({ colibriClass: "EndpointMessage", to: "bbbb2222", msgPayload: { n: 1 } });
  assert.equal((await to.until(({ colibriClass }) => colibriClass === "EndpointMessage")).from, "aaaa1111");
});

test("statistics reach those elsewhere too, and in a crowd there only those who look at their sender", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = await meet(bridges);
  const second = nth(bridges.all, 1);
  const send = async () => {
    a?.say({ colibriClass: "EndpointStats", bitrate: {} });
    await a?.settle();
    await bridges.settle();
    await b?.settle();
    return b?.all("EndpointStats").length;
  };
  assert.equal(await send(), 1);
  for (let index = 0; index < 20; index += 1) await second.create(`e${index}`);
  assert.equal(await send(), 1);
  b?.say({ colibriClass: "ReceiverVideoConstraints", selectedSources: ["aaaa1111-v0"] });
  await b?.settle();
  assert.equal(await send(), 2);
});

test("a reaction is counted by its sender's bridge alone", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = await meet(bridges);
  const first = nth(bridges.all);
  const counted: string[] = [];
  first.focus.subscribe(
    subjects.endpointReacted,
    ({ endpoint }, { bridge }) => void counted.push(`${bridge} ${endpoint}`),
  );
  a?.say({ colibriClass: "EndpointMessage", to: "", msgPayload: { name: "endpoint-reaction", reactions: ["like"] } });
  await b?.until(({ colibriClass }) => colibriClass === "EndpointMessage");
  assert.deepEqual(counted, ["jvb-1 aaaa1111"]);
});

test("who can't be heard on one bridge is marked on the others, also for who comes later", async () => {
  await using bridges = await TestBridges.start(2);
  const [, b] = await meet(bridges);
  const second = nth(bridges.all, 1);
  const status = "EndpointConnectivityStatusChangeEvent";
  await bridges.clock.advance(17_000);
  const lost = await b?.until(({ colibriClass, endpoint }) => colibriClass === status && endpoint === "aaaa1111");
  assert.equal(lost?.active, "false");
  const { channelPath } = await second.create("cccc3333");
  const late = await second.openChannel(channelPath);
  await late.until(({ colibriClass, endpoint }) => colibriClass === status && endpoint === "aaaa1111");
  nth(nth(bridges.all).transports()).received = { ...nothingCame, bytesReceived: 500 };
  await bridges.clock.advance(2_100);
  await b?.until(
    ({ colibriClass, endpoint, active }) => colibriClass === status && endpoint === "aaaa1111" && active === "true",
  );
});

test("the voice that leads may be one from elsewhere: it is known by its owner, until that one is gone", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  const changes: string[] = [];
  b.focus.subscribe(
    subjects.dominantSpeakerChanged,
    ({ endpoint }, { bridge }) => void changes.push(`${bridge} ${endpoint}`),
  );
  await joinBoth(a, b);
  nth([...b.engine.routers]).speak(arriving(b, "audio").id);
  assert.equal((await b.snapshot())?.dominantSpeaker, "aaaa1111");
  await b.focus.request(subjects.dropRelay, b.here, { conference: "c1", epoch: 1n, bridge: "jvb-1" });
  await bridges.settle();
  assert.equal((await b.snapshot())?.dominantSpeaker, "");
  assert.deepEqual(changes, ["jvb-2 aaaa1111", "jvb-2 "]);
});

test("what another process than the relay's peer says is not heard", async () => {
  await using bridges = await TestBridges.start(2);
  const [, b] = await meet(bridges);
  const [first] = bridges.all;
  const said = {
    conference: "c1",
    from: "jvb-1",
    sender: "aaaa1111",
    to: "",
    text: '{"colibriClass":"EndpointMessage"}',
  };
  first?.bus.publish(relay.message, { bridge: "jvb-2" }, { ...said, fromInstance: "another" });
  first?.bus.publish(
    relay.state,
    { bridge: "jvb-2" },
    { conference: "c1", from: "jvb-1", fromInstance: "instance-1", relay: "another", silentEndpoints: ["aaaa1111"] },
  );
  await bridges.settle();
  await b?.settle();
  assert.deepEqual(b?.all("EndpointMessage"), []);
  assert.deepEqual(b?.all("EndpointConnectivityStatusChangeEvent"), []);
});

test("statistics and debug tell of relays, without their keys", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await joinBoth(a, b);
  await bridges.clock.advance(2_000);
  relayOf(b).received = { ...nothingCame, bytesReceived: 250_000, bytesSent: 500_000 };
  await bridges.clock.advance(2_000);
  const stats = (await b.fetch("/colibri/stats")).json();
  assert.equal(stats.relay_id, "jvb-2");
  assert.equal(stats.octo_conferences, 1);
  assert.equal(stats.octo_endpoints, 1);
  assert.equal(stats.octo_receive_bitrate, 1_000_000);
  assert.equal(stats.octo_send_bitrate, 2_000_000);
  const debug = await b.fetch("/debug/c1");
  const { relays } = debug.json();
  assert.equal(relays["jvb-1"].arriving.length, 2);
  assert.equal(relays["jvb-1"].crossing.length, 2);
  assert.ok(!debug.text.includes(Buffer.from(relayOf(b).local.srtpKey).toString("base64")));
  assert.doesNotMatch(debug.text, /key/i);
});

test("a relay by which nothing comes back is warned of, with the settings, until something does", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await joinBoth(a, b);
  const warnings = async () => {
    await bridges.clock.advance(2_000);
    return (await b.focus.request(subjects.snapshot, b.here, {})).state?.warnings.join();
  };
  relayOf(b).received = { ...nothingCame, bytesSent: 200_000 };
  assert.match((await warnings()) ?? "", /from the bridge jvb-1: .*JVB_RELAY_PORT_MIN/);
  assert.match((await b.fetch("/metrics")).text, /relays_unanswered_total 1/);
  relayOf(b).received = { ...nothingCame, bytesReceived: 500, bytesSent: 300_000 };
  assert.equal(await warnings(), "");
});
