/** What another team gets: the ten-line subscriber of proto/README.md, and `npm run events`. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { credsFileOf } from "@veche/deploy/nats/accounts.ts";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { conference } from "@veche/proto/facts.ts";
import { Kind } from "@veche/proto/gen/veche/conference/v1/conference_pb.ts";
import { Installation } from "../hosts/installation.ts";
import { credsFileFor, openBus, startServerWithAccounts } from "./accounts.ts";

const root = resolve(import.meta.dirname, "../..");

class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { PATH: process.env.PATH, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  async next(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("expected a line, found the end of the output");
    return value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}

async function recordJoin(bus: NatsBus, seq: number): Promise<void> {
  const values = { tenant: "main", room: "k3vq2m7yd5t4c6xw2a9b", session: "s1" };
  const time = "2026-09-01T06:00:03.214Z";
  const participant = { endpoint: "a1b2c3d4", person: `p_${seq}`, kind: Kind.WEB };
  await bus.record(
    conference.participantJoined,
    values,
    { ...values, epoch: 1n, seq: BigInt(seq), time, participant },
    { id: `join-${seq}`, source: "/test", time },
  );
}

test("the subscriber of proto/README.md prints joins and goes on where it was after it was stopped", async () => {
  await using installation = await Installation.start();
  const { natsUrl, caFile, secrets } = installation;
  await using bus = await NatsBus.open(
    { url: natsUrl, caFile, credsFile: credsFileOf(secrets, "focus") },
    { role: "focus", instance: "f", version: "0", host: "here" },
    { log: silentLog },
  );
  await recordJoin(bus, 1);
  assert.equal((await installation.run("subscribers", ["add", "register", "--read", "conference"])).code, 0);
  const creds = join(secrets, "nats/subscribers/register/register.creds");
  const env = { NATS_URL: natsUrl, NATS_CREDS_FILE: creds, NATS_CA_FILE: caFile };
  const example = ["proto/examples/subscriber.ts"];
  {
    await using subscriber = new Program(example, env);
    assert.equal(await subscriber.next(), "participant joined s1 1 p_1");
    const next = subscriber.next();
    await recordJoin(bus, 2);
    assert.equal(await next, "participant joined s1 2 p_2");
    await recordJoin(bus, 3);
    assert.equal(await subscriber.next(), "participant joined s1 3 p_3");
  }
  await recordJoin(bus, 4);
  await using again = new Program(example, env);
  // What it had acknowledged does not come again; of the last the server may not have heard.
  assert.match(await again.next(), /participant joined s1 [34] p_[34]/);
});

test("npm run events replays what is stored and then shows what happens", async () => {
  await using server = await startServerWithAccounts();
  await using bus = await openBus(server, "focus");
  await recordJoin(bus, 1);
  const env = { NATS_URL: server.url, NATS_CREDS_FILE: await credsFileFor("operator") };
  await using events = new Program(["deploy/local/events.ts", "--replay", "participant"], env);
  assert.match(await events.next(), /k3vq2m7y +1 participant\.joined +endpoint=a1b2c3d4 person=p_1 kind=WEB/);
  const next = events.next();
  await recordJoin(bus, 2);
  assert.match(await next, /k3vq2m7y +2 participant\.joined/);
});

test("npm run events ends after what is stored when asked to", async () => {
  await using server = await startServerWithAccounts();
  await using bus = await openBus(server, "focus");
  await recordJoin(bus, 1);
  const env = { NATS_URL: server.url, NATS_CREDS_FILE: await credsFileFor("operator") };
  const child = spawn(process.execPath, ["deploy/local/events.ts", "--until-now", "--json"], {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  // Its last lines may come after "exit".
  assert.deepEqual(await once(child, "close"), [0, null]);
  assert.equal(lines.length, 1);
  assert.equal(JSON.parse(lines[0] ?? "").body.participant.kind, "WEB");
});
