import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ipBytes, isPublicAddress, maxAddressLength, parseStreamAddress } from "./stream-address.ts";

const good: readonly (readonly [string, object])[] = [
  ["abcd-efgh-1234", { protocol: "rtmp", host: "a.rtmp.youtube.com", port: 1935, app: "live2", key: "abcd-efgh-1234" }],
  [
    "rtmp://live.twitch.tv/app/live_1_x?bandwidthtest=true",
    { host: "live.twitch.tv", key: "live_1_x?bandwidthtest=true" },
  ],
  ["RTMPS://Live-Api-S.Facebook.com:443/rtmp/FB-1?s_bl=1&a=A/b", { protocol: "rtmps", key: "FB-1?s_bl=1&a=A/b" }],
  ["rtmps://x.example./live/k", { host: "x.example", port: 443, app: "live" }],
  ["rtmp://b.rtmp.youtube.com/live2?backup=1/k-e-y", { app: "live2?backup=1", key: "k-e-y" }],
  ["rtmp://media.example:1936/live/guid/name", { port: 1936, app: "live/guid", key: "name" }],
  ["rtmp://8.8.8.8/live/k", { host: "8.8.8.8" }],
  ["rtmp://[2606:4700::1111]:1935/live/k", { host: "2606:4700::1111" }],
];

const hostile = [
  "",
  "key",
  "http://example.org/live/k",
  "file:///etc/passwd",
  "rtmp:/x/live/k",
  "rtmp://",
  "rtmp:///live/k",
  "rtmp://example.org",
  "rtmp://example.org/live",
  "rtmp://example.org/live/",
  "rtmp://example.org//k",
  "rtmp://example.org/live/?k",
  "rtmp://user:word@example.org/live/k",
  "rtmp://example.org@127.0.0.1/live/k",
  "rtmp://example.org/live/k k",
  "rtmp://example.org/live/k\n",
  "rtmp://example.org/live/k\0",
  "rtmp://example.org/live/$(reboot)",
  "rtmp://example.org/live/`reboot`",
  "rtmp://example.org/live/k'x",
  'rtmp://example.org/live/k"x',
  "rtmp://example.org/live/k|tee",
  "rtmp://example.org/live/k live=1 conn=S:x",
  "rtmp://example.org/live/k#x",
  "rtmp://example.org\\live/a/k",
  "rtmp://exa mple.org/live/k",
  "rtmp://пример.рф/live/k",
  "rtmp://example.org:0/live/k",
  "rtmp://example.org:22/live/k",
  "rtmp://example.org:25/live/k",
  "rtmp://example.org:65536/live/k",
  "rtmp://example.org:1935:1/live/k",
  "rtmp://2130706433/live/k",
  "rtmp://017700000001/live/k",
  "rtmp://0x7f000001/live/k",
  "rtmp://0x7f.1/live/k",
  "rtmp://127.1/live/k",
  "rtmp://0177.0.0.1/live/k",
  "rtmp://127.0.0.01/live/k",
  "rtmp://1.2.3.256/live/k",
  "rtmp://1.2.3.4.5/live/k",
  "rtmp://[::1%25lo]/live/k",
  "rtmp://[1::2::3]/live/k",
  "rtmp://[::ffff:127.0.0.1/live/k",
  "rtmp://::1/live/k",
  "rtmp://-x.example/live/k",
  "rtmp://x..example/live/k",
  `rtmp://${"a".repeat(64)}.example/live/k`,
  `rtmp://example.org/live/${"k".repeat(maxAddressLength)}`,
  "rtmpt://example.org/live/k",
  "-f null /dev/sda",
  "rtmp://example.org/live/k\u2028",
];

