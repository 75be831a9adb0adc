import assert from "node:assert/strict";
import { test } from "node:test";
import { parseHost } from "./host.ts";
import { httpsAddress } from "./redirect.ts";
import { resolveTarget } from "./route.ts";

function redirect(host: string, target: string, rules = { isEnabled: true, httpsPort: 8443 }) {
  const parsed = parseHost(host);
  assert.ok(parsed);
  return httpsAddress(rules, parsed, target, resolveTarget(target));
}

test("plain http from elsewhere goes to https on the same name and path", () => {
  assert.equal(redirect("192.168.1.5:8000", "/room?jwt=a"), "https://192.168.1.5:8443/room?jwt=a");
  const standard = { isEnabled: true, httpsPort: 443 };
  assert.equal(redirect("meet.school.example", "/", standard), "https://meet.school.example/");
});

test("loopback names stay, because cameras work there", () => {
  for (const host of ["localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
    assert.equal(redirect(host, "/room"), undefined);
});

test("the root certificate is had before https is trusted", () => {
  for (const target of ["/ca", "/ca.crt", "/.well-known/x"]) assert.equal(redirect("school", target), undefined);
});

test("switched off, everything stays", () => {
  assert.equal(redirect("school", "/room", { isEnabled: false, httpsPort: 443 }), undefined);
});
