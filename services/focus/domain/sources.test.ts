import assert from "node:assert/strict";
import { test } from "node:test";
import { MediaKind } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { Play } from "../testing/play.ts";
import { aCamera, aMicrophone, aTransport, someDescriptions } from "../testing/samples.ts";
import { answerLimits, checkAnswer } from "./answer.ts";
import type { MediaDescription, Source, Transport } from "./media.ts";
import { validateSources } from "./sources.ts";

/** A client's. */
const check = (descriptions: readonly MediaDescription[], transport: Transport | undefined) =>
  checkAnswer(descriptions, transport, false);

const limits = { ssrcs: 20, groups: 20 };
const { members } = new Play().callOf("a", "b").state;

function codeOf(...sources: Source[]): string {
  const verdict = validateSources(members, "a", sources, limits);
  return verdict.ok ? "ok" : verdict.failure.code;
}

/** Simulcast: three layers, each with its retransmission, under one name. */
function simulcast(owner: string, ssrc: number): Source {
  const layers = [0, 1, 2].map((layer) => [ssrc + layer, ssrc + 10 + layer]);
  const primaries = layers.map(([primary = 0]) => primary);
  return {
    ...aCamera(owner, ssrc, 3),
    ssrcs: [...primaries, ...layers.map(([, rtx = 0]) => rtx)],
    groups: [{ semantics: "SIM", ssrcs: primaries }, ...layers.map((ssrcs) => ({ semantics: "FID", ssrcs }))],
  };
}

test("sound sources are taken: one SSRC, a pair with retransmission, simulcast, the largest SSRC", () => {
  assert.equal(codeOf(aMicrophone("a", 2 ** 32 - 1, 1), aCamera("a", 5_000, 1), simulcast("a", 6_000)), "ok");
});

test("an SSRC is 1 to 2^32-1 and nobody else's", () => {
  assert.equal(codeOf(aMicrophone("a", 0, 1)), "invalid-argument");
  assert.equal(codeOf(aMicrophone("a", 2 ** 32, 1)), "invalid-argument");
  assert.equal(codeOf(aMicrophone("a", 2_000, 1)), "invalid-argument", "b sends it");
  assert.equal(codeOf(aMicrophone("a", 1_000, 1)), "invalid-argument", "a sends it already");
  assert.equal(codeOf(aMicrophone("a", 5_000, 1), aMicrophone("a", 5_000, 2)), "invalid-argument", "twice at once");
});

test("a name belongs to its owner, says its medium, and is not taken", () => {
  const named = (name: string) => codeOf({ ...aMicrophone("a", 5_000, 1), name });
  for (const name of ["b-a1", "a-v1", "a", "", "a-a", "a-a1-x", "a-x1", `a-a1.${"x".repeat(99)}`, "a-a0"]) {
    assert.equal(named(name), "invalid-argument", name);
  }
  assert.equal(named("a-a1.screen"), "ok");
  assert.equal(codeOf({ ...aMicrophone("a", 5_000, 1), owner: "b" }), "invalid-argument");
  assert.equal(codeOf({ ...aMicrophone("a", 5_000, 1), kind: MediaKind.VIDEO }), "invalid-argument");
});

test("an msid is one source's, and bounded", () => {
  const first = aMicrophone("a", 5_000, 1);
  assert.equal(codeOf(first, { ...aMicrophone("a", 5_001, 2), msid: first.msid }), "invalid-argument");
  assert.equal(codeOf({ ...first, msid: "x".repeat(300) }), "invalid-argument");
});

test("a group is FID of two or SIM, and of the source's own SSRCs", () => {
  const grouped = (semantics: string, ssrcs: number[]) =>
    codeOf({ ...aCamera("a", 5_000, 1), ssrcs: [5_000, 5_001, 5_002], groups: [{ semantics, ssrcs }] });
  assert.equal(grouped("FID", [5_000, 5_001]), "ok");
  assert.equal(grouped("FID", [5_000, 5_001, 5_002]), "invalid-argument");
  assert.equal(grouped("SIM", [5_000]), "invalid-argument");
  assert.equal(grouped("SIM", [5_000, 5_000]), "invalid-argument");
  assert.equal(grouped("FID", [5_000, 6_000]), "invalid-argument");
  assert.equal(grouped("XYZ", [5_000, 5_001]), "invalid-argument");
});

test("a participant has at most 20 SSRCs and 20 groups", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => aMicrophone("a", 5_000 + index, index + 1));
  assert.equal(codeOf(...many(17)), "ok", "with the three that are there");
  assert.equal(codeOf(...many(18)), "invalid-argument");
  const groups = Array.from({ length: 20 }, () => ({ semantics: "FID", ssrcs: [5_000, 5_001] }));
  assert.equal(codeOf({ ...aCamera("a", 5_000, 1), groups }), "invalid-argument", "with the one that is there");
});

test("an accept is bounded and complete", () => {
  const [audio] = someDescriptions;
  const [opus] = audio?.payloadTypes ?? [];
  assert.ok(audio && opus);
  const payloads = (payloadTypes: typeof audio.payloadTypes) => check([{ ...audio, payloadTypes }], aTransport);
  const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
  assert.equal(check(someDescriptions, aTransport), undefined);
  assert.equal(payloads(times(answerLimits.payloadTypes, opus)), undefined);
  const long = "x".repeat(answerLimits.textLength + 1);
  const candidate = {
    foundation: "1",
    component: 1,
    protocol: "udp",
    priority: 1,
    ip: "",
    port: 1,
    type: "host",
    tcpType: "",
  };
  const [fingerprint] = aTransport.fingerprints;
  assert.ok(fingerprint);
  const refused = [
    payloads(times(answerLimits.payloadTypes + 1, opus)),
    payloads([{ ...opus, id: 128 }]),
    payloads([{ ...opus, name: "" }]),
    payloads([{ ...opus, name: long }]),
    payloads([{ ...opus, parameters: { x: long } }]),
    payloads([
      { ...opus, parameters: Object.fromEntries(times(answerLimits.parameters + 1, "").map((_, i) => [i, ""])) },
    ]),
    payloads([{ ...opus, feedback: times(answerLimits.feedback + 1, { type: "nack", parameter: "" }) }]),
    check([], aTransport),
    check(times(answerLimits.descriptions + 1, audio), aTransport),
    check([{ ...audio, headerExtensions: [{ id: 0, uri: "urn:x" }] }], aTransport),
    check(
      [{ ...audio, headerExtensions: times(answerLimits.headerExtensions + 1, { id: 1, uri: "urn:x" }) }],
      aTransport,
    ),
    check(someDescriptions, undefined),
    check(someDescriptions, { ...aTransport, ufrag: "" }),
    check(someDescriptions, { ...aTransport, pwd: long }),
    check(someDescriptions, { ...aTransport, candidates: times(answerLimits.candidates + 1, candidate) }),
    check(someDescriptions, { ...aTransport, fingerprints: [] }),
    check(someDescriptions, { ...aTransport, fingerprints: times(answerLimits.fingerprints + 1, fingerprint) }),
    check(someDescriptions, { ...aTransport, fingerprints: [{ ...fingerprint, hash: "md5" }] }),
    check(someDescriptions, { ...aTransport, fingerprints: [{ ...fingerprint, value: "AB:CD" }] }),
    check(someDescriptions, { ...aTransport, fingerprints: [{ ...fingerprint, setup: "passive" }] }),
  ];
  assert.deepEqual(
    refused.map((failure) => failure?.code),
    refused.map(() => "invalid-argument"),
  );
});
