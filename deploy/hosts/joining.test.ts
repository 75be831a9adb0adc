/** The joining host's side, with a signalling host that is scripted: one whose clock is wrong, that is away, that is not whole. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempDisposable, readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { formatJoinToken, type JoinToken, newJoinToken, seal } from "@veche/kit/join-token.ts";
import { findNatsServer, NatsServer } from "@veche/kit/nats-server.ts";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { credsFileOf, ensureAccounts } from "../nats/accounts.ts";
import { renderAccounts } from "../nats/server-config.ts";
import { exitCodes, Fault } from "../users/fault.ts";
import type { Bundle } from "./bundle.ts";
import { InternalCa } from "./internal-ca.ts";
import { joinHost, oneFolder } from "./joining.ts";

const noNats = findNatsServer() ? false : "there is no nats-server (PATH, /usr/sbin, NATS_SERVER_BIN)";
const secondMs = 1_000;
const dayMs = 24 * 3600 * secondMs;
const quick = { answerMs: 2_000, pauseMs: 10 };

type Script = (response: ServerResponse, token: JoinToken, asked: number) => void;

/** A signalling host that answers as it is told, and the host that asks it. */
class Join implements AsyncDisposable {
  readonly said: string[] = [];
  readonly questions: string[] = [];
  readonly folder: string;
  readonly #token: JoinToken;
  readonly #cleanUp: AsyncDisposableStack;

  private constructor(folder: string, token: JoinToken, questions: string[], cleanUp: AsyncDisposableStack) {
    this.folder = folder;
    this.#token = token;
    this.questions = questions;
    this.#cleanUp = cleanUp;
  }

  static async with(script: Script): Promise<Join> {
    const cleanUp = new AsyncDisposableStack();
    const place = cleanUp.use(await mkdtempDisposable(join(tmpdir(), "veche-joining-")));
    const questions: string[] = [];
    let token: JoinToken | undefined;
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        questions.push(body);
        if (token) script(response, token, questions.length);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanUp.defer(() => {
      server.closeAllConnections();
      server.close();
    });
    token = newJoinToken(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "videobridge");
    return new Join(place.path, token, questions, cleanUp);
  }

