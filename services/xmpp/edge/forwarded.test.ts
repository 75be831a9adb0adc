import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { TrustedProxies } from "./forwarded.ts";

const proxies = new TrustedProxies(["127.0.0.0/8", "10.0.0.0/8", "::1/128"], "meet.jitsi");

function client(remoteAddress: string, headers: Record<string, string>) {
  return proxies.clientOf({ socket: { remoteAddress }, headers } as unknown as IncomingMessage);
}

test("a stranger's forwarded headers are not believed", () => {
  const headers = {
    host: "a.example",
    "x-forwarded-for": "198.51.100.7",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "b.example",
  };
  assert.deepEqual(client("203.0.113.1", headers), { address: "203.0.113.1", origin: "ws://a.example" });
});

test("a proxy's are: the last address that is no proxy of ours", () => {
  const headers = {
    host: "127.0.0.1:5280",
    "x-forwarded-for": "6.6.6.6, 198.51.100.7, 10.0.0.2",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "meet.example:8443",
  };
  assert.deepEqual(client("::ffff:127.0.0.1", headers), { address: "198.51.100.7", origin: "wss://meet.example:8443" });
});

test("rubbish in the headers falls back to what is known", () => {
  const headers = { host: 'evil"><script>', "x-forwarded-for": "nobody", "x-forwarded-proto": "gopher" };
  assert.deepEqual(client("127.0.0.1", headers), { address: "127.0.0.1", origin: "ws://meet.jitsi" });
});

test("a network that is none stops the start with a clear line", () => {
  assert.throws(() => new TrustedProxies(["10.0.0.0/40"], "x"), /XMPP_TRUSTED_PROXIES: "10.0.0.0\/40"/);
});
