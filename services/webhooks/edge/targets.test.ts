import assert from "node:assert/strict";
import { test } from "node:test";
import { promisify } from "node:util";
import { Targets } from "./targets.ts";

const https = new URL("https://register.school.example/hook");

test("private, local and reserved addresses are refused, however they are written", () => {
  const targets = new Targets([]);
  const refused = [
    ...[
      "127.0.0.1",
      "127.8.8.8",
      "0.0.0.0",
      "10.1.2.3",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.1.1",
      "169.254.169.254",
    ],
    ...["100.64.0.1", "192.0.0.8", "198.19.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"],
    ...[
      "::",
      "::1",
      "::ffff:127.0.0.1",
      "::ffff:10.0.0.1",
      "::127.0.0.1",
      "64:ff9b::a00:1",
      "2002:7f00:1::",
      "fc00::1",
    ],
    ...["fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "2001:db8::1", "2001::1"],
  ];
  for (const address of refused) assert.match(targets.fault(https, address) ?? "", /is a private address/, address);
  for (const address of ["93.184.215.14", "172.32.0.1", "2a00:1450:4001::1", "::ffff:93.184.215.14"])
    assert.equal(targets.fault(https, address), undefined, address);
});

test("what the setting names is open: a network, an address, a host by its name", () => {
  const targets = new Targets(["10.20.0.0/16", "192.168.7.7", "fd12::/16", "Register.School.Example"]);
  const other = new URL("https://other.example/");
  for (const address of ["10.20.3.4", "192.168.7.7", "fd12::5", "::ffff:10.20.3.4"])
    assert.equal(targets.fault(other, address), undefined, address);
  for (const address of ["10.21.0.1", "192.168.7.8", "127.0.0.1"]) assert.ok(targets.fault(other, address), address);
  assert.equal(targets.fault(https, "127.0.0.1"), undefined);
});

test("http:// is only for what the setting names", () => {
  const targets = new Targets(["10.20.0.0/16"]);
  assert.match(targets.fault(new URL("http://other.example/"), "93.184.215.14") ?? "", /http:\/\/ is only for/);
  assert.equal(targets.fault(new URL("http://other.example/"), "10.20.0.1"), undefined);
});

test("an address in place of a name is looked at too, also in odd spellings", () => {
  const targets = new Targets([]);
  for (const url of [
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://[::ffff:7f00:1]/",
  ])
    assert.match(targets.literalFault(new URL(url)) ?? "", /private/, url);
  assert.equal(targets.literalFault(https), undefined);
});

test("a name that leads to a private address only is an error of the lookup, as late as the connection", async () => {
  const url = new URL("https://localhost/");
  const refusing = promisify(new Targets([]).lookup(url));
  await assert.rejects(refusing("localhost", {}), /is a private address, and VECHE_WEBHOOKS_ALLOW does not name it/);
  const allowing = new Targets(["127.0.0.0/8", "::1"]).lookup(url);
  const found = await new Promise((resolve) =>
    allowing("localhost", { all: true }, (_, addresses) => resolve(addresses)),
  );
  assert.ok(Array.isArray(found) && found.length > 0);
});

test("a setting that is neither network nor host is refused with what was expected", () => {
  for (const odd of ["10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "https://a.example", "a b", "::/129", "1.2.3.4/5/6"])
    assert.throws(() => new Targets([odd]), /VECHE_WEBHOOKS_ALLOW: expected networks/, odd);
});
