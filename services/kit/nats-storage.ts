import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamUpdateConfig,
} from "@nats-io/jetstream";
import { nanos, headers as newHeaders } from "@nats-io/transport-node";
import { type BucketContract, type StreamContract, streams } from "@veche/proto/storage.ts";
import { busLimits } from "./bus-limits.ts";
import { VecheError } from "./errors.ts";
import type { Log } from "./log.ts";
import { hasApiCode, isNoResponders, isShortOfServers, isStorageNotReady } from "./nats-errors.ts";
import type { NatsLink } from "./nats-link.ts";
import { type Delivered, type Reading, readAll } from "./nats-reader.ts";
import { matchesFilter } from "./subject.ts";

type Wanted = Partial<StreamConfig> & { readonly name: string };

/**
 * Without the check a role needs no right to ask for the whole account. A question that a restarting server lost is
 * asked again before the limit of a step.
 */
const apiOptions = { checkAPI: false, timeout: 1500 };

/**
 * Twice as long as a write is repeated: the server remembers no longer, or each write would stay in its memory. A value that
 * lives shorter is gone by then.
 */
const bucketDuplicatesMs = { alone: 2 * busLimits.recordMs, clustered: 2 * busLimits.clusterRecordMs } as const;

/** As many servers as may keep a stream; one of them may be lost. */
const clusterReplicas = 3;

/** Until the third server is there, or has room. */
const growAgainMs = 5_000;

/** Where a stream is not allowed its size, the smallest that is still tried. */
const leastStreamBytes = 64 * 1024 ** 2;

/** Streams and what buckets are made of: created where they are missing, read, and written so that a repeat is harmless. */
export class NatsStorage {
  readonly jsm: JetStreamManager;
  readonly js: JetStreamClient;
  readonly #link: NatsLink;
  readonly #inboxPrefix: string;
  readonly #log: Log;
  readonly #ensured = new Map<string, Promise<void>>();
  /** Streams that are kept otherwise than the table has them. */
  readonly #kept = new Map<string, StreamContract>();
  readonly #growing = new Map<string, NodeJS.Timeout>();

  private constructor(link: NatsLink, inboxPrefix: string, jsm: JetStreamManager, log: Log) {
    this.#link = link;
    this.#inboxPrefix = inboxPrefix;
    this.jsm = jsm;
    this.js = jetstream(link.nc, apiOptions);
    this.#log = log;
  }

  static async open(link: NatsLink, inboxPrefix: string, log: Log): Promise<NatsStorage> {
    return new NatsStorage(link, inboxPrefix, await jetstreamManager(link.nc, apiOptions), log);
  }

