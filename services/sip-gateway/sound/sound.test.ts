import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "@veche/kit/log.ts";
import { aLaw } from "./codecs/g711.ts";
import { levelOf } from "./codecs/level.ts";
import { digits } from "./keys/digits.ts";
import { KeySender, keyTone } from "./keys/key-sender.ts";
import { ToneDetector } from "./keys/tone-detector.ts";
import { openSound } from "./open.ts";
import { Bridge } from "./testing/bridge.ts";
import { listen, until } from "./testing/ear.ts";
import { eventType, Phone } from "./testing/phone.ts";
import { RtpPeer } from "./testing/rtp-peer.ts";
import { toneOf } from "./testing/tones.ts";

const local = { address: "127.0.0.1", bridgeAddress: "127.0.0.1" } as const;
const noKey = new Uint8Array(0);
const limit = { timeout: 120_000 } as const;

test("three telephones and two people of the bridge hear one another, each but itself", limit, async () => {
  await using sound = await openSound(local, silentLog);
  const codecs = ["PCMA", "G722", "opus"] as const;
  const tones = [431, 673, 1_013] as const;
  using stack = new DisposableStack();
  const phones: Phone[] = [];
  const bridges: Bridge[] = [];
  for (const [index, codec] of codecs.entries()) {
    const leg = await sound.openLeg(listen().listener);
    const rateHz = { PCMA: 8_000, G722: 16_000, opus: 48_000 }[codec];
    phones.push(stack.use(await Phone.call(leg, { codec, says: toneOf(tones[index] ?? 0, rateHz) })));
    // What this very call says comes back from the bridge, too.
    const own = { endpoint: `call-${index}`, says: toneOf(1_931, 48_000) };
    const people = [
      { endpoint: "anna", says: toneOf(1_549, 48_000) },
      { endpoint: "boris", says: toneOf(2_203, 48_000) },
    ];
    bridges.push(stack.use(await Bridge.join(leg, [own, ...people])));
    leg.join("room", `call-${index}`);
  }
  for (const [index, phone] of phones.entries()) {
    const others = [...tones.filter((_, other) => other !== index), 1_549, 2_203];
    await until(
      () => {
        const own = phone.toneHeard(tones[index] ?? 0) ?? 0;
        const heard = others.map((hz) => phone.toneHeard(hz) ?? -100);
        return own < -60 && heard.every((power) => power > -22);
      },
      `${codecs[index]}: all others, and not itself; heard ${[...tones, 1_549, 2_203].map((hz) => `${hz}: ${phone.toneHeard(hz)?.toFixed(1)}`)}`,
    );
    assert.ok((phone.toneHeard(1_931) ?? 0) < -60, "a call's voice that came back from the bridge is not heard");
  }
  for (const [index, bridge] of bridges.entries())
    await until(
      () =>
        (bridge.toneHeard(tones[index] ?? 0) ?? -100) > -22 &&
        [1_549, 2_203, ...tones.filter((_, other) => other !== index)].every((hz) => (bridge.toneHeard(hz) ?? 0) < -50),
      `the bridge hears call ${index} alone`,
    );
});

for (const suite of [
  "AES_CM_128_HMAC_SHA1_80",
  "AES_CM_128_HMAC_SHA1_32",
  "AEAD_AES_128_GCM",
  "AEAD_AES_256_GCM",
] as const)
  test(`${suite}: a telephone is heard and hears, and what is not of its key is left out`, limit, async () => {
    await using sound = await openSound(local, silentLog);
    const [ours, other] = [await sound.openLeg(listen().listener), await sound.openLeg(listen().listener)];
    using phone = await Phone.call(ours, { suite, codec: "PCMU", says: toneOf(431, 8_000) });
    using friend = await Phone.call(other, { codec: "PCMA", says: toneOf(673, 8_000) });
    using stranger = await RtpPeer.open();
    for (const leg of [ours, other]) leg.join("room", leg === ours ? "a" : "b");
    await until(() => (friend.toneHeard(431) ?? -100) > -22, "the phone with SRTP is heard");
    await until(() => (phone.toneHeard(673) ?? -100) > -22, "the phone with SRTP hears");
    const { ssrc, sequence, timestamp } = phone;
    for (let at = 1; at < 50; at += 1) {
      const header = { payloadType: 0, marker: false, sequence: (sequence + at) & 0xffff, timestamp, ssrc };
      stranger.send(ours.local, header, Buffer.alloc(160, 0x2a));
    }
    await until(() => ours.stats.spoilt >= 49, "what has no key is counted");
    await until(() => phone.peer.reports.length > 0, "reports come, sealed");
    assert.equal(stranger.heard.length + stranger.unreadable, 0, "the call stays where it was");
    assert.equal(phone.peer.unreadable, 0);
    // Another address with the right key: the phone has moved.
    using moved = await RtpPeer.open({
      suite,
      own: phone.media.srtp?.remote.key ?? noKey,
      theirs: phone.media.srtp?.local.key ?? noKey,
    });
    phone.depart = ({ sequence: now }) =>
      moved.send(
        ours.local,
        { payloadType: 0, marker: false, sequence: now, timestamp: now * 160, ssrc: phone.ssrc },
        Buffer.alloc(160, 0xff),
      );
    await until(() => moved.heard.length > 10, "it is sent to where it is now");
  });

