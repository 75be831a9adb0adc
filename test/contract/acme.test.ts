/** Certificates from a real ACME server, ordered by real processes, as a school with several web hosts has them. */
import assert from "node:assert/strict";
import type { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { systemClock } from "@veche/kit/clock.ts";
import type { NatsServer } from "@veche/kit/nats-server.ts";
import { service } from "@veche/proto/facts.ts";
import { streams } from "@veche/proto/storage.ts";
import { ask } from "@veche/web/testing/client.ts";
import { startUpstream } from "@veche/web/testing/fake-upstream.ts";
import { startWeb as startWebHere } from "@veche/web/testing/web-under-test.ts";
import { WebSocket } from "ws";
import { launchBrowser, withoutBrowser } from "../harness/browser.ts";
import { isInside, runInside, withoutNetwork } from "../harness/own-network.ts";
import { eventually } from "../harness/wait.ts";
import { openBus, startServerWithAccounts } from "./accounts.ts";
import { Authority, authorityNetwork, withoutCaddy } from "./acme-authority.ts";
import { RoleProcess } from "./role-process.ts";

const name = "meet.school.example";

if (isInside(authorityNetwork)) {
  const folder = mkdtempSync(join(tmpdir(), "veche-acme-"));
  let server: NatsServer;
  let authority: Authority;

  before(async () => {
    mkdirSync(join(folder, "ca"));
    [server, authority] = await Promise.all([startServerWithAccounts(), Authority.start(join(folder, "ca"))]);
  });

  after(async () => {
    await authority?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const startWeb = (env: Readonly<Record<string, string>>) =>
    RoleProcess.start("web", server, {
      HTTP_PORT: "0",
      HTTPS_PORT: "0",
      VECHE_WEB_REST_PORT: "0",
      VECHE_LISTEN_ADDRESS: "",
      XMPP_BOSH_URL_BASE: "http://127.0.0.1:1",
      JICOFO_URL: "http://127.0.0.1:1",
      ...env,
    });

  const ordering = (data: string) => ({
    ENABLE_LETSENCRYPT: "1",
    LETSENCRYPT_DOMAIN: name,
    LETSENCRYPT_EMAIL: "head@school.example",
    LETSENCRYPT_ACME_SERVER: authority.directory,
    VECHE_ACME_CA_FILE: authority.rootFile,
    VECHE_DATA_DIR: join(folder, data),
  });

  /** The certificate that is shown to whoever connects now, where `ca` signed it. */
  const shown = (port: number | undefined, ca: string, servername = name): Promise<X509Certificate | undefined> =>
    new Promise((resolve) => {
      const socket: TLSSocket = connect({ port: port ?? 0, host: "127.0.0.1", servername, ca }, () => {
        const certificate = socket.getPeerX509Certificate();
        socket.destroy();
        resolve(certificate);
      });
      socket.once("error", () => resolve(undefined));
    });

  const untilShown = async (web: RoleProcess) => {
    let found: X509Certificate | undefined;
    await eventually(
      "a certificate of the authority is in use",
      async () => {
        found = await shown(web.ports.https, authority.rootPem);
        return found === undefined ? web.lines.slice(-5).join("\n") : undefined;
      },
      { timeoutMs: 60_000 },
    );
    return found as X509Certificate;
  };

  const health = async (web: RoleProcess) =>
    JSON.parse((await ask(`http://127.0.0.1:${web.ports.rest}`, "/about/health")).body);

  test("a certificate is ordered while another web host answers at port 80, and is there after a restart", async () => {
    const env = ordering("first");
    await using atPort80 = await startWeb({ HTTP_PORT: "80", VECHE_DATA_DIR: join(folder, "second") });
    let serial: string;
    {
      await using web = await startWeb(env);
      const privateRoot = (await ask(`http://127.0.0.1:${web.ports.http}`, "/ca.crt")).body;
      assert.match(privateRoot, /BEGIN CERTIFICATE/, "the private authority's root is offered meanwhile");
      const certificate = await untilShown(web);
      serial = certificate.serialNumber;
      assert.equal(certificate.checkHost(name), name);
      assert.partialDeepStrictEqual(await health(web), { certificate: { kind: "acme", names: [name] } });
      assert.equal((await health(web)).certificate.problem, undefined);
      assert.equal((await ask(`http://127.0.0.1:${web.ports.http}`, "/ca.crt")).status, 404);
      await using bus = await openBus(server, "web");
      await eventually("the fact is said", async () => {
        const facts = await Array.fromAsync(bus.replay(streams.service, "service.v1.web.*.certificate-renewed"));
        const certificates = facts.map(({ body }) => (body as { certificate: object }).certificate);
        if (certificates.length === 0) return service.certificateRenewed.subject;
        assert.partialDeepStrictEqual(certificates, [{ kind: "acme", names: [name] }]);
        return undefined;
      });
    }
    await using again = await startWeb(env);
    assert.equal((await shown(again.ports.https, authority.rootPem))?.serialNumber, serial);
    assert.ok(!again.lines.some((line) => line.includes("ordering a certificate")));
    assert.equal((await ask(`http://127.0.0.1:${atPort80.ports.http}`, "/about/health")).status, 404);
    const kept = join(folder, "first/acme");
    const [server80] = readdirSync(kept);
    for (const file of ["account.key", `${name}.pem`]) {
      assert.equal(statSync(join(kept, server80 ?? "", file)).mode & 0o777, 0o600, file);
    }
  });

  test("where nothing answers at port 80, or somebody else does, the log says so and the private authority serves", async () => {
    const cases = [
      {
        data: "closed",
        domain: name,
        words: /can't reach this server at http:\/\/meet\.school\.example\/: port 80 of that address/,
      },
      {
        data: "moved",
        domain: "moved.school.example",
        words: /somebody else answers at http:\/\/moved\.school\.example\//,
      },
      {
        data: "taken",
        domain: "taken.school.example",
        words: /can't reach this server at http:\/\/taken\.school\.example\//,
      },
      { data: "nowhere", domain: "nowhere.school.example", words: /can't reach|doesn't lead here/ },
    ];
    const elsewhere = [
      createServer((_request, response) => response.end("hello")).listen(80, "127.0.0.2"),
      createServer((_request, response) => response.writeHead(404).end()).listen(80, "127.0.0.3"),
    ];
    await using stack = new AsyncDisposableStack();
    for (const other of elsewhere) stack.defer(() => void other.close());
    for (const { data, domain, words } of cases) {
      await using web = await startWeb({ ...ordering(data), LETSENCRYPT_DOMAIN: domain });
      await eventually(
        `the reason for ${domain} is logged`,
        () => (web.lines.some((line) => words.test(line)) ? undefined : web.lines.slice(-3).join("\n")),
        { timeoutMs: 60_000 },
      );
      const { certificate, status } = await health(web);
      assert.equal(status, "degraded");
      assert.equal(certificate.kind, "private");
      assert.match(certificate.problem, words);
      assert.match(certificate.problem, /the next attempt is at 20/);
      const root = (await ask(`http://127.0.0.1:${web.ports.http}`, "/ca.crt")).body;
      assert.ok(await shown(web.ports.https, root, "localhost"));
    }
  });

  test("a certificate is renewed without a restart: who connects next sees it, an open WebSocket goes on", async () => {
    let aheadMs = 0;
    const clock = { ...systemClock, now: () => Date.now() + aheadMs };
    await using upstream = await startUpstream();
    const env = { ...ordering("renewed"), HTTP_PORT: "80", XMPP_BOSH_URL_BASE: upstream.origin };
    await using web = await startWebHere({ env, clock });
    const port = web.server.httpsPort;
    const next = async (old: string | undefined) => {
      let serial: string | undefined;
      await eventually(
        "another certificate is in use",
        async () => {
          serial = (await shown(port, authority.rootPem))?.serialNumber;
          return serial === undefined || serial === old
            ? (web.health.problems.get("certificate") ?? "the old one")
            : undefined;
        },
        { timeoutMs: 60_000 },
      );
      return serial;
    };
    const first = await next(undefined);
    const socket = new WebSocket(`wss://${name}:${port}/xmpp-websocket`, [], { ca: authority.rootPem });
    await once(socket, "open");
    const far = upstream.sockets[0];
    // Caddy's are valid for twelve hours.
    aheadMs = 9 * 3_600_000;
    await next(first);
    far?.send("still here");
    const [message] = await once(socket, "message");
    assert.equal(String(message), "still here");
    socket.terminate();
  });

  test("Chromium opens the page over https without a question where the authority's root is trusted", {
    skip: withoutBrowser(),
  }, async () => {
    await using web = await startWeb({ ...ordering("chromium"), HTTP_PORT: "80", HTTPS_PORT: "443", ENABLE_HSTS: "1" });
    await untilShown(web);
    const root = authority.rootPem.replace(/-----[^-]+-----|\s/g, "");
    writeFileSync("/etc/chromium/policies/managed/root.json", JSON.stringify({ CACertificates: [root] }));
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      // Over http, as people type it: the redirect leads to https.
      const response = await page.goto(`http://${name}/lesson`);
      assert.equal(page.url(), `https://${name}/lesson`);
      assert.equal(response?.status(), 200);
      assert.ok(response?.headers()["strict-transport-security"]);
      assert.match((await response?.securityDetails())?.issuer ?? "", /Caddy/);
      assert.equal(await page.evaluate("isSecureContext"), true);
      await page.goto(`https://${name}/ca`);
      assert.match((await page.textContent("h1")) ?? "", /Nothing to install/);
      if (process.env.VECHE_TEST_PICTURES) {
        await page.screenshot({ path: join(process.env.VECHE_TEST_PICTURES, "ca-page-of-acme.png") });
      }
    } finally {
      await browser.close();
    }
  });
} else {
  const missing = withoutCaddy() || withoutNetwork(authorityNetwork);
  test("certificates from Caddy's ACME server, in a network of their own", { skip: missing, timeout: 400_000 }, () =>
    runInside(authorityNetwork, import.meta.filename),
  );
}