  /** Retries what may pass (a server that reads its files after a restart) until the limit. */
  attempt<T>(what: string, action: (remainingMs: number) => Promise<T>): Promise<T> {
    const options = { limitMs: this.#link.recordMs, mayPass: isStorageNotReady };
    return this.#link.attempt(what, options, action).catch((error: unknown) => {
      if (!isNoResponders(error)) throw error;
      throw new VecheError("unavailable", `${what}: JetStream does not answer`, { cause: error });
    });
  }

  /** Stores a message; a repeated id is stored once. Returns its sequence. */
  async store(
    subject: string,
    body: string,
    id: string,
    headers: Readonly<Record<string, string>> = {},
    expectedSequence?: number,
  ): Promise<number> {
    const expect = expectedSequence === undefined ? {} : { expect: { lastSubjectSequence: expectedSequence } };
    const ack = await this.attempt(subject, (remainingMs) => {
      const all = newHeaders();
      for (const [name, value] of Object.entries(headers)) all.set(name, value);
      const timeout = Math.min(remainingMs, busLimits.requestMs);
      return this.js.publish(subject, body, { msgID: id, headers: all, timeout, ...expect });
    });
    return ack.seq;
  }

  async record(subject: string, body: string, id: string, headers: Readonly<Record<string, string>>): Promise<void> {
    const stream = Object.values(streams).find((one) => one.subjects.some((filter) => matchesFilter(filter, subject)));
    if (!stream) throw new VecheError("failed-precondition", `${subject}: no stream keeps it`);
    await this.ensureStream(stream);
    try {
      await this.store(subject, body, id, headers);
    } catch (error) {
      // The stream may have been removed since: then the next attempt makes it again.
      if (isNoResponders(error)) this.#ensured.delete(stream.name);
      throw error;
    }
  }

  async *read(contract: StreamContract, filter: string, deliver: Reading["deliver"]): AsyncIterable<Delivered> {
    await this.ensureStream(contract);
    yield* this.readStream(contract.name, filter, deliver);
  }

  async *readStream(stream: string, filter: string, deliver: Reading["deliver"]): AsyncIterable<Delivered> {
    // Asked of the leader: the server that lists the messages may be one that is behind.
    const query = { last_by_subj: filter };
    const last = await this.attempt(`stream ${stream}`, () => this.jsm.streams.getMessage(stream, query));
    if (!last) return;
    const reading = { stream, filter, deliver };
    yield* readAll(this.#link, this.jsm, this.#inboxPrefix, reading, last.seq, this.#log);
  }

  keepStream(contract: StreamContract): Promise<void> {
    this.#kept.set(contract.name, contract);
    this.#ensured.delete(contract.name);
    return this.ensureStream(contract);
  }

  ensureStream(asked: StreamContract): Promise<void> {
    const contract = this.#kept.get(asked.name) ?? asked;
    return this.#ensure({
      name: contract.name,
      subjects: [...contract.subjects],
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      storage: StorageType.File,
      max_age: nanos(contract.maxAgeMs),
      max_bytes: contract.maxBytes === 0 ? -1 : contract.maxBytes,
      duplicate_window: nanos(contract.duplicateWindowMs),
      num_replicas: this.#replicas,
    });
  }

  /**
   * A bucket is a stream as the key-value convention has it (nats-architecture-and-design, ADR-8). `isOurs`: this role may
   * change how it is kept; others make it where it is missing.
   */
  ensureBucket(contract: BucketContract, isOurs: boolean): Promise<void> {
    const rememberMs = this.#link.isClustered ? bucketDuplicatesMs.clustered : bucketDuplicatesMs.alone;
    const wanted = {
      name: `KV_${contract.name}`,
      subjects: [`$KV.${contract.name}.>`],
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.New,
      storage: StorageType.File,
      max_msgs_per_subject: contract.history,
      max_age: nanos(contract.ttlMs),
      duplicate_window: nanos(Math.min(contract.ttlMs || rememberMs, rememberMs)),
      allow_direct: true,
      allow_rollup_hdrs: true,
      deny_delete: true,
      num_replicas: this.#replicas,
    };
    return this.#ensure(wanted, isOurs);
  }

  close(): void {
    for (const timer of this.#growing.values()) clearTimeout(timer);
    this.#growing.clear();
  }

  get #replicas(): number {
    return this.#link.isClustered ? clusterReplicas : 1;
  }

  #ensure(wanted: Wanted, isOurs = true): Promise<void> {
    const known = this.#ensured.get(wanted.name);
    if (known) return known;
    const ensuring = this.attempt(`stream ${wanted.name}`, () => this.#createOrUpdate(wanted, isOurs));
    this.#ensured.set(wanted.name, ensuring);
    ensuring.catch(() => this.#ensured.delete(wanted.name));
    return ensuring;
  }

  async #createOrUpdate(wanted: Wanted, isOurs: boolean): Promise<void> {
    const found = await this.#find(wanted.name);
    if (!found) return this.#create(wanted);
    const changes = changesOf(found, wanted);
    if (!isOurs || Object.keys(changes).length === 0) return;
    try {
      await this.jsm.streams.update(wanted.name, changes);
      this.#log.info({ stream: wanted.name, changes: Object.keys(changes) }, "stream updated");
    } catch (error) {
      if (isStorageNotReady(error)) throw error;
      // A server that has just come back counts for nothing yet.
      if (changes.num_replicas !== undefined && error instanceof JetStreamApiError) {
        return this.#growLater(wanted, error);
      }
      this.#log.warn({ err: error, stream: wanted.name, changes: Object.keys(changes) }, "a stream stays as it was");
    }
  }

  /** Says so once; tried again until the servers are there. */
  #growLater(wanted: Wanted, error: unknown): void {
    const { name, num_replicas: copies } = wanted;
    if (!this.#growing.has(name)) {
      this.#log.warn({ err: error, stream: name, copies }, "a stream has not all its copies yet: that is tried again");
    }
    clearTimeout(this.#growing.get(name));
    const timer = setTimeout(() => {
      this.attempt(`stream ${name}`, () => this.#createOrUpdate(wanted, true)).catch((again: unknown) =>
        this.#growLater(wanted, again),
      );
    }, growAgainMs);
    this.#growing.set(name, timer.unref());
  }

  async #find(name: string): Promise<StreamConfig | undefined> {
    try {
      return (await this.jsm.streams.info(name)).config;
    } catch (error) {
      if (hasApiCode(error, "streamNotFound")) return undefined;
      throw error;
    }
  }

  async #create(wanted: Wanted): Promise<void> {
    try {
      await this.jsm.streams.add(wanted);
      this.#log.info({ stream: wanted.name }, "stream created");
    } catch (error) {
      // Another role was faster.
      if (hasApiCode(error, "streamNameInUse")) return;
      if ((wanted.num_replicas ?? 1) > 1 && isShortOfServers(error)) {
        await this.#create({ ...wanted, num_replicas: 1 });
        return this.#growLater(wanted, error);
      }
      const smaller = Math.floor((wanted.max_bytes ?? 0) / 2);
      if (!hasApiCode(error, "insufficientStorage") || smaller < leastStreamBytes) throw error;
      this.#log.warn(
        { stream: wanted.name, maxBytes: smaller },
        "the disk has no room for the whole stream: less is kept",
      );
      return this.#create({ ...wanted, max_bytes: smaller });
    }
  }
}

/** Only what may be changed on a living stream; subjects and copies are added, never taken away. */
function changesOf(found: StreamConfig, wanted: Wanted): Partial<StreamUpdateConfig> {
  const changes: Partial<StreamUpdateConfig> = {};
  const subjects = [...new Set([...found.subjects, ...(wanted.subjects ?? [])])];
  if (subjects.length > found.subjects.length) changes.subjects = subjects;
  if (wanted.max_age !== undefined && wanted.max_age !== found.max_age) changes.max_age = wanted.max_age;
  if (wanted.max_bytes !== undefined && wanted.max_bytes !== found.max_bytes) changes.max_bytes = wanted.max_bytes;
  if ((wanted.num_replicas ?? 1) > found.num_replicas) changes.num_replicas = wanted.num_replicas ?? 1;
  const { duplicate_window, max_msgs_per_subject } = wanted;
  if (duplicate_window !== undefined && duplicate_window !== found.duplicate_window) {
    changes.duplicate_window = duplicate_window;
  }
  if (max_msgs_per_subject !== undefined && max_msgs_per_subject !== found.max_msgs_per_subject) {
    changes.max_msgs_per_subject = max_msgs_per_subject;
  }
  return changes;
}
