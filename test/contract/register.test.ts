/** The example of a subscriber: a lesson by script, and the attendance register that comes of it in a real PostgreSQL. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { credsFileOf } from "@veche/deploy/nats/accounts.ts";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import type { EventContract } from "@veche/proto/contract.ts";
import { conference, recording } from "@veche/proto/facts.ts";
import { Kind, PersonSchema, Role } from "@veche/proto/gen/veche/conference/v1/conference_pb.ts";
import { roomId } from "@veche/proto/ids.ts";
import type { RoleName } from "@veche/proto/roles.ts";
import { buckets } from "@veche/proto/storage.ts";
import pg from "pg";
import { findPostgres, Postgres } from "../harness/postgres.ts";
import { eventually } from "../harness/wait.ts";
import { Installation, runNode } from "../hosts/installation.ts";

const main = resolve(import.meta.dirname, "../../deploy/examples/register/main.ts");
const skip = findPostgres() ? false : "PostgreSQL is not installed (Debian: postgresql)";
const room = roomId("5А");
const group = roomId("5А группа 1");

function openAs(installation: Installation, role: RoleName): Promise<NatsBus> {
  const { natsUrl, caFile, secrets } = installation;
  const config = { url: natsUrl, caFile, credsFile: credsFileOf(secrets, role) };
  return NatsBus.open(config, { role, instance: role, version: "0", host: "here" }, { log: silentLog });
}

/** The program, as a school runs it. */
class Register implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(env: Readonly<Record<string, string>>): Promise<Register> {
    const child = spawn(process.execPath, [main], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value } = await lines.next();
    assert.equal(value, "register: ready");
    child.stdout.resume();
    return new Register(child);
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    await ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

type FactSubject = `conference.v1.{tenant}.{room}.{session}.${string}`;

type Sitting = { readonly session: string; readonly room: string };
const lesson: Sitting = { session: "lesson", room };
const breakout: Sitting = { session: "breakout", room: group };

/** A focus that says facts at the times of a script: "08:05" is five past eight. */
class Focus {
  readonly #bus: NatsBus;
  readonly #seq = new Map<string, number>();
  epoch = 1n;

  constructor(bus: NatsBus) {
    this.#bus = bus;
  }

  started(of: Sitting, at: string, mainRoom = ""): Promise<void> {
    return this.#say(conference.sessionStarted, of, at, { mainRoom });
  }

  resumed(of: Sitting, at: string): Promise<void> {
    return this.#say(conference.sessionResumed, of, at, {});
  }

  ended(of: Sitting, at: string): Promise<void> {
    return this.#say(conference.sessionEnded, of, at, { reason: "empty" });
  }

  joined(
    of: Sitting,
    at: string,
    who: string,
    endpoint: string,
    { kind = Kind.WEB, role = Role.MEMBER }: { kind?: Kind; role?: Role } = {},
  ): Promise<void> {
    const participant = { endpoint, person: `p_${who}`, kind, role };
    return this.#say(conference.participantJoined, of, at, { participant });
  }

  left(of: Sitting, at: string, who: string, endpoint: string, reason = "client"): Promise<void> {
    return this.#say(conference.participantLeft, of, at, { participant: { endpoint, person: `p_${who}` }, reason });
  }

  spoke(of: Sitting, at: string, endpoint: string): Promise<void> {
    return this.#say(conference.speakerChanged, of, at, { endpoint });
  }

  /** As a focus that has not noticed yet that the room is another's. */
  async outdated(of: Sitting, at: string, who: string, endpoint: string): Promise<void> {
    const epoch = this.epoch;
    this.epoch = epoch - 1n;
    await this.left(of, at, who, endpoint);
    this.epoch = epoch;
    this.#seq.set(of.session, (this.#seq.get(of.session) ?? 1) - 1);
  }

  async #say(
    contract: EventContract<FactSubject>,
    { session, room }: Sitting,
    at: string,
    fields: object,
  ): Promise<void> {
    const seq = (this.#seq.get(session) ?? 0) + 1;
    this.#seq.set(session, seq);
    const values = { tenant: "main", room, session };
    const time = `2026-09-01T${at}:00.000Z`;
    const fact = { ...values, epoch: this.epoch, seq: BigInt(seq), time, ...fields };
    await this.#bus.record(contract, values, fact, {
      id: `${session}-${this.epoch}-${seq}`,
      source: "/focus/f1",
      time,
    });
  }
}

