import assert from "node:assert/strict";
import { test } from "node:test";
import { readChallenges } from "./challenge.ts";
import { readNameAddress, uriOf } from "./party.ts";
import type { DialTarget, Trunk } from "./signalling.ts";
import { findWayOut, nextHop } from "./way-out.ts";

const target: DialTarget = { trunk: undefined, to: "+7495", from: "", displayName: "", headers: {}, sdp: "" };
const trunk: Trunk = {
  name: "provider",
  server: "sip.example",
  port: 0,
  transport: "tcp",
  account: { user: "100", domain: "provider.example", password: "x" },
  registers: true,
  dialsOut: true,
  isTrusted: false,
  addresses: [],
};

test("a number goes by the trunk, its account in From and who calls beside it", () => {
  const way = findWayOut({ ...target, from: "42", displayName: 'A "B"', headers: { "X-A": "b" } }, [trunk]);
  assert.equal(way.to, "sip:+7495@provider.example");
  assert.equal(way.from, '"A B" <sip:100@provider.example>');
  assert.deepEqual(way.headers, ['P-Asserted-Identity: "A B" <sip:42@provider.example>', "X-A: b"]);
  assert.equal(nextHop(trunk, { address: "2001:db8::1", port: 5070 }), "sip:[2001:db8::1]:5070;transport=tcp");
});

test("an address goes where it says, by the transport it names", () => {
  const way = findWayOut({ ...target, trunk: "", to: "sip:room@192.0.2.1:5070;transport=tcp" }, [trunk]);
  assert.equal(way.index, undefined);
  assert.equal(way.from, "<sip:anonymous@localhost>");
  assert.equal(
    nextHop(way.trunk, { address: way.trunk.server, port: way.trunk.port }),
    "sip:192.0.2.1:5070;transport=tcp",
  );
});

test("what is neither, or would say more than one thing, is refused", () => {
  const wrong = ["sip:", "sip:a b@host", "sip:a@host\r\nX: 1", "sip:a@ho st", "sip:a@host>;x"];
  for (const to of wrong) assert.throws(() => findWayOut({ ...target, to }, [trunk]), { code: "invalid-argument" }, to);
  assert.throws(() => findWayOut({ ...target, headers: { X: "1\r\nY: 2" } }, [trunk]), { code: "invalid-argument" });
  assert.throws(() => findWayOut({ ...target, trunk: "other" }, [trunk]), { code: "unavailable" });
});

test("names and addresses of parties", () => {
  for (const [text, party] of [
    [
      '"Eve \\" X: 1" <sip:eve@[2001:db8::1]:5060>;tag=1',
      { user: "eve", host: "2001:db8::1", displayName: "Eve  X: 1" },
    ],
    ["A phone <sips:42@host;x=y>", { user: "42", host: "host", displayName: "A phone" }],
    ["sip:42@host;tag=1", { user: "42", host: "host", displayName: "" }],
    ["<tel:+7495>", { user: "+7495", host: "", displayName: "" }],
  ] as const)
    assert.deepEqual(readNameAddress(text), party, text);
  assert.equal(readNameAddress("rubbish"), undefined);
  assert.equal(uriOf("<sip:900@example.org>;x"), "sip:900@example.org");
  assert.equal(uriOf("sip:900@example.org;x"), "sip:900@example.org");
});

test("challenges, one or several in a header", () => {
  const first = 'Digest realm="a, b", nonce="n\\"1", algorithm=SHA-256, qop="auth,auth-int"';
  assert.deepEqual(readChallenges(`${first}, Digest realm=c,nonce="2"`), [
    { realm: "a, b", nonce: 'n"1', algorithm: "SHA-256", qop: ["auth", "auth-int"] },
    { realm: "c", nonce: "2" },
  ]);
  assert.deepEqual(readChallenges('Basic realm="x"'), []);
  assert.deepEqual(readChallenges(undefined), []);
});
