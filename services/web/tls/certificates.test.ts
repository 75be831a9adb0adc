import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { chmod, mkdtempDisposable, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createRoot } from "@veche/kit/x509.ts";
import { certificateNames, maxNames } from "./names.ts";
import { PrivateAuthority } from "./private-authority.ts";

const dayMs = 24 * 3600 * 1000;
const start = Date.UTC(2026, 8, 1);

async function folder() {
  return mkdtempDisposable(join(tmpdir(), "veche-ca-"));
}

test("the first start makes a root and a certificate for all names, with keys only the owner reads", async () => {
  await using place = await folder();
  const names = ["meet.school.example", "localhost", "127.0.0.1", "::1", "192.168.1.5"];
  const authority = await PrivateAuthority.open({ folder: place.path, names: () => names, now: () => start });
  const { leaf, chain } = authority.current;
  const root = new X509Certificate(authority.rootPem);
  assert.ok(root.ca && root.verify(root.publicKey));
  assert.ok(!leaf.ca && leaf.checkIssued(root) && leaf.verify(root.publicKey));
  assert.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
  for (const name of ["meet.school.example", "localhost"]) assert.ok(leaf.checkHost(name), name);
  for (const address of ["127.0.0.1", "::1", "192.168.1.5"]) assert.ok(leaf.checkIP(address), address);
  assert.equal(leaf.checkHost("other.example"), undefined);
  assert.deepEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
  assert.ok(chain.endsWith(authority.rootPem));
  for (const name of ["ca.key", "server.key"]) assert.equal((await stat(join(place.path, name))).mode & 0o777, 0o600);
});

test("browsers accept how long the certificate is valid", async () => {
  await using place = await folder();
  const { current } = await PrivateAuthority.open({ folder: place.path, names: () => ["a"], now: () => start });
  const { validFromDate, validToDate } = current.leaf;
  assert.ok(validFromDate.getTime() < start);
  assert.ok(validToDate.getTime() - validFromDate.getTime() <= 398 * dayMs);
});

test("a restart keeps both; the certificate is renewed 30 days before its end, the root never", async () => {
  await using place = await folder();
  let now = start;
  const options = { folder: place.path, names: () => ["a"], now: () => now };
  const first = await PrivateAuthority.open(options);
  const again = await PrivateAuthority.open(options);
  assert.equal(again.current.chain, first.current.chain);
  assert.equal(await again.refresh(), undefined);
  now = start + (396 - 29) * dayMs;
  const fresh = await again.refresh();
  assert.ok(fresh && fresh.leaf.serialNumber !== first.current.leaf.serialNumber);
  assert.equal(again.rootPem, first.rootPem);
  const later = await PrivateAuthority.open(options);
  assert.equal(later.current.leaf.serialNumber, fresh.leaf.serialNumber);
});

test("a new address of the machine brings a certificate that names it; one that went changes nothing", async () => {
  await using place = await folder();
  let names = ["a", "10.0.0.1"];
  const authority = await PrivateAuthority.open({ folder: place.path, names: () => names, now: () => start });
  names = ["a"];
  assert.equal(await authority.refresh(), undefined);
  names = ["a", "10.0.0.2"];
  assert.ok((await authority.refresh())?.leaf.checkIP("10.0.0.2"));
});

test("a damaged server certificate is made again, a damaged root stops the start", async () => {
  await using place = await folder();
  const options = { folder: place.path, names: () => ["a"], now: () => start };
  const { rootPem } = await PrivateAuthority.open(options);
  await writeFile(join(place.path, "server.crt"), "rubbish");
  assert.equal((await PrivateAuthority.open(options)).rootPem, rootPem);
  const key = await readFile(join(place.path, "ca.key"), "utf8");
  await writeFile(join(place.path, "ca.key"), "rubbish");
  await assert.rejects(PrivateAuthority.open(options), /VECHE_DATA_DIR .*private key.*restore ca\.crt and ca\.key/);
  await writeFile(join(place.path, "ca.key"), (await createRoot("other", start)).key);
  await assert.rejects(PrivateAuthority.open(options), /private key is not the certificate's/);
  await rm(join(place.path, "ca.key"));
  await assert.rejects(PrivateAuthority.open(options), /ca\.key is not/);
  await writeFile(join(place.path, "ca.key"), key);
  assert.equal((await PrivateAuthority.open(options)).rootPem, rootPem);
});

test("a folder that can't be written is named with its setting", async () => {
  await using place = await folder();
  const file = join(place.path, "file");
  await writeFile(file, "");
  await chmod(file, 0o400);
  const options = { folder: join(file, "data"), names: () => ["a"], now: () => start };
  await assert.rejects(PrivateAuthority.open(options), /VECHE_DATA_DIR: ".*data" can't be used \(ENOTDIR\)/);
});

test("the names are everything that may be typed to get here, within a limit", () => {
  const address = (text: string, internal = false) =>
    ({ address: text, internal, family: "IPv4", netmask: "", mac: "", cidr: null }) as const;
  const interfaces = {
    lo: [address("127.0.0.1", true)],
    eth0: [address("192.168.1.5"), address("fe80::1"), address("fd00::5"), address("169.254.3.4")],
  };
  const machine = { hostname: "School-PC", interfaces };
  assert.deepEqual(
    certificateNames("https://Встреча.рф:8443/", ["extra.example", "bad name", "[2001:db8::1]"], machine),
    [
      "xn--80adj7beg1b.xn--p1ai",
      "extra.example",
      "2001:db8::1",
      "localhost",
      "127.0.0.1",
      "::1",
      "school-pc",
      "school-pc.local",
      "192.168.1.5",
      "fd00::5",
    ],
  );
  const many = Array.from({ length: 300 }, (_, i) => address(`10.0.${i >> 8}.${i & 255}`));
  assert.equal(certificateNames("", [], { hostname: "a", interfaces: { many } }).length, maxNames);
});
