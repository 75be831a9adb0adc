import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFile, rename, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type RequestOptions, request } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { promisify } from "node:util";
import type { RoleName } from "@veche/proto/roles.ts";
import { type Clock, ManualClock, systemClock } from "../clock.ts";
import { Health } from "../health.ts";
import { createLogger, silentLog } from "../log.ts";
import { ownAddress } from "../own-address.ts";
import { TestAuthority } from "../testing/private-authority.ts";
import { handshakeMs } from "./gate.ts";
import type { PrivateTlsConfig } from "./identity.ts";
import { PrivateTls, refreshMs } from "./private-tls.ts";

const dayMs = 24 * 3_600_000;

async function open(
  role: RoleName,
  config: PrivateTlsConfig,
  clock = systemClock,
  log = silentLog,
  health = new Health(),
) {
  const tls = await PrivateTls.open({ role, config, log, health }, clock);
  assert.ok(tls);
  return tls;
}

/** A bridge's private server for web alone, which says who it was asked by: what it wrote, and its log. */
async function startBridge(
  config: PrivateTlsConfig,
  options: { isOpenToLoopback?: boolean; address?: string; clock?: Clock } = {},
) {
  const lines: string[] = [];
  const log = createLogger("videobridge", "warn", { write: (line) => void lines.push(line) });
  const tls = await open("videobridge", config, options.clock ?? systemClock, log);
  const server = createServer((asked, response) => {
    void text(asked).then((body) => response.end(`${asked.method} ${asked.url} ${body.length}`));
  });
  server.on("upgrade", (_request, socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    socket.pipe(socket);
  });
  const gate = tls.guard(server, ["web"], options);
  server.listen(0, options.address ?? "127.0.0.1");
  await once(server, "listening");
  const { port, address } = server.address() as AddressInfo;
  return {
    tls,
    port,
    address,
    connections: () => promisify(server.getConnections.bind(server))(),
    problems: () => lines.map((line) => String((JSON.parse(line) as { problem: string }).problem)),
    async [Symbol.asyncDispose]() {
      gate[Symbol.dispose]();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      tls[Symbol.dispose]();
    },
  };
}

