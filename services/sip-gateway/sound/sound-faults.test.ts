import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { silentLog } from "@veche/kit/log.ts";
import { openSound } from "./open.ts";
import { Bridge } from "./testing/bridge.ts";
import { listen, until } from "./testing/ear.ts";
import { Phone } from "./testing/phone.ts";
import { RtpPeer } from "./testing/rtp-peer.ts";
import { toneOf } from "./testing/tones.ts";

const local = { address: "127.0.0.1", bridgeAddress: "127.0.0.1" } as const;
const noKey = new Uint8Array(0);
const limit = { timeout: 120_000 } as const;

test("ten thousand packets of nonsense hurt nobody", limit, async () => {
  await using sound = await openSound(local, silentLog);
  const [ours, other] = [await sound.openLeg(listen().listener), await sound.openLeg(listen().listener)];
  using phone = await Phone.call(ours, { codec: "opus", says: toneOf(431, 48_000) });
  using friend = await Phone.call(other, {});
  using bridge = await Bridge.join(ours, [{ endpoint: "anna", says: toneOf(1_549, 48_000) }]);
  const bridgePort = await other.openBridge("127.0.0.1");
  for (const leg of [ours, other]) leg.join("room", leg === ours ? "a" : "b");
  await until(() => (friend.toneHeard(431) ?? -100) > -22, "heard before");
  let seed = 20_261_123;
  const next = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let count = 0; count < 10_000; count += 1) {
    const packet = Buffer.from(Array.from({ length: next(80) }, () => next(256)));
    // Most of them look like what is expected, so that they come further.
    if (packet.length > 12 && next(4) > 0) {
      packet.writeUInt8(0x80 | next(32), 0);
      packet.writeUInt8([107, 101, 13, 107, 200, 201, 203][next(7)] ?? 0, 1);
      if (next(2) > 0) packet.writeUInt32BE(phone.ssrc, 8);
      if (next(2) > 0) packet.writeUInt16BE((phone.sequence + next(40)) & 0xffff, 2);
    }
    phone.peer.sendRaw(count % 10 === 9 ? bridgePort : ours.local, packet);
    if (count % 100 === 99) await pause(2);
  }
  await until(() => ours.stats.spoilt > 1_000, "nonsense is counted");
  phone.ssrc += 1;
  friend.forget();
  await until(() => (friend.toneHeard(431) ?? -100) > -22, "heard after");
  assert.ok(bridge.peer.unreadable === 0);
});

test("a thread that dies ends its legs, and the next calls have another one", limit, async () => {
  await using sound = await openSound(local, silentLog);
  const ear = listen();
  const leg = await sound.openLeg(ear.listener);
  const playing = leg.play(["ru/menu"]);
  using phone = await Phone.call(leg, { says: toneOf(431, 8_000) });
  await until(() => phone.heard.length > 0, "sound");
  const other = await sound.openLeg(listen().listener);
  other.join("room", "other");
  // Nobody of ours says this: the thread can't go on.
  sound.announce("room", undefined as never);
  await until(() => ear.told.failures.length > 0, "its end");
  assert.deepEqual(ear.told.failures, ["unavailable"]);
  assert.equal(await playing, false);
  await assert.rejects(leg.openBridge("127.0.0.1"), { code: "unavailable" });
  const next = await sound.openLeg(listen().listener);
  using another = await Phone.call(next, {});
  await until(() => another.heard.length > 0, "sound of the next one");
  leg.close();
});

