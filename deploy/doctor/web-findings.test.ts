import assert from "node:assert/strict";
import { test } from "node:test";
import { aCertificate, anAddress, aWebTry } from "./testing/samples.ts";
import type { MediaAddress, WebTry } from "./tries.ts";
import { webFindings } from "./web-findings.ts";

const url = "https://meet.school.example";
const processes = [
  { role: "web", instance: "web-1" },
  { role: "focus", instance: "focus-1" },
];
const publicMedia = [anAddress("203.0.113.7:10000/udp", { "school-1": "reached" })];

function findings(
  web: readonly WebTry[],
  publicUrl: string | undefined = url,
  media: readonly MediaAddress[] = publicMedia,
) {
  return webFindings({ publicUrl, web, media }, processes);
}

function said(...given: Parameters<typeof findings>): string[] {
  return findings(...given).map(({ severity, text }) => `${severity}: ${text}`);
}

test("nothing is said where the name leads here and browsers believe the certificate", () => {
  assert.deepEqual(said([aWebTry("school-1"), aWebTry("school-2")]), []);
});

test("a name that stands for nothing is a matter of the DNS", () => {
  const [finding] = findings([aWebTry("school-2", { outcome: "silent", addresses: [], certificate: undefined })]);
  assert.equal(finding?.text, "meet.school.example, seen from school-2: the name stands for no address");
  assert.match(finding.fix ?? "", /add meet\.school\.example to the DNS/);
});

test("nobody at the address, somebody else, and another Veche are told apart", () => {
  const nobody = aWebTry("school-1", { outcome: "silent", fault: "connect ECONNREFUSED", certificate: undefined });
  const somebody = aWebTry("school-2", { outcome: "stranger" });
  const another = aWebTry("school-3", { webInstance: "web-9" });
  const where = (host: string) => `error: meet.school.example, seen from ${host} (203.0.113.7)`;
  assert.deepEqual(said([nobody, somebody, another]), [
    `${where("school-1")}: nobody answers: connect ECONNREFUSED`,
    `${where("school-2")}: something else answers there`,
    `${where("school-3")}: another Veche answers there`,
  ]);
});

test("a name that stands for the machine itself works there alone", () => {
  assert.deepEqual(said([aWebTry("school-1", { addresses: ["127.0.1.1"] })]), [
    "warning: meet.school.example, seen from school-1: the name stands for 127.0.1.1, the machine itself",
  ]);
  const local = aWebTry("school-1", { addresses: ["127.0.0.1"], certificate: aCertificate({ names: ["localhost"] }) });
  assert.deepEqual(said([local], "https://localhost:8443"), []);
});

test("a certificate has to name the address, in full or by one star", () => {
  const withNames = (...names: readonly string[]) => [aWebTry("school-1", { certificate: aCertificate({ names }) })];
  assert.deepEqual(said(withNames("*.school.example")), []);
  for (const name of ["*.example", "school.example", "*.meet.school.example"])
    assert.deepEqual(said(withNames(name)), [`error: the certificate does not name meet.school.example but ${name}`]);
});

test("of our own authority is a note; refused for another reason is an error", () => {
  const withFault = (issuer: string, fault: string) => [
    aWebTry("school-1", { certificate: aCertificate({ issuer, fault }) }),
  ];
  assert.deepEqual(said(withFault("Veche, The authority of a school", "SELF_SIGNED_CERT_IN_CHAIN")), [
    "note: the certificate is of this installation's own authority: browsers warn until they know it",
  ]);
  assert.deepEqual(said(withFault("Some CA", "UNABLE_TO_VERIFY_LEAF_SIGNATURE")), [
    "error: browsers refuse the certificate of Some CA: UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  ]);
});

test("who comes from outside must be told of an address of a bridge outside", () => {
  const media = [anAddress("10.0.0.5:10000/udp", { "school-1": "reached" })];
  assert.match(
    said([aWebTry("school-1")], url, media).join(),
    /^error: meet\.school\.example is reached from outside, but every bridge/,
  );
  assert.deepEqual(said([aWebTry("school-1", { addresses: ["10.0.0.5"] })], url, media), []);
});

test("without a PUBLIC_URL, or with one of http, it is said what that means", () => {
  const [nameless] = webFindings({ publicUrl: undefined, web: [], media: [] }, processes);
  assert.match(nameless?.text ?? "", /^there is no PUBLIC_URL/);
  assert.match(
    said([], "http://meet.school.example").join(),
    /^error: PUBLIC_URL is http:\/\/meet\.school\.example: over http/,
  );
});
