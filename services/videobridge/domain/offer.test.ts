import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryCapabilities, memoryCapabilitiesOf } from "../edge/memory-capabilities.ts";
import { acceptedDescriptions, nth } from "../testing/descriptions.ts";
import { makeOffer, negotiate } from "./offer.ts";
import { videoCodecs } from "./video-codec.ts";

const offer = makeOffer(memoryCapabilities);

test("the offer copies the router's numbers and leaves out mid, REMB and NACK for sound", () => {
  const [audio, video] = offer.descriptions;
  assert.deepEqual(
    audio?.payloadTypes.map(({ id, name, parameters, feedback }) => ({ id, name, parameters, feedback })),
    [
      {
        id: 111,
        name: "opus",
        parameters: { minptime: "10", useinbandfec: "1" },
        feedback: [{ type: "transport-cc", parameter: "" }],
      },
    ],
  );
  assert.deepEqual(
    video?.payloadTypes.map(({ id, name, parameters }) => [id, name, parameters]),
    [
      [100, "VP8", {}],
      [101, "rtx", { apt: "100" }],
    ],
  );
  assert.deepEqual(
    video?.payloadTypes[0]?.feedback.map(({ type, parameter }) => `${type} ${parameter}`.trim()),
    ["nack", "nack pli", "ccm fir", "transport-cc"],
  );
  const uris = offer.descriptions.flatMap(({ headerExtensions }) => headerExtensions.map(({ uri }) => uri));
  assert.ok(!uris.some((uri) => uri.endsWith(":mid")));
  assert.deepEqual(
    audio?.headerExtensions.map(({ id }) => id),
    [5, 6],
  );
  assert.deepEqual(
    video?.headerExtensions.map(({ id }) => id),
    [4, 5],
  );
});

for (const codec of videoCodecs)
  test(`a conference of ${codec} is offered ${codec} alone, with what tells the layers of AV1 apart where it is that`, () => {
    const { descriptions, negotiated } = makeOffer(memoryCapabilitiesOf(codec));
    const [, video] = descriptions;
    assert.deepEqual(
      video?.payloadTypes.map(({ name }) => name),
      [codec, "rtx"],
    );
    assert.equal(negotiated.video?.codec.mimeType, `video/${codec}`);
    assert.deepEqual(
      video?.headerExtensions.map(({ id }) => id),
      codec === "AV1" ? [4, 5, 7] : [4, 5],
    );
  });

test("what was offered and accepted is used; what the client adds of its own is not", () => {
  const accepted = acceptedDescriptions();
  nth(accepted, 1).payloadTypes.push({ ...nth(nth(accepted, 1).payloadTypes), id: 96, name: "H264" });
  nth(accepted).headerExtensions.push({ ...nth(nth(accepted).headerExtensions), id: 9, uri: "urn:x" });
  const negotiated = negotiate(offer.capabilities, accepted);
  assert.ok(negotiated.ok);
  assert.deepEqual(negotiated.value, offer.negotiated);
});

test("a client that left out retransmission or a medium gets what is left", () => {
  const [audio, video] = acceptedDescriptions();
  assert.ok(audio && video);
  video.payloadTypes = video.payloadTypes.filter(({ name }) => name !== "rtx");
  const withoutRtx = negotiate(offer.capabilities, [audio, video]);
  assert.ok(withoutRtx.ok);
  assert.equal(withoutRtx.value.video?.rtx, undefined);
  const soundOnly = negotiate(offer.capabilities, [audio]);
  assert.ok(soundOnly.ok);
  assert.equal(soundOnly.value.video, undefined);
});

const spoilt: readonly [string, RegExp, (descriptions: ReturnType<typeof acceptedDescriptions>) => void][] = [
  ["no description at all", /at least one media description/, (all) => all.splice(0)],
  ["two descriptions of a kind", /one description of audio/, (all) => all.push(nth(all))],
  [
    "a payload type that means another codec",
    /expected video\/VP8, found video\/VP9/,
    (all) => (nth(nth(all, 1).payloadTypes).name = "VP9"),
  ],
  ["a payload type above 127", /0 to 127/, (all) => (nth(nth(all, 1).payloadTypes).id = 300)],
  ["a payload type twice", /once, found it twice/, (all) => nth(all).payloadTypes.push(nth(nth(all).payloadTypes))],
  [
    "65 payload types",
    /at most 64 payload types, found 66/,
    (all) => nth(all).payloadTypes.push(...Array(65).fill(nth(nth(all).payloadTypes))),
  ],
  [
    "33 header extensions",
    /at most 32 header extensions, found 34/,
    (all) => nth(all).headerExtensions.push(...Array(32).fill(nth(nth(all).headerExtensions))),
  ],
  ["no kind", /audio or video/, (all) => (nth(all).kind = 0)],
];
for (const [what, reason, spoil] of spoilt)
  test(`${what} is refused with the reason`, () => {
    const accepted = acceptedDescriptions();
    spoil(accepted);
    const negotiated = negotiate(offer.capabilities, accepted);
    assert.ok(!negotiated.ok);
    assert.match(negotiated.reason, reason);
  });