test("what can't be a way of sound is refused where it is said, and hurts no other call", limit, async () => {
  await using sound = await openSound(local, silentLog);
  const leg = await sound.openLeg(listen().listener);
  using phone = await Phone.call(leg, {});
  const remote = phone.peer.place;
  const key = new Uint8Array(44);
  const bridge = { remote, remoteKey: key, localKey: key, ssrc: 1, payloadType: 111, audioLevelId: 6 };
  const srtp = { suite: "AES_CM_128_HMAC_SHA1_80", key: new Uint8Array(30) } as const;
  const refused = { code: "invalid-argument" };
  for (const wrong of [
    { remote: { ip: "phone.example", port: 4_000 } },
    { remote: { ip: "", port: 4_000 } },
    { remote: { ip: "127.0.0.1", port: 0 } },
    { remote: { ip: "127.0.0.1", port: 65_536 } },
    { payloadType: 128 },
    { payloadType: -1 },
  ]) {
    assert.throws(() => leg.setMedia({ ...phone.media, ...wrong }), refused, JSON.stringify(wrong));
    assert.throws(() => leg.setBridge({ ...bridge, ...wrong }), refused, JSON.stringify(wrong));
  }
  assert.throws(() => leg.setMedia({ ...phone.media, srtp: { local: srtp, remote: { ...srtp, key } } }), refused);
  assert.throws(() => leg.setMedia({ ...phone.media, packetMs: 0 }), refused);
  assert.throws(() => leg.setMedia({ ...phone.media, packetMs: 25 }), refused);
  assert.throws(() => leg.setBridge({ ...bridge, localKey: noKey }), refused);
  assert.throws(() => leg.setBridge({ ...bridge, ssrc: -1 }), refused);
  assert.throws(() => leg.setBridge({ ...bridge, audioLevelId: 15 }), refused);
  const before = phone.heard.length;
  await until(() => phone.heard.length > before, "the call goes on");
});

test("what goes wrong in one leg ends that leg alone", limit, async () => {
  await using sound = await openSound(local, silentLog);
  const [ill, well] = [listen(), listen()];
  const [first, second] = [await sound.openLeg(ill.listener), await sound.openLeg(well.listener)];
  using _phone = await Phone.call(first, { says: toneOf(431, 8_000) });
  using friend = await Phone.call(second, {});
  for (const leg of [first, second]) leg.join("room", leg === first ? "a" : "b");
  await until(() => (friend.toneHeard(431) ?? -100) > -22, "heard");
  // Nobody of ours says this.
  const playing = first.play(undefined as never);
  await until(() => ill.told.failures.length > 0, "its end");
  assert.deepEqual(ill.told.failures, ["internal"]);
  assert.equal(await playing, false);
  const before = friend.heard.length;
  await until(() => friend.heard.length > before + 8_000, "the other one goes on");
  assert.deepEqual(well.told.failures, []);
});

test("ports are taken from the range, two for each leg, and given back", limit, async () => {
  const probe = await RtpPeer.open();
  const min = probe.place.port + (probe.place.port % 2);
  probe[Symbol.dispose]();
  await using sound = await openSound({ ...local, ports: { min, max: min + 3 } }, silentLog);
  const first = await sound.openLeg(listen().listener);
  const second = await sound.openLeg(listen().listener);
  assert.deepEqual(
    [first.local.port, second.local.port].sort((a, b) => a - b),
    [min, min + 2],
  );
  await assert.rejects(sound.openLeg(listen().listener), { code: "resource-exhausted" });
  first.close();
  const third = await sound.openLeg(listen().listener);
  assert.equal(third.local.port, first.local.port);
});

test("the port for a bridge has the address by which that bridge is reached", limit, async () => {
  await using sound = await openSound({ address: "127.0.0.1" }, silentLog);
  const leg = await sound.openLeg(listen().listener);
  assert.equal((await leg.openBridge("127.0.0.1")).ip, "127.0.0.1");
});

test(
  "a bridge is told the address of this container's host, and a port of the range that leads here",
  limit,
  async () => {
    const probe = await RtpPeer.open();
    const min = probe.place.port;
    probe[Symbol.dispose]();
    const bridgePorts = { min, max: min };
    // 192.0.2.1 is nobody's here (RFC 5737): as a host's address is in its container.
    await using sound = await openSound({ address: "127.0.0.1", bridgeAddress: "192.0.2.1", bridgePorts }, silentLog);
    const first = await sound.openLeg(listen().listener);
    assert.deepEqual(await first.openBridge("127.0.0.1"), { ip: "192.0.2.1", port: min });
    const second = await sound.openLeg(listen().listener);
    await assert.rejects(second.openBridge("127.0.0.1"), { code: "resource-exhausted" });
    first.close();
    assert.equal((await second.openBridge("127.0.0.1")).port, min);
  },
);
