/**
 * Writes an attendance register into PostgreSQL from the facts of conferences. An example of a subscriber: NATS, PostgreSQL and
 * proto/README.md are all that it knows.
 *
 *   node main.ts                          follows the facts, until it is ended
 *   node main.ts class-list <file.csv>    who should be there; replaces the lists of the rooms in it
 *   node main.ts export [lesson]          the register as CSV
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type JsMsg, jetstream } from "@nats-io/jetstream";
import { connect, credsAuthenticator } from "@nats-io/transport-node";
import pg from "pg";
import { readCsv, writeCsv } from "./csv.ts";
import { apply, type Fact, factName, isNumberedBySession } from "./facts.ts";
import { Names } from "./names.ts";

const {
  NATS_URL: servers = "nats://127.0.0.1:4222",
  NATS_CREDS_FILE: creds = "register.creds",
  NATS_CA_FILE: caFile,
  REGISTER_DATABASE_URL: connectionString = "postgres://127.0.0.1/register",
  REGISTER_SUBSCRIBER: subscriber = "register",
} = process.env;

const againMs = 1_000;
/**
 * What was under way when this program died comes again after 30 s, when newer facts of the session have come already. They are
 * put off for so often; after that, what is missing has left the stream.
 */
const early = { pauseMs: 2_000, times: 20 } as const;

const pool = new pg.Pool({ connectionString, max: 4 });
// A connection that breaks says so beside the query that it fails: without a listener that would end the program.
pool.on("connect", (client) => client.on("error", (error) => console.error(`register: PostgreSQL: ${error.message}`)));
pool.on("error", () => {});

const [command = "run", argument = ""] = process.argv.slice(2);
const commands: Readonly<Record<string, () => Promise<void>>> = {
  run: follow,
  "class-list": () => readClassList(argument),
  export: () => exportRegister(argument),
};

try {
  const action = commands[command];
  if (!action) throw new Error(`expected one of ${Object.keys(commands).join(", ")}, found "${command}"`);
  await persist("the schema", () => pool.query(readFileSync(new URL("schema.sql", import.meta.url), "utf8")));
  await action();
} catch (error) {
  console.error(`register: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await pool.end();
}

async function follow(): Promise<void> {
  const nats = await connect({
    servers,
    authenticator: credsAuthenticator(readFileSync(creds)),
    maxReconnectAttempts: -1,
    ...(caFile === undefined ? {} : { tls: { caFile } }),
  });
  const names = await Names.open(nats, pool);
  const consumer = await jetstream(nats, { domain: "veche" }).consumers.get("CONFERENCE", subscriber);
  const messages = await consumer.consume({ max_messages: 1 });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => messages.stop());
  console.log("register: ready");
  for await (const message of messages) await enter(message, names);
  await nats.close();
}

/** Acknowledged once it is in the database. */
async function enter(message: JsMsg, names: Names): Promise<void> {
  const name = factName(message.subject);
  if (!isNumberedBySession(name)) return message.ack();
  const fact = message.json<Fact>();
  const acceptsHole = message.info.deliveryCount > early.times;
  const outcome = await persist(
    name,
    async () => {
      const client = await pool.connect();
      try {
        return await apply(client, name, fact, acceptsHole);
      } finally {
        client.release();
      }
    },
    () => message.working(),
  );
  if (outcome === "early") return message.nak(early.pauseMs);
  if (outcome === "outdated")
    console.log(`register: ${name} ${fact.session} ${fact.seq} was said by a focus that had lost the room`);
  if (name === "participant.joined" && fact.participant)
    await names
      .take(fact.participant.person)
      .catch((error: unknown) => console.error(`register: a name is missing: ${error}`));
  message.ack();
}

/** Again until it is done: a database or a NATS that is away comes back. */
async function persist<T>(what: string, action: () => Promise<T>, whileWaiting = () => {}): Promise<T> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await action();
    } catch (error) {
      const isOurs = error instanceof pg.DatabaseError && !/^(08|53|57)/.test(error.code ?? "");
      if (isOurs) throw error;
      if (isFirst) console.error(`register: ${what} waits: ${error instanceof Error ? error.message : String(error)}`);
      whileWaiting();
      await new Promise((resolve) => setTimeout(resolve, againMs));
    }
  }
}

/** Columns `room` and `name`, and `user` where there are accounts, in any order. */
async function readClassList(path: string): Promise<void> {
  const [head = [], ...rows] = readCsv(readFileSync(path, "utf8"));
  const column = (name: string) => head.findIndex((one) => one.toLowerCase() === name);
  if (column("room") < 0 || column("name") < 0)
    throw new Error(`${path}: expected a first row with room and name, found "${head.join(",")}"`);
  const client = await pool.connect();
  try {
    await client.query("begin");
    const rooms = new Set(rows.map((row) => roomId(row[column("room")] ?? "")));
    await client.query("delete from register.class_list where room = any($1)", [[...rooms]]);
    for (const row of rows) {
      const [room = "", name = "", user = ""] = ["room", "name", "user"].map((one) => row[column(one)] ?? "");
      await client.query("insert into register.class_list values ($1, $2, $3, $4)", [roomId(room), room, name, user]);
    }
    await client.query("commit");
    console.log(`register: ${rows.length} people in ${rooms.size} rooms`);
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}

async function exportRegister(lesson: string): Promise<void> {
  const { rows } = await pool.query<Record<string, string | null>>(
    `select lesson, coalesce(lesson.room_name, lesson.room) as room, lesson.began_at, roster.name, roster.person, roster.status,
       roster.first_join, roster.last_leave, roster.minutes
     from register.roster join register.lesson using (lesson)
     where $1 in ('', lesson) order by lesson.began_at, lesson, roster.name, roster.person`,
    [lesson],
  );
  const columns = ["lesson", "room", "began_at", "name", "person", "status", "first_join", "last_leave", "minutes"];
  process.stdout.write(writeCsv([columns, ...rows.map((row) => columns.map((column) => shown(row[column])))]));
}

function shown(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value ?? "");
}

/** proto/README.md, promise 2. What looks like an id is one. */
function roomId(name: string): string {
  if (/^[a-z2-7]{20}$/.test(name)) return name;
  const folded = name.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
  const bits = [...createHash("sha256").update(folded).digest()]
    .map((byte) => byte.toString(2).padStart(8, "0"))
    .join("");
  const letters =
    bits.match(/.{5}/g)?.map((five) => "abcdefghijklmnopqrstuvwxyz234567"[Number.parseInt(five, 2)]) ?? [];
  return letters.join("").slice(0, 20);
}