test("a lesson with a crash, a lost server, a breakout room and replays: the register is right", { skip }, async () => {
  await using installation = await Installation.start();
  await using postgres = await Postgres.start();
  await using bus = await openAs(installation, "focus");
  await using recorder = await openAs(installation, "recorder");
  const folder = await mkdtemp(join(tmpdir(), "veche-register-"));
  await using _ = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
  const focus = new Focus(bus);
  const persons = await bus.bucket(buckets.persons, PersonSchema);
  for (const [key, displayName] of [
    ["p_teacher", "Мария Ивановна"],
    ["p_anna", "Анна"],
    ["p_boris", "Борис"],
  ] as const)
    await persons.put(key, { person: key, displayName, userId: key === "p_boris" ? "boris" : "" });

  await focus.started(lesson, "08:00");
  const added = await installation.run("subscribers", ["add", "register", "--read", "conference,persons"]);
  assert.equal(added.code, 0, added.err);
  const env = {
    NATS_URL: installation.natsUrl,
    NATS_CA_FILE: installation.caFile,
    NATS_CREDS_FILE: join(installation.secrets, "nats/subscribers/register/register.creds"),
    REGISTER_DATABASE_URL: postgres.url,
  };
  const ask = async <T extends object>(sql: string): Promise<T[]> => {
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    try {
      return (await client.query<T>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const untilStays = (count: number) =>
    eventually(
      `${count} stays`,
      async () => {
        const [row] = await ask<{ count: string }>("select count(*) from register.stay");
        return row?.count === String(count) ? undefined : `found ${row?.count}`;
      },
      { timeoutMs: 60_000 },
    );

  {
    await using first = await Register.start(env);
    await focus.joined(lesson, "08:01", "teacher", "t1", { role: Role.MODERATOR });
    await focus.joined(lesson, "08:01", "recorder", "r1", { kind: Kind.RECORDER });
    await focus.joined(lesson, "08:02", "anna", "a1");
    await focus.spoke(lesson, "08:03", "t1");
    await focus.joined(lesson, "08:10", "boris", "b1");
    await focus.joined(lesson, "08:12", "anna", "a2");
    await untilStays(5);
    // The database crashes and comes back: what happened meanwhile is entered then.
    await postgres.kill();
    await focus.left(lesson, "08:20", "anna", "a1");
    await postgres.start();
    await eventually("the same process goes on", async () => {
      const found = await ask("select 1 from register.stay where endpoint = 'a1' and left_at is not null");
      return found.length === 1 ? undefined : "nobody has left";
    });
    await focus.started(breakout, "08:24", room);
    await focus.left(lesson, "08:25", "boris", "b1", "moved");
    await first.kill();
  }
  await focus.joined(breakout, "08:25", "boris", "b2");
  await focus.left(breakout, "08:35", "boris", "b2", "moved");
  await focus.ended(breakout, "08:35");
  await focus.joined(lesson, "08:35", "boris", "b3");
  await using second = await Register.start(env);
  focus.epoch = 2n;
  await focus.resumed(lesson, "08:40");
  await focus.outdated(lesson, "08:40", "teacher", "t1");
  await focus.left(lesson, "08:40", "anna", "a2", "server-lost");
  await focus.joined(lesson, "08:41", "anna", "a3");
  for (const [who, endpoint] of [
    ["boris", "b3"],
    ["anna", "a3"],
    ["recorder", "r1"],
    ["teacher", "t1"],
  ] as const)
    await focus.left(lesson, "08:45", who, endpoint, "ended");
  await focus.ended(lesson, "08:45");
  const values = { tenant: "main", room, session: "lesson" };
  const time = "2026-09-01T08:50:00.000Z";
  const kept = { ...values, seq: 1n, time, recording: "rec1" };
  await recorder.record(recording.recordingAvailable, values, kept, { id: "rec1-1", source: "/recorder/r", time });
  await untilStays(8);

  await writeFile(join(folder, "5a.csv"), "room;name;user\n5А;анна;\n5А;Борис Петров;boris\n5А;Вера;\n");
  const listed = await runNode([main, "class-list", join(folder, "5a.csv")], env);
  assert.equal(listed.out, "register: 3 people in 1 rooms", listed.err);
  const roster = async () => (await runNode([main, "export", "lesson"], env)).out.split(/\r?\n/).sort();
  const at = (clock: string) => `2026-09-01T${clock}:00.000Z`;
  const begin = `lesson,5А,${at("08:01")}`;
  const wanted = [
    "lesson,room,began_at,name,person,status,first_join,last_leave,minutes",
    `${begin},анна,p_anna,present,${at("08:02")},${at("08:45")},42.0`,
    `${begin},Борис Петров,p_boris,late,${at("08:10")},${at("08:45")},35.0`,
    `${begin},Вера,,absent,,,0`,
    `${begin},Мария Ивановна,p_teacher,present,${at("08:01")},${at("08:45")},44.0`,
  ].sort();
  await eventually(
    "the register is whole",
    async () => {
      const found = await roster();
      return found.join() === wanted.join() ? undefined : found.join("\n");
    },
    { timeoutMs: 60_000 },
  );
  assert.deepEqual(await ask("select lesson from register.lesson"), [{ lesson: "lesson" }]);

  const everything = async () => JSON.stringify(await ask("select * from register.stay order by session, joined_seq"));
  const before = await everything();
  await second.kill("SIGTERM");
  assert.equal((await installation.run("subscribers", ["replay", "register"])).code, 0);
  await using third = await Register.start(env);
  await eventually(
    "all is read again",
    async () => {
      const { out } = await installation.run("subscribers", ["list"]);
      return /CONFERENCE 0\b/.test(out) ? undefined : out;
    },
    { timeoutMs: 60_000 },
  );
  assert.equal(await everything(), before);
  assert.deepEqual(await roster(), wanted);

  // Erased where names are kept, erased here; who did not come can't be told any more.
  await persons.purge("p_boris");
  await eventually("the name is gone", async () => {
    const found = await ask<{ person: string }>("select person from register.person where person = 'p_boris'");
    return found.length === 0 ? undefined : "it is there";
  });
  const after = await roster();
  assert.ok(after.includes(`${begin},,p_boris,late,${at("08:10")},${at("08:45")},35.0`), after.join("\n"));
  assert.deepEqual(after.filter((row) => row.includes(",unknown,")).length, 2);
  await third.kill("SIGTERM");
});
