import assert from "node:assert/strict";
import { test } from "node:test";
import { formatHost, isLoopbackName, parseHost } from "./host.ts";

test("names, addresses and ports are hosts, in lower case", () => {
  assert.deepEqual(parseHost("Meet.School.Example:8443"), { name: "meet.school.example", port: 8443 });
  assert.deepEqual(parseHost("192.168.1.5"), { name: "192.168.1.5", port: undefined });
  assert.deepEqual(parseHost("[::1]:8000"), { name: "[::1]", port: 8000 });
  assert.deepEqual(parseHost("xn--80ak6aa92e.xn--p1ai"), { name: "xn--80ak6aa92e.xn--p1ai", port: undefined });
  assert.equal(formatHost({ name: "[::1]", port: 8000 }), "[::1]:8000");
});

test("rubbish is no host", () => {
  const rubbish = [
    undefined,
    "",
    " ",
    "a b",
    "a,b",
    "a/b",
    "a@b",
    'a"b',
    "a</script>",
    "школа",
    "a:b",
    "a:0",
    "a:70000",
    "a:1:2",
    "..",
    "a..b",
    "[::1",
    "[zz]",
    "[1:2]",
    "::1",
    "\u0000",
    "a".repeat(300),
    "https://a",
  ];
  for (const text of rubbish) assert.equal(parseHost(text), undefined, JSON.stringify(text));
});

test("browsers treat loopback names as secure, and only those", () => {
  for (const name of ["localhost", "a.localhost", "127.0.0.1", "127.9.9.9", "[::1]"]) assert.ok(isLoopbackName(name));
  for (const name of ["localhost.example", "127.0.0.1.example", "10.0.0.1", "[::2]"]) assert.ok(!isLoopbackName(name));
});
