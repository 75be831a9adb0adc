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

/** A cluster that has just begun refuses streams until it knows all its servers. */
const attempts = 90;
const againMs = 1_000;
/** What nobody here can see. */
const ask = "are all three servers up, and do they reach one another at NATS_CLUSTER_PORT?";
/** Copies are made behind the answer. */
const settledMs = 60_000;
const settledAgainMs = 200;

/**
 * Returns how many messages each stream has now; what was carried over before is left out, so it may be run again. Roles must
 * not have begun to use the cluster: a stream with other messages there is not touched, and named.
 */
export async function carryOver(from: NatsConnection, to: NatsConnection): Promise<Readonly<Record<string, number>>> {
  const wanted: string[] = [];
  const used: string[] = [];
  for (const name of await streamNames(from)) {
    if (brief.includes(name)) continue;
    const { state: before = nothing } = await infoOf(from, name);
    const { state: now = nothing } = await infoOf(to, name);
    if (now.last_seq === before.last_seq && now.messages === before.messages) continue;
    if (now.messages > 0) used.push(name);
    else wanted.push(name);
  }
  if (used.length > 0) {
    const named = used.join(", ");
    throw new Fault("refused", `the cluster has its own ${named} already: end all roles and delete them there first`);
  }
  const carried: Record<string, number> = {};
  for (const name of wanted) carried[name] = await carry(name, from, to);
  // Servers that are started anew meanwhile must not find themselves with fewer messages than the one that took them.
  for (const name of wanted) await settled(name, to);
  return carried;
}

/** Until all copies of a stream have all of it. */
async function settled(name: string, to: NatsConnection): Promise<void> {
  const deadline = performance.now() + settledMs;
  for (;;) {
    const { cluster } = await infoOf(to, name);
    const copies = cluster?.replicas ?? [];
    if (copies.every(({ current, offline }) => current === true && offline !== true)) return;
    if (performance.now() > deadline)
      throw new Fault("refused", `${name} is in the cluster, but not all of its copies are whole: ${ask}`);
    await new Promise((resolve) => setTimeout(resolve, settledAgainMs));
  }
}

async function carry(name: string, from: NatsConnection, to: NatsConnection): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await deleteStream(to, name);
      const snapshot = await snapshotOf(from, name);
      return snapshot ? await restoreStream(to, snapshot, snapshot.pieces) : 0;
    } catch (error) {
      if (attempt === attempts) throw error instanceof Fault ? new Fault("refused", `${error.message}: ${ask}`) : error;
      await agreeOnSomething(to).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, againMs));
    }
  }
}

/**
 * A server whose first answer to the leader of the cluster was lost, as its route had only begun, is not counted as a peer until
 * it answers again, and it is asked only where there is something new to agree on: a stream of three copies, for which it is
 * missing, is not even proposed. One of one copy is (nats-server 2.10, raft.go: trackPeer).
 */
async function agreeOnSomething(cluster: NatsConnection): Promise<void> {
  const name = "CARRY_OVER";
  const config = { name, subjects: ["carry-over"], storage: "memory", num_replicas: 1 };
  await cluster.request(`$JS.API.STREAM.CREATE.${name}`, JSON.stringify(config), { timeout: 10_000 });
  await deleteStream(cluster, name);
}

type StreamState = { readonly messages: number; readonly last_seq: number };

/** Of a stream that is not there. */
const nothing: StreamState = { messages: 0, last_seq: -1 };

/** As the server describes a stream; of one that is not there it says neither. */
type StreamInfo = {
  readonly state?: StreamState;
  readonly cluster?: { readonly replicas?: readonly { readonly current?: boolean; readonly offline?: boolean }[] };
};

async function infoOf(connection: NatsConnection, stream: string): Promise<StreamInfo> {
  const answer = await connection.request(`$JS.API.STREAM.INFO.${stream}`, "", { timeout: 10_000 });
  return answer.json<StreamInfo>();
}