test("sound from another address than was agreed on takes no call over", limit, async () => {
  await using sound = await openSound(local, silentLog);
  const [ours, other] = [await sound.openLeg(listen().listener), await sound.openLeg(listen().listener)];
  using stranger = await RtpPeer.open(undefined, "127.0.0.2");
  using phone = await Phone.call(ours, {});
  using friend = await Phone.call(other, { says: toneOf(673, 8_000) });
  for (const leg of [ours, other]) leg.join("room", leg === ours ? "a" : "b");
  const loud = aLaw.encode(toneOf(431, 8_000)(160));
  const spray = (at: number): void =>
    stranger.send(ours.local, { payloadType: 8, marker: false, sequence: at, timestamp: at * 160, ssrc: 66 }, loud);
  // Before the phone has said anything, and while it says something.
  for (let at = 0; at < 60; at += 1) spray(at);
  await until(() => ours.stats.foreign >= 60, "packets of strangers are counted");
  await until(() => (phone.toneHeard(673) ?? -100) > -22, "the phone hears");
  const at = { payloadType: 8, marker: false, sequence: 1, timestamp: 1, ssrc: 9 };
  phone.peer.send(ours.local, at, loud);
  for (let more = 60; more < 120; more += 1) spray(more);
  await until(() => ours.stats.foreign >= 120, "and again");
  assert.equal(stranger.heard.length, 0, "nothing is sent to a stranger");
  assert.ok((friend.toneHeard(431) ?? -100) < -60, "nobody hears a stranger");
});

test(
  "with a fifth of all packets lost, some twice and some in the wrong order, a voice is still one voice",
  limit,
  async () => {
    await using sound = await openSound(local, silentLog);
    for (const codec of ["PCMA", "G722", "opus"] as const) {
      const [ours, other] = [await sound.openLeg(listen().listener), await sound.openLeg(listen().listener)];
      const rateHz = { PCMA: 8_000, G722: 16_000, opus: 48_000 }[codec];
      using phone = await Phone.call(ours, { codec, says: toneOf(431, rateHz) });
      using friend = await Phone.call(other, { codec });
      let held: (() => void) | undefined;
      phone.depart = ({ sequence, send }) => {
        if (sequence % 5 === 2) return;
        if (sequence % 50 === 9) held = send;
        else {
          send();
          held?.();
          held = undefined;
        }
        if (sequence % 50 === 30) send();
      };
      for (const leg of [ours, other]) leg.join(codec, leg === ours ? "a" : "b");
      await until(() => ours.stats.lost > 40, `${codec}: what is lost is counted`);
      assert.ok(ours.stats.concealed > 20, `${codec}: and made up for, ${ours.stats.concealed} times`);
      await until(
        () => {
          const power = friend.toneHeard(431) ?? -100;
          return power > -20;
        },
        `${codec}: it is as loud as it was, ${friend.toneHeard(431)}`,
      );
      ours.close();
      other.close();
    }
  },
);

test("a stream that begins anew in the middle of the call is heard on", limit, async () => {
  await using sound = await openSound(local, silentLog);
  const [ours, other] = [await sound.openLeg(listen().listener), await sound.openLeg(listen().listener)];
  using phone = await Phone.call(ours, { codec: "G722", packetMs: 30, says: toneOf(431, 16_000) });
  using friend = await Phone.call(other, { packetMs: 60 });
  for (const leg of [ours, other]) leg.join("room", leg === ours ? "a" : "b");
  const changes: readonly (() => void)[] = [
    () => {},
    () => {
      phone.ssrc += 1;
    },
    () => {
      phone.sequence = (phone.sequence + 20_000) & 0xffff;
    },
    () => {
      phone.timestamp = (phone.timestamp + 0x7000_0000) >>> 0;
    },
    () => {
      phone.ssrc += 1;
      phone.sequence = 7;
      phone.timestamp = 0;
    },
  ];
  for (const [index, change] of changes.entries()) {
    change();
    await until(() => ours.stats.received > 0, "the first packets");
    friend.forget();
    await until(() => (friend.toneHeard(431) ?? -100) > -20, `change ${index}`);
  }
});

