/** Names of people, from the bucket `persons`: kept here as long as they are there. */
import type { Msg, MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import type { Pool } from "pg";

type Person = { readonly displayName?: string; readonly userId?: string; readonly guest?: boolean };

const changes = "$KV.persons.";
const byKey = "$JS.veche.API.DIRECT.GET.KV_persons.$KV.persons.";
/** Records of guests end by their age, which nobody is told of. */
const sweepMs = 6 * 3600_000;

export class Names {
  readonly #nats: NatsConnection;
  readonly #pool: Pool;

  private constructor(nats: NatsConnection, pool: Pool) {
    this.#nats = nats;
    this.#pool = pool;
  }

  /** Takes what has changed since the program ran last, and goes on listening. */
  static async open(nats: NatsConnection, pool: Pool): Promise<Names> {
    const names = new Names(nats, pool);
    void names.#follow();
    await names.sweep();
    setInterval(() => void names.sweep().catch(complain), sweepMs).unref();
    return names;
  }

  /** Of somebody who has come. */
  async take(person: string): Promise<void> {
    const answer = await this.#nats.request(byKey + person, "", { timeout: 5_000 });
    if (isThere(answer.headers)) await this.#put(person, answer.json<Person>());
    else await this.#forget(person);
  }

  /** Forgets who is not in the bucket any more, and takes the names of those who are. */
  async sweep(): Promise<void> {
    const { rows } = await this.#pool.query<{ person: string }>("select distinct person from register.stay");
    for (const { person } of rows) await this.take(person);
  }

  async #follow(): Promise<void> {
    for await (const message of this.#nats.subscribe(`${changes}>`)) await this.#changed(message).catch(complain);
  }

  async #changed({ subject, headers }: Msg): Promise<void> {
    const person = subject.slice(changes.length);
    if (isThere(headers) && !(await this.#hasCome(person))) return;
    await this.take(person);
  }

  async #hasCome(person: string): Promise<boolean> {
    const { rowCount } = await this.#pool.query("select 1 from register.stay where person = $1 limit 1", [person]);
    return rowCount === 1;
  }

  async #put(person: string, { displayName = "", userId = "", guest = false }: Person): Promise<void> {
    await this.#pool.query(
      `insert into register.person values ($1, $2, $3, $4)
       on conflict (person) do update set name = excluded.name, user_id = excluded.user_id, is_guest = excluded.is_guest`,
      [person, displayName, userId, guest],
    );
  }

  async #forget(person: string): Promise<void> {
    await this.#pool.query("delete from register.person where person = $1", [person]);
  }
}

/** A removed key leaves a message that says so, and in the end none. */
function isThere(headers: MsgHdrs | undefined): boolean {
  return (headers?.code ?? 0) < 300 && !headers?.has("KV-Operation");
}

function complain(error: unknown): void {
  console.error(`register: a name waits: ${error instanceof Error ? error.message : String(error)}`);
}
