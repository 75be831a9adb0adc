/** Webhooks as an operator and a receiver have them: the command, the role as processes, a real NATS, real HTTP. */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { NatsBus } from "@veche/kit/nats-bus.ts";
import type { NatsServer } from "@veche/kit/nats-server.ts";
import { createRoot, issue } from "@veche/kit/x509.ts";
import { conference } from "@veche/proto/facts.ts";
import { answer, hang, hangUp, isSignedWith, type Received, Receiver } from "@veche/webhooks/testing/receiver.ts";
import { eventually } from "../harness/wait.ts";
import { credsFileFor, openBus, startServerWithAccounts } from "./accounts.ts";

const root = resolve(import.meta.dirname, "../..");
const room = "k3vq2m7yd5t4c6xw2a7b";
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const ids = (from: number, to: number) => numbers(from, to).map((seq) => `s1-${seq}`);

/** The role, as an installation runs it. */
class Deliverer implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(server: NatsServer, env: Readonly<Record<string, string>> = {}): Promise<Deliverer> {
    const child = spawn(process.execPath, ["services/webhooks/main.ts"], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        PATH: process.env.PATH,
        NATS_URL: server.url,
        NATS_CREDS_FILE: await credsFileFor("webhooks"),
        LOG_LEVEL: "debug",
        VECHE_WEBHOOKS_PORT: "0",
        VECHE_WEBHOOKS_ALLOW: "127.0.0.0/8",
        VECHE_WEBHOOKS_TIMEOUT: "1s",
        ...env,
      },
    });
    const deliverer = new Deliverer(child);
    const ready = Promise.withResolvers<void>();
    const output = createInterface({ input: child.stdout });
    output.on("line", (line) => {
      deliverer.lines.push(line);
      if (line.includes('"msg":"ready"')) ready.resolve();
    });
    output.on("close", () => ready.reject(new Error(`it did not start:\n${deliverer.lines.slice(-10).join("\n")}`)));
    await ready.promise;
    return deliverer;
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    await ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGCONT");
    await this.end("SIGKILL");
  }
}

type Outcome = { readonly code: number; readonly out: string; readonly err: string };

/** `npm run webhooks -- …` */
async function command(server: NatsServer, ...args: readonly string[]): Promise<Outcome> {
  const env = { PATH: process.env.PATH, NATS_URL: server.url, NATS_CREDS_FILE: await credsFileFor("operator") };
  try {
    const program = join(root, "deploy/webhooks/main.ts");
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], { env });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

async function add(server: NatsServer, name: string, url: string, ...more: readonly string[]): Promise<string> {
  const { out, err } = await command(server, "add", name, url, "--facts", "participant.joined", ...more);
  return /whsec_\S+/.exec(out)?.[0] ?? assert.fail(`${out}${err}`);
}

async function recordJoin(bus: NatsBus, seq: number): Promise<void> {
  const values = { tenant: "main", room, session: "s1" };
  const time = new Date().toISOString();
  const fact = { ...values, seq: BigInt(seq), time };
  await bus.record(conference.participantJoined, values, fact, { id: `s1-${seq}`, source: "/focus/f1", time });
}

function untilReceived(receiver: Receiver, count: number): Promise<void> {
  const different = () => new Set(receiver.ids).size;
  const look = () => (different() >= count ? undefined : `${different()} of ${count}`);
  return eventually("all facts arrive", look, { timeoutMs: 40_000 });
}

function inOrder(receiver: Receiver): readonly string[] {
  return receiver.ids.filter((id, index) => index === 0 || id !== receiver.ids[index - 1]);
}

