import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createRoot, issue, type Pair } from "@veche/kit/x509.ts";
import { SessionError } from "../session/contract.ts";
import { Browser } from "./browser.ts";
import { chromiumPath, withoutPrograms } from "./testing/openers.ts";
import { spkiHash, trustedKeyOf } from "./trust.ts";

const skip = withoutPrograms();

/** A web server with a certificate of that authority. */
async function startSite(root: Pair, names: readonly string[] = ["127.0.0.1"]) {
  const { certificate: cert, key } = await issue(root, names, Date.now());
  const server = createServer({ cert, key }, (_request, response) => {
    response.setHeader("content-type", "text/html").end("<title>lesson</title>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function authority(folder: string) {
  const root = await createRoot("an installation", Date.now());
  const file = join(folder, "ca.crt");
  await writeFile(file, root.certificate);
  return { root, file };
}

test("the web server's key is believed where the authority signed it, and asked for nowhere else", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "veche-trust-"));
  const { root, file } = await authority(folder.path);
  await using site = await startSite(root);
  const key = await trustedKeyOf(site.origin, file);
  assert.match(key ?? "", /^[A-Za-z0-9+/]{43}=$/);
  assert.equal(await trustedKeyOf(site.origin, ""), undefined);
  assert.equal(await trustedKeyOf("http://127.0.0.1:1", file), undefined);
});

test("another authority's certificate, one of another host, and no answer say so before a browser is started", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "veche-trust-"));
  const { root, file } = await authority(folder.path);
  await using foreign = await startSite(await createRoot("another", Date.now()));
  await using elsewhere = await startSite(root, ["10.9.8.7"]);
  for (const [origin, why] of [
    [foreign.origin, /self-signed|unable to/],
    [elsewhere.origin, /127\.0\.0\.1/],
    ["https://127.0.0.1:1", /ECONNREFUSED/],
  ] as const) {
    const refusal = await trustedKeyOf(origin, file).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(refusal instanceof SessionError && refusal.code === "join-failed");
    assert.match(String(refusal.cause), why);
  }
});

test("Chromium opens the installation's pages, and no others whose certificate it can't check", { skip }, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "veche-trust-"));
  const { root, file } = await authority(folder.path);
  await using site = await startSite(root);
  // Of the same authority even: it is the one key that is believed, not whoever shows the authority beside it.
  await using other = await startSite(root);
  const trustedKey = await trustedKeyOf(site.origin, file);
  assert.ok(trustedKey !== undefined && trustedKey !== spkiHash(Buffer.from(pemBytes(root.certificate))));
  const size = { width: 320, height: 180 };
  await using browser = await Browser.launch({ ...size, path: chromiumPath, origin: site.origin, trustedKey });
  await browser.open(site.origin, {});
  assert.equal(await browser.ask("document.title + isSecureContext"), "lessontrue");
  await assert.rejects(browser.open(other.origin, {}), /ERR_CERT_AUTHORITY_INVALID/);
});

function pemBytes(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
}
