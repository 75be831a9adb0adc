/** A further signalling host joins: it is given what the first has, and nobody else is. */
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createRoot } from "@veche/kit/x509.ts";
import { Installation } from "./installation.ts";

test("a further signalling host has the keys of the first, and web's authority: devices trust it as they trust the first", async () => {
  await using installation = await Installation.start();
  const { directory, natsUrl } = installation;
  const authority = await createRoot("Veche school", Date.now());
  await mkdir(join(directory, "web"));
  await writeFile(join(directory, "web/ca.crt"), authority.certificate);
  await writeFile(join(directory, "web/ca.key"), authority.key);
  await using web = await installation.startWeb();
  const where = ["--url", `http://127.0.0.1:${web.ports.http}`, "--nats", natsUrl];
  const joins = async (folder: string, ...words: string[]) => {
    const added = await installation.run("hosts", ["add", ...words, "--name", folder, ...where]);
    assert.equal(added.code, 0, added.err);
    const joined = await installation.joins(added.out, folder);
    assert.equal(joined.code, 0, joined.err);
  };

  await joins("host-2", "signalling");
  const second = (path: string) => readFile(join(directory, "host-2", path), "utf8");
  assert.equal(await second("web/ca.crt"), authority.certificate);
  assert.equal(await second("web/ca.key"), authority.key);
  for (const path of ["secrets/nats/keys/account.nk", "secrets/internal-ca/ca.key"])
    assert.equal(await second(path), await readFile(join(directory, path), "utf8"));
  // It makes its own.
  await assert.rejects(stat(join(directory, "host-2/secrets/internal-ca/nats.key")));

  await joins("recorder-1", "recorder", "--at", "127.0.0.3");
  const files = await readdir(join(directory, "recorder-1"));
  assert.deepEqual([files.includes("web-ca.pem"), files.includes("web")], [true, false], "the key stays");
});
