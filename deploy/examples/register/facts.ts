/** What each fact changes in the register. */
import type { ClientBase } from "pg";

/** The fields of conference facts that the register looks at (proto/README.md). 64-bit numbers are text. */
export type Fact = {
  readonly tenant: string;
  readonly room: string;
  readonly session: string;
  readonly epoch: string;
  readonly seq: string;
  readonly time: string;
  /** session.started of a breakout room. */
  readonly mainRoom?: string;
  readonly participant?: {
    readonly endpoint: string;
    readonly person: string;
    readonly kind: string;
    readonly role: string;
  };
  /** participant.left. */
  readonly reason?: string;
};

type Change = (client: ClientBase, fact: Fact) => Promise<unknown>;

const changes: Readonly<Record<string, Change>> = {
  "session.ended": async (client, { session, time }) => {
    await client.query("update register.session set ended_at = $2 where session = $1", [session, time]);
    // There is nobody left by then; should there be, nobody stays for ever.
    await client.query(
      "update register.stay set left_at = greatest($2, joined_at), left_reason = 'ended' where session = $1 and left_at is null",
      [session, time],
    );
  },
  "participant.joined": (client, { session, seq, time, participant }) =>
    client.query(
      `insert into register.stay (session, joined_seq, endpoint, person, kind, is_moderator, joined_at)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
      [session, seq, participant?.endpoint, participant?.person, participant?.kind, isModerator(participant), time],
    ),
  "participant.left": (client, { session, seq, time, reason, participant }) =>
    client.query(
      `update register.stay set left_at = greatest($3::timestamptz, joined_at), left_reason = $4
       where session = $1 and endpoint = $2 and left_at is null and joined_seq < $5`,
      [session, participant?.endpoint, time, reason, seq],
    ),
  "participant.role-changed": (client, { session, participant }) =>
    client.query(
      "update register.stay set is_moderator = is_moderator or $3 where session = $1 and endpoint = $2 and left_at is null",
      [session, participant?.endpoint, isModerator(participant)],
    ),
};

/** "participant.joined" of "conference.v1.<tenant>.<room>.<session>.participant.joined". */
export function factName(subject: string): string {
  return subject.split(".").slice(5).join(".");
}

/** Recorders and gateways number what they say by themselves, and none of it is about attendance. */
export function isNumberedBySession(name: string): boolean {
  return !/^sip\.|^recording\.(segment-stored|available|deleted)$/.test(name);
}

/**
 * done: it is in the register. known: it was there already. outdated: it is from a focus that had lost the room when it said it.
 * early: one before it is still on its way.
 */
export type Outcome = "done" | "known" | "outdated" | "early";

/** Puts a fact into the register, in one transaction. `acceptsHole`: what is before it will not come any more. */
export async function apply(client: ClientBase, name: string, fact: Fact, acceptsHole: boolean): Promise<Outcome> {
  await client.query("begin");
  try {
    const outcome = await change(client, name, fact, acceptsHole);
    await client.query(outcome === "done" ? "commit" : "rollback");
    return outcome;
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  }
}

async function change(client: ClientBase, name: string, fact: Fact, acceptsHole: boolean): Promise<Outcome> {
  const { rows } = await client.query<{ epoch: string; seq: string }>(
    "select epoch, seq from register.session where session = $1 for update",
    [fact.session],
  );
  const outcome = judge(rows[0], fact, acceptsHole);
  if (outcome !== "done") return outcome;
  // The first fact of a session that began before the register did is as good as its start.
  await openSession(client, fact);
  await client.query("update register.session set epoch = $2, seq = $3 where session = $1", [
    fact.session,
    fact.epoch,
    fact.seq,
  ]);
  await changes[name]?.(client, fact);
  return "done";
}

/** A new owner of the room goes on numbering; what the former one said after that counts no more. */
export function judge(
  stored: { readonly epoch: string; readonly seq: string } | undefined,
  { epoch, seq }: Pick<Fact, "epoch" | "seq">,
  acceptsHole: boolean,
): Outcome {
  const last = BigInt(stored?.seq ?? 0);
  if (stored && BigInt(epoch) < BigInt(stored.epoch)) return "outdated";
  if (stored && epoch === stored.epoch && BigInt(seq) <= last) return "known";
  return BigInt(seq) > last + 1n && !acceptsHole ? "early" : "done";
}

async function openSession(client: ClientBase, fact: Fact): Promise<void> {
  const { session, tenant, room, epoch, time, mainRoom = "" } = fact;
  await client.query(
    `insert into register.session (session, tenant, room, main_room, epoch, seq, started_at)
     values ($1, $2, $3, $4, $5, 0, $6) on conflict (session) do nothing`,
    [session, tenant, room, mainRoom, epoch, time],
  );
}

function isModerator(participant: Fact["participant"]): boolean {
  return participant?.role === "MODERATOR";
}