test("from the command to the receiver, who checks a request as the README shows it", async () => {
  await using server = await startServerWithAccounts();
  await using focus = await openBus(server, "focus");
  await using receiver = await Receiver.open();
  assert.match((await command(server, "list")).err, /no deliverer answers.*VECHE_WEBHOOKS=on npm start/);
  await using _ = await Deliverer.start(server);
  assert.match((await command(server, "list")).out, /There are no webhooks yet/);
  const secret = await add(server, "register", receiver.url, "--room", "5А класс");
  const tested = await command(server, "test", "register");
  assert.match(tested.out, /^accepted with status 204 within \d+ ms\n$/, tested.err);
  const here = await add(server, "here", receiver.url.replace("/hook", "/here"), "--room", room);
  await recordJoin(focus, 1);
  await eventually("it arrives", () =>
    receiver.ids.includes("s1-1") ? undefined : `${receiver.ids.join()} ${_.lines.slice(-10).join("\n")}`,
  );

  const source = /<!-- verify -->\s*```js\n([\s\S]+?)```/.exec(
    readFileSync(join(root, "services/webhooks/README.md"), "utf8"),
  );
  const folder = await mkdtemp(join(tmpdir(), "veche-verify-"));
  try {
    await writeFile(join(folder, "verify.mjs"), source?.[1] ?? "");
    const { isGenuine } = (await import(pathToFileURL(join(folder, "verify.mjs")).href)) as {
      isGenuine: (headers: Received["headers"], body: string, secret: string, nowMs?: number) => boolean;
    };
    const [ping, fact] = receiver.received;
    assert.ok(ping && fact);
    assert.equal(isGenuine(ping.headers, ping.text, secret), true);
    assert.equal(isGenuine(fact.headers, fact.text, here), true);
    assert.equal(isGenuine(fact.headers, fact.text, secret), false);
    assert.equal(isGenuine(fact.headers, fact.text.replace("s1", "s2"), here), false);
    assert.equal(isGenuine(fact.headers, fact.text, here, Date.now() + 600_000), false);
  } finally {
    await rm(folder, { recursive: true });
  }

  const { out: listed } = await command(server, "list");
  assert.match(listed, /^NAME +STATE +WAITING +DELIVERED +LAST +FACTS +ADDRESS\nhere +well +0 /);
  const rotated = await command(server, "rotate-secret", "here", "--keep", "1h");
  const next = /whsec_\S+/.exec(rotated.out)?.[0] ?? assert.fail(rotated.err);
  await eventually("the new key is used", async () => {
    await command(server, "test", "here");
    const last = receiver.received.at(-1);
    return last && isSignedWith(next, last) && isSignedWith(here, last) ? undefined : "the former key alone";
  });
  assert.match((await command(server, "remove", "nobody")).err, /there is no webhook "nobody"/);
  assert.equal((await command(server, "remove", "here")).code, 0);
  assert.equal((await command(server, "add", "odd", "https://a.example", "--facts", "joined")).code, 1);
  assert.equal((await command(server, "redeliver", "register", "--from", "yesterday")).code, 2);
});

test("killed again and again, two processes lose nothing and keep the order", async () => {
  await using server = await startServerWithAccounts();
  await using focus = await openBus(server, "focus");
  await using receiver = await Receiver.open();
  await recordJoin(focus, 0);
  let count = 0;
  receiver.usual = (response) => {
    count += 1;
    if (count % 9 === 0) hang(response, receiver.received[0] as Received);
    else if (count % 7 === 0) hangUp(response, receiver.received[0] as Received);
    else answer(204)(response, receiver.received[0] as Received);
  };
  await using steady = await Deliverer.start(server);
  const secret = await add(server, "register", receiver.url);
  for (const round of [0, 1, 2]) {
    await using doomed = await Deliverer.start(server);
    for (const seq of numbers(round * 10 + 1, round * 10 + 10)) await recordJoin(focus, seq);
    await untilReceived(receiver, round * 10 + 4);
    await doomed.end("SIGKILL");
  }
  await steady.end("SIGKILL");
  await using last = await Deliverer.start(server);
  await untilReceived(receiver, 30);
  assert.deepEqual(inOrder(receiver), ids(1, 30));
  for (const received of receiver.received) assert.ok(isSignedWith(secret, received));
  assert.ok(last.lines.length > 0);
  for (const line of [...steady.lines, ...last.lines]) assert.ok(!line.includes(secret));
});

test("a process that stood still sends nothing old once it goes on, and NATS may be killed meanwhile", async () => {
  await using server = await startServerWithAccounts();
  await using focus = await openBus(server, "focus");
  await using receiver = await Receiver.open();
  await recordJoin(focus, 0);
  await using first = await Deliverer.start(server);
  await add(server, "register", receiver.url);
  await recordJoin(focus, 1);
  await untilReceived(receiver, 1);
  first.signal("SIGSTOP");
  await using second = await Deliverer.start(server);
  for (const seq of numbers(2, 6)) await recordJoin(focus, seq);
  await untilReceived(receiver, 6);
  first.signal("SIGCONT");
  for (const seq of numbers(7, 12)) await recordJoin(focus, seq);
  await untilReceived(receiver, 12);
  assert.deepEqual(inOrder(receiver), ids(1, 12));
  await server.kill();
  await server.start();
  for (const seq of numbers(13, 18)) await recordJoin(focus, seq);
  await untilReceived(receiver, 18);
  // What NATS had not written down of the last moments is sent again, from the oldest on.
  assert.deepEqual([...new Set(receiver.ids)], ids(1, 18));
  assert.ok(second.lines.length > 0);
});

test("over https a certificate of one's own authority is believed once the setting names it, and another is not", async () => {
  const folder = await mkdtemp(join(tmpdir(), "veche-ca-"));
  try {
    const authority = await createRoot("A school", Date.now());
    const certificate = await issue(authority, ["localhost", "127.0.0.1"], Date.now());
    await writeFile(join(folder, "ca.pem"), authority.certificate);
    await using server = await startServerWithAccounts();
    await using receiver = await Receiver.open({ key: certificate.key, cert: certificate.certificate });
    {
      await using _ = await Deliverer.start(server);
      await add(server, "register", receiver.url);
      const refused = await command(server, "test", "register");
      assert.deepEqual([refused.code, /certificate/.test(refused.err)], [1, true], refused.err);
      assert.equal(receiver.ids.length, 0);
    }
    await using _ = await Deliverer.start(server, { VECHE_WEBHOOKS_CA_FILE: join(folder, "ca.pem") });
    assert.match((await command(server, "test", "register")).out, /accepted/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