const inner = [
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "100.127.255.255",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.1",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.19.255.255",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::127.0.0.1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "::ffff:10.0.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b::192.168.0.1",
  "64:ff9b:1::1",
  "fc00::1",
  "fd00::1",
  "fe80::1",
  "fec0::1",
  "ff02::1",
  "2001::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "2002:808:808::",
  "3fff::1",
  "4000::1",
  "fe80::1%eth0",
  "localhost",
  "",
  "1.2.3",
  "0x7f.0.0.1",
];
const outer = [
  "1.1.1.1",
  "8.8.8.8",
  "100.63.255.255",
  "100.128.0.1",
  "172.15.255.255",
  "172.32.0.1",
  "192.167.1.1",
  "198.17.0.1",
  "198.20.0.1",
  "223.255.255.255",
  "2606:4700::1111",
  "2a00:1450:4001:80b::200e",
  "2001:4860:4860::8888",
  "::ffff:8.8.8.8",
  "64:ff9b::808:808",
];

describe("addresses of streams", () => {
  for (const [written, expected] of good) {
    test(`${written.slice(0, 60)} is taken`, () => {
      const parsed = parseStreamAddress(written);
      assert.ok("address" in parsed, JSON.stringify(parsed));
      assert.partialDeepStrictEqual(parsed.address, expected);
    });
  }

  for (const written of hostile) {
    test(`${JSON.stringify(written.slice(0, 60))} is refused`, () => {
      const parsed = parseStreamAddress(written);
      assert.ok("fault" in parsed, JSON.stringify(parsed));
    });
  }

  test("a fault quotes nothing of a key", () => {
    for (const written of [
      "rtmp://10.0.0.1:22/live/SECRET",
      "ftp://x/SECRET",
      "rtmp://x y/live/SECRET",
      "rtmp://e.org/SECRET",
    ]) {
      assert.doesNotMatch(JSON.stringify(parseStreamAddress(written)), /SECRET/);
    }
  });

  test("only servers that are listed, where there is a list", () => {
    const hosts = ["a.rtmp.youtube.com", "*.example.org"];
    const isTaken = (written: string) => "address" in parseStreamAddress(written, hosts);
    assert.ok(isTaken("abcd-efgh"));
    assert.ok(isTaken("rtmp://live.Example.org/live/k"));
    assert.ok(!isTaken("rtmp://example.org/live/k"));
    assert.ok(!isTaken("rtmp://evil-example.org/live/k"));
    assert.ok(!isTaken("rtmp://example.org.evil.net/live/k"));
    assert.ok(!isTaken("rtmp://8.8.8.8/live/k"));
  });

  for (const address of inner)
    test(`${address || "nothing"} is not public`, () => assert.ok(!isPublicAddress(address)));
  for (const address of outer) test(`${address} is public`, () => assert.ok(isPublicAddress(address)));

  test("whatever is written, what is taken has plain parts", () => {
    const scheme = fc.constantFrom("rtmp://", "rtmps://", "");
    const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.domain(), fc.ipV4Extended(), fc.ipV6());
    fc.assert(
      fc.property(scheme, text, text, (start, host, path) => {
        const parsed = parseStreamAddress(`${start}${host}/${path}`, []);
        if ("fault" in parsed) return;
        const { address } = parsed;
        assert.match(address.host, /^([a-z0-9.-]{1,253}|[0-9a-f:.]{2,45})$/);
        assert.doesNotMatch(`${address.app}/${address.key}`, /[\s\p{Cc}'"`$\\|<>()[\]{}^#]/u);
        assert.ok(address.app !== "" && address.key !== "");
        assert.ok(address.port > 0 && address.port < 65_536);
        const isNumeric = /^[\d.]+$|^0x/.test(address.host);
        assert.ok(!isNumeric || ipBytes(address.host)?.length === 4);
      }),
      { numRuns: 500 },
    );
  });

  test("written forms of one address are judged alike", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        for (const form of [`::ffff:${address}`, `::ffff:${hex}`, `64:ff9b::${hex}`, `0:0:0:0:0:FFFF:${hex}`]) {
          assert.equal(isPublicAddress(form), isPublicAddress(address), form);
        }
      }),
    );
  });

  test("IPv6 is read as everybody reads it", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        assert.equal(ipBytes(address)?.length, URL.canParse(`http://[${address}]/`) ? 16 : undefined, address);
      }),
    );
  });
});
