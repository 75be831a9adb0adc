import assert from "node:assert/strict";
import { test } from "node:test";
import { mediaFindings } from "./media-findings.ts";
import { anAddress } from "./testing/samples.ts";
import type { MediaAddress } from "./tries.ts";

const inside = "10.0.0.5:10000/udp";
const outside = "203.0.113.7:10000/udp";
const overTcp = "10.0.0.5:4443/tcp";

function said(...media: readonly MediaAddress[]): string[] {
  return mediaFindings({ media }).map(({ severity, text }) => `${severity}: ${text}`);
}

test("nothing is said of what every host reaches", () => {
  const everywhere = { "school-1": "reached", "school-2": "reached" } as const;
  assert.deepEqual(said(anAddress(inside, everywhere), anAddress(overTcp, everywhere)), []);
  assert.deepEqual(said(anAddress("127.0.0.1:10000/udp", { "school-1": "silent" }), anAddress(inside, everywhere)), []);
});

test("where nobody answers the hosts that found so are named, and what to open", () => {
  const media = [anAddress(outside, { "school-1": "reached", "school-2": "silent", "school-3": "silent" })];
  const [finding] = mediaFindings({ media });
  assert.equal(finding?.severity, "error");
  assert.equal(finding.text, "203.0.113.7:10000/udp of the bridge on school-1: nobody answers from school-2, school-3");
  assert.match(finding.fix ?? "", /pass 10000\/udp/);
});

test("an address inside a network is not everybody's to reach", () => {
  const media = [
    anAddress(inside, { "school-1": "reached", "school-2": "silent" }),
    anAddress(outside, { "school-1": "reached", "school-2": "reached" }),
  ];
  assert.deepEqual(said(...media), [
    "warning: 10.0.0.5:10000/udp of the bridge on school-1: nobody answers from school-2",
  ]);
});

test("a port that was forwarded to something else is a stranger's", () => {
  const media = [anAddress("[2001:db8::7]:10000/udp".replace(/[[\]]/g, ""), { "school-2": "stranger" })];
  assert.deepEqual(said(...media), [
    "error: [2001:db8::7]:10000/udp of the bridge on school-1: from school-2 something else answers there",
  ]);
});

test("a router without hairpin NAT shows by its own host alone not getting through", () => {
  const media = [anAddress(outside, { "school-1": "silent", "school-2": "reached" })];
  assert.deepEqual(said(...media), [
    "note: 203.0.113.7:10000/udp of the bridge on school-1: others reach it, its own host does not (no hairpin NAT)",
  ]);
});

test("media by TCP alone is said", () => {
  const media = [
    anAddress(inside, { "school-1": "reached", "school-2": "silent" }),
    anAddress(overTcp, { "school-1": "reached", "school-2": "reached" }),
  ];
  assert.deepEqual(said(...media), [
    "warning: 10.0.0.5:10000/udp of the bridge on school-1: nobody answers from school-2",
    "error: the bridge on school-1 is reached over TCP alone: sound and pictures will stutter",
  ]);
});

test("a bridge that tells of loopback alone serves its own machine alone", () => {
  assert.deepEqual(said(anAddress("127.0.0.1:10000/udp", { "school-1": "reached", "school-2": "silent" })), [
    "error: the bridge on school-1 tells clients of nothing but its own machine",
  ]);
});

test("with one host there is nobody to ask, which is said once", () => {
  assert.deepEqual(said(anAddress(inside, { "school-1": "reached" }), anAddress(overTcp, { "school-1": "reached" })), [
    "note: the bridge on school-1 was tried from its own host alone: there is no other",
  ]);
});
