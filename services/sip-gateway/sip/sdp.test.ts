import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse } from "sdp-transform";
import { type SdpOutcome, type SdpRules, SdpSession } from "./sdp.ts";

const rules: SdpRules = { codecs: ["opus", "G722", "PCMU", "PCMA"], srtp: "optional", packetMs: 20 };
const open = (given: Partial<SdpRules> = {}) =>
  new SdpSession({ local: { ip: "192.0.2.1", port: 40_000 }, rules: { ...rules, ...given } });

const head = ["v=0", "o=phone 1 1 IN IP4 198.51.100.7", "s=-", "c=IN IP4 198.51.100.7", "t=0 0"];
const sdp = (...lines: string[]) => `${[...head, ...lines].join("\r\n")}\r\n`;
const g711 = ["m=audio 5004 RTP/AVP 8 0 101", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15"];

function agreed(outcome: SdpOutcome): Extract<SdpOutcome, { ok: true }> {
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return outcome;
}

test("codecs are taken in our order, keys on the voice's clock", () => {
  const offer = sdp(
    "m=audio 5004 RTP/AVP 8 0 9 107 101 100",
    "a=rtpmap:107 OPUS/48000/2",
    "a=rtpmap:101 telephone-event/8000",
    "a=rtpmap:100 telephone-event/48000",
  );
  const { media, sdp: answer } = agreed(open().answer(offer));
  assert.deepEqual(media.remote, { ip: "198.51.100.7", port: 5004 });
  assert.equal(media.codec, "opus");
  assert.equal(media.payloadType, 107);
  assert.deepEqual(media.telephoneEvent, { payloadType: 100, clockRateHz: 48_000 });
  assert.match(answer, /^m=audio 40000 RTP\/AVP 107 100\r$/m);
  assert.equal(agreed(open({ codecs: ["PCMU", "PCMA"] }).answer(offer)).media.payloadType, 0);
});

test("video, fax and a second audio line are declined where they stand", () => {
  const offer = sdp("m=video 5006 RTP/AVP 99", ...g711, "m=audio 5010 RTP/AVP 0", "m=image 5012 udptl t38");
  const answer = parse(agreed(open().answer(offer)).sdp);
  assert.deepEqual(
    answer.media.map(({ type, port }) => [type, port]),
    [
      ["video", 0],
      ["audio", 40_000],
      ["audio", 0],
      ["image", 0],
    ],
  );
});

test("an audio line that was switched off is passed over for the next", () => {
  const { media } = agreed(open().answer(sdp("m=audio 0 RTP/AVP 0", "m=audio 5010 RTP/AVP 8")));
  assert.deepEqual([media.remote.port, media.codec], [5010, "PCMA"]);
});

test("hold in each of its ways is told as the direction from here", () => {
  const cases: [string[], string][] = [
    [[...g711, "a=sendonly"], "recvonly"],
    [[...g711, "a=inactive"], "inactive"],
    [[...g711, "a=recvonly"], "sendonly"],
    [[...g711, "c=IN IP4 0.0.0.0"], "recvonly"],
    [[...g711, "c=IN IP4 0.0.0.0", "a=inactive"], "inactive"],
    [["a=sendonly", ...g711], "recvonly"],
    [g711, "sendrecv"],
  ];
  const session = open();
  for (const [lines, direction] of cases) {
    const outcome = agreed(session.answer(sdp(...lines)));
    assert.equal(outcome.media.direction, direction, lines.join());
    assert.match(outcome.sdp, new RegExp(`^a=${direction}\r$`, "m"));
  }
});

test("packets are as long as the other side wishes, between 10 and 60 ms", () => {
  const packetMs = (...lines: string[]) => agreed(open().answer(sdp(...g711, ...lines))).media.packetMs;
  assert.equal(packetMs(), 20);
  assert.equal(packetMs("a=ptime:30"), 30);
  assert.equal(packetMs("a=ptime:25"), 20);
  assert.equal(packetMs("a=ptime:200"), 60);
  assert.equal(packetMs("a=ptime:1"), 10);
  assert.equal(packetMs("a=ptime:40", "a=maxptime:20"), 20);
});

test("comfort noise stands in the answer where it was offered for a telephone's voice", () => {
  const offer = sdp("m=audio 5004 RTP/AVP 8 13");
  assert.equal(agreed(open().answer(offer)).media.comfortNoise, true);
  assert.match(agreed(open().answer(offer)).sdp, /^m=audio 40000 RTP\/AVP 8 13\r$/m);
  assert.equal(agreed(open().answer(sdp(...g711))).media.comfortNoise, false);
});

const key80 = `inline:${Buffer.alloc(30, 7).toString("base64")}`;

test("the first suite of theirs that we do is taken, ours has a key of its own that stays", () => {
  const secured = [
    "m=audio 5004 RTP/SAVP 0",
    "a=crypto:1 F8_128_HMAC_SHA1_80 inline:xx",
    `a=crypto:2 AES_CM_128_HMAC_SHA1_80 ${key80}|2^20|1:4`,
    `a=crypto:3 AES_CM_128_HMAC_SHA1_80 ${key80}|2^31`,
    `a=crypto:4 AEAD_AES_256_GCM inline:${Buffer.alloc(44, 9).toString("base64")}`,
  ];
  const session = open();
  const { media, sdp: answer } = agreed(session.answer(sdp(...secured)));
  assert.equal(media.srtp?.remote.suite, "AES_CM_128_HMAC_SHA1_80");
  assert.deepEqual(media.srtp.remote.key, new Uint8Array(30).fill(7));
  assert.match(answer, /^a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:/m);
  assert.deepEqual(agreed(session.answer(sdp(...secured))).media.srtp?.local, media.srtp.local);
  assert.notDeepEqual(agreed(open().answer(sdp(...secured))).media.srtp?.local, media.srtp.local);
});

test("SRTP is refused where it is off, and plain sound where it is required", () => {
  const status = (outcome: SdpOutcome) => (outcome.ok ? 200 : outcome.status);
  const secured = sdp("m=audio 5004 RTP/SAVP 0", `a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${key80}`);
  assert.equal(status(open({ srtp: "off" }).answer(secured)), 488);
  assert.equal(status(open({ srtp: "required" }).answer(sdp(...g711))), 488);
  assert.equal(status(open().answer(sdp("m=audio 5004 RTP/SAVP 0"))), 488);
});

for (const srtp of ["off", "required"] as const) {
  test(`our offer and the answer to it agree on both sides, SRTP ${srtp}`, () => {
    const caller = open({ srtp });
    const callee = new SdpSession({ local: { ip: "2001:db8::2", port: 50_000 }, rules });
    const answer = agreed(callee.answer(caller.offer()));
    const { media } = agreed(caller.accept(answer.sdp));
    assert.equal(media.codec, "opus");
    assert.deepEqual(media.remote, { ip: "2001:db8::2", port: 50_000 });
    assert.deepEqual(media.srtp?.local, answer.media.srtp?.remote);
    assert.deepEqual(media.srtp?.remote, answer.media.srtp?.local);
    const again = agreed(callee.answer(caller.offer()));
    assert.deepEqual(again.media, answer.media);
    assert.deepEqual(agreed(caller.accept(again.sdp)).media, media);
  });
}

test("an answer that takes nothing, or something that was not offered, is refused", () => {
  for (const lines of [["m=audio 0 RTP/AVP 0"], ["m=audio 5004 RTP/AVP 18"], ["m=video 5004 RTP/AVP 99"], []]) {
    const session = open();
    session.offer();
    const outcome = session.accept(sdp(...lines));
    assert.equal(outcome.ok ? 200 : outcome.status, 488, lines.join());
  }
});

test("the version of the session goes up only where something changed", () => {
  const session = open();
  const version = (lines: string[]) => parse(agreed(session.answer(sdp(...lines))).sdp).origin?.sessionVersion;
  assert.deepEqual([version(g711), version(g711), version([...g711, "a=sendonly"]), version(g711)], [1, 1, 2, 3]);
});

test("what cannot be read is 400, what nothing can be taken from 488", () => {
  const status = (offer: string) => {
    const outcome = open().answer(offer);
    return outcome.ok ? 200 : outcome.status;
  };
  assert.equal(status(""), 400);
  assert.equal(status("hello"), 400);
  assert.equal(status(sdp("m=audio 99999 RTP/AVP 0")), 400);
  assert.equal(status(sdp("m=audio -1 RTP/AVP 0")), 400);
  assert.equal(status(sdp(...g711, "a=x".padEnd(20_000, "x"))), 400);
  assert.equal(status(sdp(...g711, ...Array(500).fill("a=x"))), 400);
  assert.equal(status(sdp(...Array(17).fill("m=video 1 RTP/AVP 99"))), 400);
  assert.equal(status(sdp()), 488);
  assert.equal(status(sdp("m=audio 5004 RTP/AVP 18")), 488);
  assert.equal(status(sdp("m=audio 5004 UDP/TLS/RTP/SAVPF 0")), 488);
  assert.equal(status(sdp(...g711).replaceAll("IP4 198.51.100.7", "IP4 phone.example")), 488);
});

test("10,000 offers that were damaged bring an answer that can be read, or a refusal", () => {
  const whole = [
    sdp(...g711, "a=ptime:20", "m=video 5006 RTP/AVP 99", "a=rtpmap:99 H264/90000"),
    sdp("m=audio 5004 RTP/SAVP 0 107", "a=rtpmap:107 opus/48000/2", `a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${key80}`),
  ];
  const damage = fc.record({
    offer: fc.constantFrom(...whole),
    cuts: fc.array(
      fc.record({ at: fc.nat(500), length: fc.nat(12), put: fc.string({ maxLength: 12, unit: "binary" }) }),
      {
        minLength: 1,
        maxLength: 5,
      },
    ),
  });
  fc.assert(
    fc.property(damage, ({ offer, cuts }) => {
      const damaged = cuts.reduce(
        (text, { at, length, put }) => text.slice(0, at) + put + text.slice(at + length),
        offer,
      );
      const outcome = open().answer(damaged);
      if (!outcome.ok) return outcome.status === 400 || outcome.status === 488;
      const lines = parse(outcome.sdp).media;
      return lines.filter(({ port }) => port !== 0).length === 1 && lines.length === parse(damaged).media.length;
    }),
    { numRuns: 10_000, seed: 20_261_123 },
  );
});