function ask(options: RequestOptions, body = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", agent: false, method: "POST", path: "/x", ...options }, (answer) => {
      text(answer).then(resolve, reject);
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

test("web reaches the bridge with both certificates checked, by its address and by its name", async () => {
  await using authority = await TestAuthority.create();
  await using bridge = await startBridge(await authority.issue("videobridge"));
  using web = await open("web", await authority.issue("web"));
  for (const host of ["127.0.0.1", "localhost"]) {
    // The public host, which browsers ask for, is passed on and is no name of the bridge.
    const headers = { host: "meet.school.example" };
    const options = { host, port: bridge.port, headers, ...web.clientOptions("videobridge", host) };
    assert.equal(await ask(options, "x".repeat(100_000)), "POST /x 100000");
  }
  assert.deepEqual(bridge.problems(), []);
});

test("who has no certificate, another authority's, another role's or one that has ended is refused, and the log says why", async () => {
  await using authority = await TestAuthority.create();
  await using other = await TestAuthority.create();
  await using bridge = await startBridge(await authority.issue("videobridge"));
  const { ca } = (await open("web", await authority.issue("web"))).clientOptions("videobridge", "127.0.0.1");
  const shown = async (role: RoleName, given: object) => {
    using tls = await open(role, await authority.issue(role, given));
    return { ...tls.clientOptions("videobridge", "127.0.0.1"), ca };
  };
  const asking = [
    { ca },
    await shown("web", { signer: other, name: "foreign" }),
    await shown("videobridge", { name: "bridge-as-web" }),
    await shown("web", { at: Date.now() - 30 * dayMs, days: 1, name: "old" }),
    await shown("web", { isClient: false, name: "server-only" }),
  ];
  for (const options of asking) await assert.rejects(ask({ port: bridge.port, ...options }));
  assert.deepEqual(bridge.problems(), [
    "expected a client certificate, found none",
    "its certificate is not accepted: SELF_SIGNED_CERT_IN_CHAIN",
    'expected a certificate of web, found one of "videobridge"',
    "its certificate is not accepted: CERT_HAS_EXPIRED",
    "its certificate is not accepted: INVALID_PURPOSE",
  ]);
  // Whoever tries again does not fill the log.
  await assert.rejects(ask({ port: bridge.port, ca }));
  assert.equal(bridge.problems().length, asking.length);
});

test("a caller refuses a server of another role, at another address, of another authority, or past its time", async () => {
  await using authority = await TestAuthority.create();
  await using other = await TestAuthority.create();
  using web = await open("web", await authority.issue("web"));
  const refusals = [
    {
      of: "recorder",
      given: {},
      because: /127\.0\.0\.1: expected a certificate of "videobridge", found one of "recorder"/,
    },
    {
      of: "videobridge",
      given: { names: ["10.1.2.3", "localhost"] },
      because: /does not match certificate's altnames/,
    },
    { of: "videobridge", given: { signer: other }, because: /unable to|self-signed/ },
    { of: "videobridge", given: { at: Date.now() - 30 * dayMs, days: 1 }, because: /expired/ },
  ] as const;
  for (const { of, given, because } of refusals) {
    const config = await authority.issue(of, { ...given, name: "asked" });
    using tls = await open(of, config);
    const server = createServer((_request, response) => response.end("mine"));
    using gate = tls.guard(server, ["web"]);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await assert.rejects(ask({ port, ...web.clientOptions("videobridge", "127.0.0.1") }), because);
    gate[Symbol.dispose]();
    server.close();
  }
});

test("plain http is answered to this very host only, and only where the server is open to it", async (t) => {
  await using authority = await TestAuthority.create();
  const config = await authority.issue("videobridge");
  await using open = await startBridge(config, { address: "::" });
  for (const host of ["127.0.0.1", "[::1]"]) {
    const answer = await fetch(`http://${host}:${open.port}/health`, { method: "POST", body: "y".repeat(50_000) });
    assert.equal(await answer.text(), "POST /health 50000");
  }
  await using shut = await startBridge(config, { isOpenToLoopback: false });
  assert.equal((await fetch(`http://127.0.0.1:${shut.port}/health`)).status, 403);
  assert.match(shut.problems()[0] ?? "", /plain http, expected TLS/);
  const outside = ownAddress("0.0.0.0");
  if (outside === "127.0.0.1") return t.diagnostic("from another address not tried: this host has loopback alone");
  const answer = await fetch(`http://${outside}:${open.port}/health`);
  assert.equal(answer.status, 403);
  assert.match(await answer.text(), /expected TLS with a certificate/);
  assert.match(open.problems()[0] ?? "", /plain http, expected TLS/);
});

test("an upgraded connection passes bytes both ways, over TLS and plainly", async () => {
  await using authority = await TestAuthority.create();
  await using bridge = await startBridge(await authority.issue("videobridge"));
  using web = await open("web", await authority.issue("web"));
  const at = { host: "127.0.0.1", port: bridge.port };
  for (const socket of [connectTls({ ...at, ...web.clientOptions("videobridge", at.host) }), connect(at)]) {
    socket.write("GET /channel HTTP/1.1\r\nHost: b\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    const [head] = (await once(socket, "data")) as [Buffer];
    assert.match(head.toString(), /^HTTP\/1\.1 101 /);
    socket.write("heard");
    assert.equal(String((await once(socket, "data"))[0]), "heard");
    socket.destroy();
  }
});

test("who hangs up as soon as the handshake is done leaves nothing behind, and no line", async () => {
  await using authority = await TestAuthority.create();
  await using bridge = await startBridge(await authority.issue("videobridge"));
  using web = await open("web", await authority.issue("web"));
  const at = { host: "127.0.0.1", port: bridge.port };
  for (let i = 0; i < 20; i += 1) {
    const socket = connectTls({ ...at, ...web.clientOptions("videobridge", at.host) });
    socket.once("secureConnect", () => socket.destroy());
    await once(socket, "close");
  }
  // Far sooner than a handshake may take.
  const deadline = performance.now() + 5_000;
  while ((await bridge.connections()) > 0 && performance.now() < deadline) await pause(20);
  assert.equal(await bridge.connections(), 0);
  assert.deepEqual(bridge.problems(), []);
});

test("neither a silent connection nor a handshake under way keeps the server from closing", async () => {
  await using authority = await TestAuthority.create();
  const sockets = [];
  {
    await using bridge = await startBridge(await authority.issue("videobridge"));
    for (const begun of ["", "\x16"]) {
      const socket = connect(bridge.port, "127.0.0.1");
      socket.on("error", () => {});
      await once(socket, "connect");
      if (begun !== "") socket.write(begun);
      sockets.push(socket);
    }
    // Answered after them, so both have been taken.
    await fetch(`http://127.0.0.1:${bridge.port}/`);
  }
  for (const socket of sockets) if (!socket.closed) await once(socket, "close");
});

test("who says nothing is not waited for", async () => {
  await using authority = await TestAuthority.create();
  const clock = new ManualClock(Date.now());
  await using bridge = await startBridge(await authority.issue("videobridge"), { clock });
  const socket = connect(bridge.port, "127.0.0.1");
  const closed = once(socket, "close");
  socket.on("error", () => {});
  while ((await bridge.connections()) === 0) await pause(5);
  await clock.advance(handshakeMs - 1);
  assert.equal(await bridge.connections(), 1);
  await clock.advance(1);
  await closed;
});

test("certificates that are replaced count for connections from then on, on both sides; a broken file changes nothing", async () => {
  await using before = await TestAuthority.create();
  await using after = await TestAuthority.create();
  const clock = new ManualClock(Date.now());
  const bridgeFiles = await before.issue("videobridge");
  await using bridge = await startBridge(bridgeFiles);
  const webFiles = await before.issue("web");
  using web = await open("web", webFiles, clock);
  const reach = () => ask({ port: bridge.port, ...web.clientOptions("videobridge", "127.0.0.1") });
  await reach();

  // The authority is replaced: the bridge first, then web.
  const replace = async (role: string, files: PrivateTlsConfig) => {
    const fresh = await after.issue(role);
    await rename(fresh.VECHE_PRIVATE_TLS_KEY_FILE, files.VECHE_PRIVATE_TLS_KEY_FILE);
    await rename(fresh.VECHE_PRIVATE_TLS_CERT_FILE, files.VECHE_PRIVATE_TLS_CERT_FILE);
  };
  await replace("videobridge", bridgeFiles);
  await writeFile(bridgeFiles.VECHE_PRIVATE_TLS_CA_FILE, "half");
  await bridge.tls.refresh();
  await reach();
  assert.match(bridge.problems().at(-1) ?? "", /VECHE_PRIVATE_TLS_CA_FILE ".*ca\.pem": expected certificates in PEM/);

  await writeFile(bridgeFiles.VECHE_PRIVATE_TLS_CA_FILE, after.root.certificate);
  await bridge.tls.refresh();
  await assert.rejects(reach());
  await replace("web", webFiles);
  const replaced = Promise.withResolvers<void>();
  const watch = setInterval(() => {
    clock
      .advance(refreshMs)
      .then(reach)
      .then(
        () => replaced.resolve(),
        () => {},
      );
  }, 20);
  await replaced.promise;
  clearInterval(watch);
});

test("a certificate that was revoked opens nothing more on either side, and what it had open ends", async () => {
  await using authority = await TestAuthority.create();
  const [kept, gone] = [await authority.issue("web", { name: "kept" }), await authority.issue("web", { name: "gone" })];
  await using bridge = await startBridge(await authority.issue("videobridge"));
  using stays = await open("web", kept);
  using removed = await open("web", gone);
  const wayOf = (tls: PrivateTls) => ({ port: bridge.port, ...tls.clientOptions("videobridge", "127.0.0.1") });
  const idle = [stays, removed].map((tls) => connectTls({ host: "127.0.0.1", ...wayOf(tls) }));
  await Promise.all([...idle.map((socket) => once(socket, "secureConnect")), ask(wayOf(stays)), ask(wayOf(removed))]);
  const { serialNumber } = new X509Certificate(await readFile(gone.VECHE_PRIVATE_TLS_CERT_FILE));

  const ended = once(idle[1] ?? assert.fail(), "close");
  bridge.tls.revoke(new Set([serialNumber]));
  await ended;
  await assert.rejects(ask(wayOf(removed)));
  assert.equal(await ask(wayOf(stays)), "POST /x 0");
  assert.equal(idle[0]?.destroyed, false);
  assert.deepEqual(bridge.problems(), ["its certificate is of a host that was removed"]);
  for (const socket of idle) socket.destroy();

  const { cert = "" } = bridge.tls.clientOptions("web", "127.0.0.1");
  stays.revoke(new Set([new X509Certificate(String(cert)).serialNumber]));
  await assert.rejects(ask(wayOf(stays)), /127\.0\.0\.1: its certificate is of a host that was removed/);
});

test("a certificate near its end is warned of, one that has ended is a problem of health", async () => {
  await using authority = await TestAuthority.create();
  const config = await authority.issue("web", { days: 30 });
  for (const [days, warning, problem] of [
    [0, undefined, undefined],
    [20, /ends on/, undefined],
    [31, /ended on/, "the private certificate has ended"],
  ] as const) {
    const lines: string[] = [];
    const log = createLogger("web", "warn", { write: (line) => void lines.push(line) });
    const health = new Health();
    using _tls = await open("web", config, new ManualClock(Date.now() + days * dayMs), log, health);
    assert.equal(health.problems.get("private-tls"), problem);
    if (warning) assert.match(lines.join(""), warning);
    else assert.deepEqual(lines, []);
  }
});

test("what can't be used stops the start with one line that says which setting, which file and why", async () => {
  await using authority = await TestAuthority.create();
  await using other = await TestAuthority.create();
  const good = await authority.issue("web");
  const foreign = await other.issue("web");
  const none = { VECHE_PRIVATE_TLS_CERT_FILE: "", VECHE_PRIVATE_TLS_KEY_FILE: "", VECHE_PRIVATE_TLS_CA_FILE: "" };
  assert.equal(await PrivateTls.open({ role: "web", config: none, log: silentLog, health: new Health() }), undefined);
  const faults = [
    [{ ...good, VECHE_PRIVATE_TLS_KEY_FILE: "" }, /expected all three or none, found no VECHE_PRIVATE_TLS_KEY_FILE/],
    [
      { ...good, VECHE_PRIVATE_TLS_CERT_FILE: "/no/such" },
      /VECHE_PRIVATE_TLS_CERT_FILE "\/no\/such": can't be read \(ENOENT\)/,
    ],
    [{ ...good, VECHE_PRIVATE_TLS_CERT_FILE: good.VECHE_PRIVATE_TLS_KEY_FILE }, /expected a certificate in PEM/],
    [{ ...good, VECHE_PRIVATE_TLS_KEY_FILE: good.VECHE_PRIVATE_TLS_CERT_FILE }, /expected a private key in PEM/],
    [{ ...good, VECHE_PRIVATE_TLS_CA_FILE: good.VECHE_PRIVATE_TLS_KEY_FILE }, /expected certificates in PEM/],
    [{ ...good, VECHE_PRIVATE_TLS_KEY_FILE: foreign.VECHE_PRIVATE_TLS_KEY_FILE }, /is not the certificate's/],
    [{ ...good, VECHE_PRIVATE_TLS_CA_FILE: foreign.VECHE_PRIVATE_TLS_CA_FILE }, /did not sign the certificate/],
    [await authority.issue("recorder"), /expected a certificate of "web", found one of "recorder"/],
  ] as const;
  for (const [config, problem] of faults) await assert.rejects(open("web", config), problem);
});

test("a process can tell whether its certificate names the address that others are told", async () => {
  await using authority = await TestAuthority.create();
  using tls = await open("recorder", await authority.issue("recorder", { names: ["10.0.0.7", "rec.school.example"] }));
  const named = ["10.0.0.7", "rec.school.example", "10.0.0.8", "other.example"].filter((host) => tls.names(host));
  assert.deepEqual(named, ["10.0.0.7", "rec.school.example"]);
});