  run(patience = quick) {
    return joinHost(formatJoinToken(this.#token), oneFolder(this.folder), (line) => this.said.push(line), patience);
  }

  /** The line it ends with. */
  async fault(kind: keyof typeof exitCodes, patience = quick): Promise<string> {
    const error: unknown = await this.run(patience).then(
      () => assert.fail("expected it to be refused"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Fault, String(error));
    assert.equal(error.exitCode, exitCodes[kind]);
    return error.message;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanUp.disposeAsync();
  }
}

const empty: Bundle = { version: 1, role: "videobridge", host: "school-7", files: {}, env: {}, secrets: {}, web: {} };

function give(response: ServerResponse, token: JoinToken, bundle: Partial<Bundle> = {}, date = new Date()): void {
  response.setHeader("date", date.toUTCString());
  response.end(JSON.stringify({ sealed: seal(token, JSON.stringify({ ...empty, ...bundle })) }));
}

test("a clock that differs by more than 30 s is warned of, with by how much and which way, and the host joins", async () => {
  for (const [offMs, warning] of [
    [25 * secondMs, undefined],
    [-25 * secondMs, undefined],
    [
      95 * secondMs,
      /^the clock of this host is 9[3-9] s behind that of http:\/\/127\.0\.0\.1:\d+: set it \(timedatectl/,
    ],
    [-95 * secondMs, /^the clock of this host is 9[3-9] s ahead of that of http:/],
  ] as const) {
    await using host = await Join.with((response, token) => give(response, token, {}, new Date(Date.now() + offMs)));
    assert.equal((await host.run()).host, "school-7");
    if (warning) assert.match(host.said[0] ?? "", warning);
    assert.equal(host.said.length, warning ? 2 : 1, host.said.join("\n"));
  }
});

test("an answer that does not say what time it is there warns of nothing", async () => {
  await using host = await Join.with((response, token) => {
    response.sendDate = false;
    response.end(JSON.stringify({ sealed: seal(token, JSON.stringify(empty)) }));
  });
  await host.run();
  assert.deepEqual(host.said.length, 1);
});

test("a certificate that is not valid at this host's time ends the start with both times, and is kept for the next one", async () => {
  await using place = await mkdtempDisposable(join(tmpdir(), "veche-joining-ca-"));
  const ca = await InternalCa.open(place.path);
  for (const at of [Date.now() + 2 * dayMs, Date.now() - 6 * 365 * dayMs]) {
    const { certificate } = await ca.issue("videobridge", ["127.0.0.3"], at);
    const files = { "private-tls-cert.pem": certificate };
    await using host = await Join.with((response, token) => give(response, token, { files }));
    assert.match(
      await host.fault("refused"),
      /^the clock of this host says 20\S+Z, but its certificate is valid from 20\S+Z to 20\S+Z: set the clock and start again$/,
    );
    assert.equal(await readFile(join(host.folder, "private-tls-cert.pem"), "utf8"), certificate);
    // The token is used up: the next start must not need it.
    assert.equal((await host.run()).host, "school-7");
    assert.equal(host.questions.length, 1);
  }
});

test("a signalling host that does not answer is tried five times, and named with the reason", async () => {
  const token = newJoinToken(`http://127.0.0.1:${await freePort()}`, "videobridge");
  await using place = await mkdtempDisposable(join(tmpdir(), "veche-joining-"));
  await assert.rejects(
    joinHost(formatJoinToken(token), oneFolder(place.path), () => {}, quick),
    (error) => {
      assert.ok(error instanceof Fault);
      assert.equal(error.exitCode, exitCodes.unreachable);
      assert.equal(
        error.message,
        `${token.origin} can't be reached: connect ECONNREFUSED ${token.origin.replace("http://", "")}`,
      );
      return true;
    },
  );

  await using silent = await Join.with(() => {});
  const said = await silent.fault("unreachable", { answerMs: 200, pauseMs: 1 });
  assert.match(said, /^http:\S+ can't be reached: no answer within 0\.2 s$/);
  assert.equal(silent.questions.length, 5);
});

test("a signalling host that is just starting is asked the same again until it answers", async () => {
  await using host = await Join.with((response, token, asked) => {
    if (asked === 1) response.destroy();
    else if (asked < 4) response.writeHead(503).end("{}");
    else give(response, token);
  });
  await host.run();
  assert.deepEqual(new Set(host.questions).size, 1);
  assert.equal(host.questions.length, 4);
});

test("one that stays away, refuses, or answers something else is quoted", async () => {
  for (const [status, body, expected] of [
    [503, `{"message":"NATS is away"}`, /^http:\S+ answers 503: NATS is away$/],
    [502, "<h1>Bad gateway</h1>", /^http:\S+ answers 502: <h1>Bad gateway<\/h1>$/],
    [404, "", /^http:\S+ knows no such token: it was removed, is not whole, or is another installation's$/],
    [410, `{"message":"it was used"}`, /^it was used; make another: hosts remove …, hosts add …$/],
    [200, "<h1>Welcome</h1>", /^what http:\S+ answered was not sealed with this token/],
  ] as const) {
    await using host = await Join.with((response) => void response.writeHead(status).end(body));
    assert.match(await host.fault("refused"), expected);
  }
});

test("NATS out of reach is said at once, with the port to open, and that the host has joined", async () => {
  const url = `nats://127.0.0.1:${await freePort()}`;
  await using host = await Join.with((response, token) => give(response, token, { env: { NATS_URL: url } }));
  assert.match(
    await host.fault("unreachable"),
    new RegExp(
      `^this host has joined, but NATS at ${url} can't be reached: .*Is that port open, .*not needed to join again$`,
    ),
  );
  assert.equal((await host.run()).role, "videobridge");
});

test("a NATS that refuses what this host was given is told apart from one that is away", { skip: noNats }, async () => {
  await using place = await mkdtempDisposable(join(tmpdir(), "veche-joining-nats-"));
  const [own, other] = [join(place.path, "own"), join(place.path, "other")];
  const accounts = await ensureAccounts(own);
  await ensureAccounts(other);
  await using server = await NatsServer.start(renderAccounts(accounts, { resolver: join(place.path, "jwt") }));
  const given = async (secrets: string) => ({
    env: { NATS_URL: server.url, NATS_CREDS_FILE: "{dir}/nats.creds" },
    files: { "nats.creds": await readFile(credsFileOf(secrets, "videobridge"), "utf8") },
  });
  const [good, bad] = [await given(own), await given(other)];
  await using joined = await Join.with((response, token) => give(response, token, good));
  assert.equal((await joined.run()).host, "school-7");
  await using refused = await Join.with((response, token) => give(response, token, bad));
  const said = await refused.fault("unreachable");
  assert.match(said, /can't be reached: .*nats\.creds/);
  assert.doesNotMatch(said, /ECONNREFUSED/);
});

test("what would be written outside the folder is refused", async () => {
  for (const path of ["../host.env", "/etc/passwd"]) {
    await using host = await Join.with((response, token) => give(response, token, { files: { [path]: "x" } }));
    assert.equal(await host.fault("refused"), `not a path of ours: "${path}"`);
  }
});