test("keys come once each, as events and as tones, and go out both ways", limit, async () => {
  await using sound = await openSound(local, silentLog);
  const [byEvents, byTones] = [listen(), listen()];
  const ours = await sound.openLeg(byEvents.listener);
  using phone = await Phone.call(ours, { says: toneOf(431, 8_000) });
  await until(() => ours.stats.received > 0, "the phone's sound");
  phone.press("1");
  phone.press("1", (index) => index < 4);
  phone.press("#", (index) => index > 1);
  await until(() => byEvents.told.keys.length >= 3, "three keys");
  assert.deepEqual(byEvents.told.keys, ["1 rtp", "1 rtp", "# rtp"]);
  ours.sendKeys("42#");
  const events = (): string => {
    const presses = phone.peer.heard.filter(({ payloadType, marker }) => payloadType === eventType && marker);
    return presses.map(({ payload }) => digits[payload.readUInt8(0)]).join("");
  };
  await until(() => events() === "42#", "events to the phone");

  const other = await sound.openLeg(byTones.listener);
  const sender = new KeySender();
  let isSilent = 50;
  const says = (count: number): Float32Array => {
    isSilent -= 1;
    const pressed = isSilent > 0 ? undefined : sender.next();
    return pressed === undefined || pressed === "pause" ? new Float32Array(count) : keyTone(pressed, 8_000);
  };
  sender.press("12*#");
  using analog = await Phone.call(other, { codec: "PCMU", says, media: { telephoneEvent: undefined } });
  // A machine that stands still for a second within a tone makes two of it: that each is one is tested without a machine.
  const tones = (): string[] => byTones.told.keys.filter((key, at, all) => key !== all[at - 1]);
  await until(() => tones().length >= 4, "four keys");
  assert.deepEqual(tones(), ["1 inband", "2 inband", "* inband", "# inband"]);
  const detector = new ToneDetector(8_000);
  other.sendKeys("7");
  let heard = "";
  await until(() => {
    heard += detector.hear(analog.heard);
    analog.forget();
    return heard === "7";
  }, "a tone to the phone");
});

test("prompts are heard alone, one after the other, and told when they end", limit, async () => {
  await using sound = await openSound(local, silentLog);
  const [ours, other] = [await sound.openLeg(listen().listener), await sound.openLeg(listen().listener)];
  using phone = await Phone.call(ours, {});
  using _friend = await Phone.call(other, { says: toneOf(673, 8_000) });
  for (const leg of [ours, other]) leg.join("room", leg === ours ? "a" : "b");
  await until(() => (phone.toneHeard(673) ?? -100) > -22, "the other one");
  const played = ours.play(["ru/welcome", "nothing/at-all", "tone/joined"]);
  await until(() => (phone.toneHeard(673) ?? 0) < -45, "the prompt alone");
  assert.equal(await played, true);
  const first = ours.play(["en/menu"]);
  const second = ours.play(["en/goodbye"], { repeat: true });
  assert.equal(await first, false, "another one came");
  ours.stopPrompts();
  assert.equal(await second, false);
  assert.equal(await ours.play(["nothing/at-all"], { repeat: true }), true);
  await until(() => (phone.toneHeard(673) ?? -100) > -22, "the other one again");
  phone.forget();
  sound.announce("room", ["tone/joined", "tone/joined", "tone/joined", "tone/joined", "tone/joined"]);
  await until(() => (phone.toneHeard(523) ?? -100) > -40, "a tone for all");
});

