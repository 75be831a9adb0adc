import assert from "node:assert/strict";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { silentLog } from "./log.ts";
import { NatsLink } from "./nats-link.ts";
import { findNatsServer, NatsServer } from "./nats-server.ts";
import { type NatsConfig, whyNotConnected } from "./nats-sign-in.ts";
import { createRoot, issue, type Pair } from "./x509.ts";

const dayMs = 24 * 3600 * 1000;

async function scene(names: readonly string[], now = Date.now()) {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await mkdtempDisposable(join(tmpdir(), "veche-tls-")));
  const root = await createRoot("hosts", now);
  const put = async (name: string, { certificate, key }: Pair) => {
    await writeFile(join(place.path, `${name}.crt`), certificate);
    await writeFile(join(place.path, `${name}.key`), key);
    return join(place.path, `${name}.crt`);
  };
  const certFile = await put("nats", await issue(root, names, now, { days: 1 }));
  const caFile = await put("ca", root);
  const otherCa = await put("other", await createRoot("other", Date.now()));
  const tls = `tls { cert_file: "${certFile}", key_file: "${join(place.path, "nats.key")}" }`;
  const server = stack.use(await NatsServer.start(tls));
  const url = server.url.replace("nats:", "tls:");
  return { stack: stack.move(), url, caFile, otherCa };
}

/** Why it does not connect; "" where it does. The link itself waits for ever: its first line says why. */
async function tryOnce(config: NatsConfig): Promise<string> {
  const ended = new AbortController();
  let said = "";
  const log = {
    ...silentLog,
    warn: ({ reason }: { reason: string }) => {
      said = reason;
      ended.abort(new Error("said"));
    },
  } as typeof silentLog;
  try {
    const link = await NatsLink.open(config, "t", "_INBOX.t", log, ended.signal);
    assert.equal(await link.nc.flush(), undefined);
    await link.close();
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  }
  return said;
}

suite("TLS to NATS", { skip: findNatsServer() ? false : "there is no nats-server" }, () => {
  test("the server's certificate is checked against NATS_CA_FILE and the address, and a fault says what is wrong", async () => {
    const { stack, url, caFile, otherCa } = await scene(["127.0.0.1"]);
    await using _scene = stack;
    assert.equal(await tryOnce({ url, caFile }), "");
    assert.match(await tryOnce({ url, caFile: otherCa }), /authority that NATS_CA_FILE does not hold/);
    assert.match(await tryOnce({ url: url.replace("127.0.0.1", "localhost"), caFile }), /does not name that address/);
    await assert.rejects(
      tryOnce({ url, caFile: `${caFile}.missing` }),
      /NATS_CA_FILE ".*missing": can't be read \(ENOENT\)/,
    );
  });

  test("a certificate of another time makes one think of the clock", async () => {
    const late = await scene(["127.0.0.1"], Date.now() - 30 * dayMs);
    await using _late = late.stack;
    assert.match(await tryOnce(late), /certificate has ended: is the clock of this host right\? It says 20\d\d-/);
    const early = await scene(["127.0.0.1"], Date.now() + 30 * dayMs);
    await using _early = early.stack;
    assert.match(await tryOnce(early), /certificate is not valid yet: is the clock of this host right\?/);
  });

  test("tls:// is never served in the clear", async () => {
    const { stack, caFile } = await scene(["127.0.0.1"]);
    await using _scene = stack;
    await using plain = await NatsServer.start();
    assert.match(await tryOnce({ url: plain.url.replace("nats:", "tls:"), caFile }), /does not support 'tls'/);
    assert.equal(await tryOnce({ url: plain.url }), "");
  });
});

test("what is no fault of TLS is said as it is", () => {
  assert.equal(whyNotConnected(new Error("connection refused")), "connection refused");
});
