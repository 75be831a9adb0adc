/**
 * From one nats-server to a cluster. A member of a cluster does not know the streams it kept while it was alone, and new ones
 * of the same names would take their place: so members keep theirs in a folder of their own (cluster.ts), and what was before
 * is carried over once, with its sequence numbers, times and durable consumers.
 */

import type { connectOnce } from "@veche/kit/nats-link.ts";
import { type BucketContract, buckets } from "@veche/proto/storage.ts";
import { Fault } from "../users/fault.ts";
import { deleteStream, restoreStream, snapshotOf, streamNames } from "./snapshots.ts";

type NatsConnection = Awaited<ReturnType<typeof connectOnce>>;

/** What lives no longer than this is written again by those who run. */
const briefMs = 60_000;

/** Of what is under way now, and of processes that run: none of it is true on another server. */
const brief: readonly string[] = Object.values<BucketContract>(buckets)
  .filter(({ name, ttlMs }) => name === buckets.units.name || (ttlMs > 0 && ttlMs <= briefMs))
  .map(({ name }) => `KV_${name}`);

/**
 * Returns how many messages each stream has now. Roles must not have begun to use the cluster: a stream with messages there is
 * not touched, and named.
 */
export async function carryOver(from: NatsConnection, to: NatsConnection): Promise<Readonly<Record<string, number>>> {
  const there = await streamNames(to);
  const wanted = (await streamNames(from)).filter((name) => !brief.includes(name));
  const used: string[] = [];
  for (const name of wanted) if (there.includes(name) && (await messagesIn(to, name)) > 0) used.push(name);
  if (used.length > 0) {
    throw new Fault(
      "refused",
      `the cluster has its own ${used.join(", ")} already: end all roles and delete them there first`,
    );
  }
  const carried: Record<string, number> = {};
  for (const name of wanted) {
    const snapshot = await snapshotOf(from, name);
    if (!snapshot) continue;
    if (there.includes(name)) await deleteStream(to, name);
    carried[name] = await restoreStream(to, snapshot, snapshot.pieces);
  }
  return carried;
}

async function messagesIn(connection: NatsConnection, stream: string): Promise<number> {
  const answer = await connection.request(`$JS.API.STREAM.INFO.${stream}`, "", { timeout: 10_000 });
  return answer.json<{ readonly state?: { readonly messages?: number } }>().state?.messages ?? 0;
}