test("who is muted, held or left alone is treated so", limit, async () => {
  await using sound = await openSound({ ...local, mediaTimeoutMs: 1_500 }, silentLog);
  const ear = listen();
  const [ours, other] = [await sound.openLeg(ear.listener), await sound.openLeg(listen().listener)];
  using phone = await Phone.call(ours, { says: toneOf(431, 8_000) });
  using friend = await Phone.call(other, { says: toneOf(673, 8_000) });
  for (const leg of [ours, other]) leg.join("room", leg === ours ? "a" : "b");
  await until(() => (friend.toneHeard(431) ?? -100) > -22, "heard");
  ours.setMuted(true);
  await until(() => (friend.toneHeard(431) ?? 0) < -60, "muted");
  ours.setMuted(false);
  await until(() => (friend.toneHeard(431) ?? -100) > -22, "heard again");
  ours.join(undefined, "a");
  await until(() => (phone.toneHeard(673) ?? 0) < -60 && (friend.toneHeard(431) ?? 0) < -60, "out of the room");
  ours.setMedia({ ...phone.media, direction: "recvonly" });
  const before = phone.peer.heard.length;
  phone.depart = () => {};
  await until(() => ear.told.silent.at(-1) === true, "the phone is silent");
  assert.ok(phone.peer.heard.length - before < 10, "nothing is sent to one who holds us");
  phone.depart = ({ send }) => send();
  await until(() => ear.told.silent.at(-1) === false, "it is there again");
});

test(
  "another leg listens to the bridge when the first one goes, and a bridge that says nothing is told of",
  limit,
  async () => {
    await using sound = await openSound({ ...local, mediaTimeoutMs: 1_500 }, silentLog);
    const ear = listen();
    const legs = [await sound.openLeg(listen().listener), await sound.openLeg(ear.listener)];
    const people = () => [{ endpoint: "anna", says: toneOf(1_549, 48_000) }];
    const [first, second] = legs;
    assert.ok(first && second);
    using phone = await Phone.call(first, { codec: "PCMA" });
    using friend = await Phone.call(second, { codec: "G722" });
    using firstBridge = await Bridge.join(first, people());
    using secondBridge = await Bridge.join(second, people());
    first.join("room", "a");
    second.join("room", "b");
    for (const one of [phone, friend]) {
      // Twice as loud where both copies were heard.
      await until(() => Math.abs((one.toneHeard(1_549) ?? -100) + 12) < 3, "one copy of the voice");
    }
    first.close();
    friend.forget();
    await until(() => (friend.toneHeard(1_549) ?? -100) > -20, "by the other leg");
    assert.ok(firstBridge.peer.reports.length > 0 || firstBridge.peer.unreadable === 0);
    secondBridge.isSilent = true;
    await until(() => ear.told.bridgeSilent.at(-1) === true, "the bridge is silent");
    secondBridge.isSilent = false;
    await until(() => ear.told.bridgeSilent.at(-1) === false, "the bridge is there again");
    friend.forget();
    await until(() => (friend.toneHeard(1_549) ?? -100) > -20, "and heard");
  },
);

test(
  "in a big room the loudest are heard, and a muted call still tells its bridge that it is there",
  limit,
  async () => {
    await using sound = await openSound({ ...local, maxSpeakers: 3 }, silentLog);
    const leg = await sound.openLeg(listen().listener);
    using phone = await Phone.call(leg, {});
    const pitches = [431, 673, 1_013, 1_549, 1_931, 2_203, 2_503, 2_909];
    const isLoud = (index: number): boolean => index % 3 === 1;
    const people = pitches.map((hz, index) => {
      return { endpoint: `person-${index}`, says: toneOf(hz, 48_000, isLoud(index) ? 0.2 : 0.03) };
    });
    using bridge = await Bridge.join(leg, people);
    leg.setMuted(true);
    leg.join("room", "call");
    const heard = (): string => pitches.map((hz) => `${hz}: ${phone.toneHeard(hz)?.toFixed(0)}`).join(", ");
    await until(
      () => pitches.every((hz, index) => (phone.toneHeard(hz) ?? -90) > (isLoud(index) ? -22 : -45) === isLoud(index)),
      `the three loud ones alone; heard ${heard()}`,
    );
    await until(() => bridge.peer.reports.length >= 2, "reports to the bridge");
    assert.equal(bridge.peer.heard.length, 0, "and no sound");
  },
);

test("silence is comfort noise, as packets of their own where that was agreed", limit, async () => {
  await using sound = await openSound(local, silentLog);
  const [plain, agreed] = [await sound.openLeg(listen().listener), await sound.openLeg(listen().listener)];
  using quiet = await Phone.call(plain, {});
  using noisy = await Phone.call(agreed, { media: { comfortNoise: true } });
  await until(() => quiet.heard.length > 8_000, "a second of silence");
  const level = levelOf(quiet.heard.subarray(4_000, 8_000));
  assert.ok(level > 55 && level < 75, `${level}`);
  await until(() => noisy.peer.heard.length >= 3, "comfort noise");
  assert.ok(noisy.peer.heard.every(({ payloadType, payload }) => payloadType === 13 && payload.length === 1));
});
