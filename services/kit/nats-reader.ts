import { AckPolicy, type ConsumerConfig, DeliverPolicy, type JetStreamManager } from "@nats-io/jetstream";
import { createInbox, type Msg, type MsgHdrs, nanos, type Subscription } from "@nats-io/transport-node";
import { VecheError } from "./errors.ts";
import type { Log } from "./log.ts";
import { isStorageNotReady } from "./nats-errors.ts";
import type { NatsLink } from "./nats-link.ts";

/** One stored message. */
export type Delivered = {
  readonly subject: string;
  readonly text: string;
  readonly headers: MsgHdrs | undefined;
  readonly streamSequence: number;
  readonly storedAtMs: number;
};

/** `serverNowMs`: by the clock of the server that made the consumer. */
export type Beginning = { readonly expected: number; readonly serverNowMs: number };

export type Reading = {
  readonly stream: string;
  readonly filter: string;
  /** "all" goes on after a lost connection where it was; "last-per-subject" begins again with what is there. */
  readonly deliver: "all" | "last-per-subject";
};

type Hearing = {
  /** With how many will come before `caughtUp`. */
  began(beginning: Beginning): void;
  message(message: Delivered): void;
  caughtUp(): void;
};

/** The server of a consumer may die while ours lives: only its silence tells. */
const heartbeatMs = 1000;
const silenceMs = 3 * heartbeatMs;
/** How long what the leader had may be on its way to the server that reads it to us. */
const behindMs = 2000;
const inactiveMs = 5000;
/** A reader compares clocks so often. */
const clockEachMs = 10_000;

/**
 * Reads a stream in order through a consumer of its own that the server forgets when we are gone. A gap, a silence or a
 * new connection makes a new consumer. (The client's own ordered consumers notice a restarted server only after a minute
 * of missing heartbeats.)
 */
export class StreamReader {
  readonly #link: NatsLink;
  readonly #jsm: JetStreamManager;
  readonly #reading: Reading;
  readonly #hearing: Hearing;
  readonly #log: Log;
  readonly #inboxPrefix: string;
  readonly #reconnecting: { close(): void };
  #subscription: Subscription | undefined;
  #generation = 0;
  #isClosed = false;
  #consumerSequence = 0;
  #streamSequence = 0;
  #remaining = 0;
  #silence: NodeJS.Timeout | undefined;
  #held: Msg[] = [];
  #isPaused = false;
  #clockNotedMs = 0;

  constructor(
    link: NatsLink,
    jsm: JetStreamManager,
    inboxPrefix: string,
    reading: Reading,
    hearing: Hearing,
    log: Log,
  ) {
    this.#link = link;
    this.#jsm = jsm;
    this.#inboxPrefix = inboxPrefix;
    this.#reading = reading;
    this.#hearing = hearing;
    this.#log = log;
    this.#reconnecting = link.onConnection((isConnected) => {
      this.#quiet();
      if (isConnected) this.#restart();
    });
  }

  /** Rejects where the first consumer can't be made in time. */
  start(): Promise<void> {
    const generation = ++this.#generation;
    const options = { limitMs: this.#link.recordMs, mayPass: isStorageNotReady };
    return this.#link.attempt(`reading ${this.#reading.stream}`, options, () => this.#begin(generation));
  }

  /** While paused the server waits: it asks before it sends more than a window. */
  set isPaused(isPaused: boolean) {
    this.#isPaused = isPaused;
    if (!isPaused) for (const msg of this.#held.splice(0)) msg.respond();
  }

  close(): void {
    this.#isClosed = true;
    this.#generation++;
    this.#quiet();
    this.#reconnecting.close();
    this.#subscription?.unsubscribe();
  }

  #restart(): void {
    if (this.#isClosed) return;
    this.#quiet();
    this.start().catch((error: unknown) => {
      if (this.#isClosed || this.#link.isClosed) return;
      this.#log.warn({ err: error, stream: this.#reading.stream }, "reading a stream again failed: trying on");
      this.#quiet();
      this.#silence = setTimeout(() => this.#restart(), heartbeatMs);
    });
  }

  async #begin(generation: number): Promise<void> {
    if (generation !== this.#generation) return;
    this.#subscription?.unsubscribe();
    this.#consumerSequence = 0;
    this.#held = [];
    const inbox = createInbox(this.#inboxPrefix);
    const waiting: Msg[] = [];
    let isBegun = false;
    const subscription = this.#link.nc.subscribe(inbox, {
      callback: (error, msg) => {
        if (error || generation !== this.#generation) return;
        if (isBegun) this.#arrived(msg);
        else waiting.push(msg);
      },
    });
    this.#subscription = subscription;
    try {
      const info = await this.#jsm.consumers.add(this.#reading.stream, this.#consumer(inbox));
      const serverNowMs = Date.parse(info.created);
      this.#link.clock.note(serverNowMs, Date.now());
      if (generation !== this.#generation) {
        subscription.unsubscribe();
        return;
      }
      isBegun = true;
      this.#remaining = info.num_pending + info.delivered.consumer_seq;
      this.#hearing.began({ expected: this.#remaining, serverNowMs });
      if (this.#remaining === 0) this.#hearing.caughtUp();
      this.#listenForSilence();
      for (const msg of waiting) if (generation === this.#generation) this.#arrived(msg);
    } catch (error) {
      subscription.unsubscribe();
      throw error;
    }
  }

  #consumer(inbox: string): Partial<ConsumerConfig> {
    const { filter, deliver } = this.#reading;
    const isContinued = deliver === "all" && this.#streamSequence > 0;
    const start = isContinued
      ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: this.#streamSequence + 1 }
      : { deliver_policy: deliver === "all" ? DeliverPolicy.All : DeliverPolicy.LastPerSubject };
    return {
      ...start,
      filter_subject: filter,
      deliver_subject: inbox,
      ack_policy: AckPolicy.None,
      flow_control: true,
      idle_heartbeat: nanos(heartbeatMs),
      inactive_threshold: nanos(inactiveMs),
      mem_storage: true,
      num_replicas: 1,
      max_deliver: 1,
    };
  }

  #arrived(msg: Msg): void {
    this.#listenForSilence();
    if (msg.headers?.code === 100) {
      this.#control(msg);
      return;
    }
    const position = parsePosition(msg.reply ?? "");
    if (!position) return;
    if (position.consumerSequence !== this.#consumerSequence + 1) {
      this.#restart();
      return;
    }
    this.#consumerSequence = position.consumerSequence;
    this.#streamSequence = position.streamSequence;
    const { streamSequence, storedAtMs } = position;
    if (this.#remaining === 0) this.#noteClock(storedAtMs);
    this.#hearing.message({
      subject: msg.subject,
      text: msg.string(),
      headers: msg.headers,
      streamSequence,
      storedAtMs,
    });
    if (this.#remaining > 0 && --this.#remaining === 0) this.#hearing.caughtUp();
  }

  /** What comes now was stored now. */
  #noteClock(storedAtMs: number): void {
    const now = Date.now();
    if (Math.abs(now - this.#clockNotedMs) < clockEachMs) return;
    this.#clockNotedMs = now;
    this.#link.clock.note(storedAtMs, now);
  }

  /** Heartbeats and flow control. */
  #control(msg: Msg): void {
    const stalled = msg.headers?.get("Nats-Consumer-Stalled");
    if (stalled) this.#link.nc.publish(stalled);
    const last = msg.headers?.get("Nats-Last-Consumer");
    if (last && Number(last) > this.#consumerSequence) this.#restart();
    else if (msg.reply && this.#isPaused) this.#held.push(msg);
    else if (msg.reply) msg.respond();
  }

  #listenForSilence(): void {
    if (this.#silence) this.#silence.refresh();
    else this.#silence = setTimeout(() => this.#link.isConnected && this.#restart(), silenceMs);
  }

  #quiet(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
  }
}

type Position = {
  readonly deliveries: number;
  readonly streamSequence: number;
  readonly consumerSequence: number;
  readonly storedAtMs: number;
};

/** "$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>", or longer with a domain. */
export function parsePosition(reply: string): Position | undefined {
  const tokens = reply.split(".");
  if (tokens[0] !== "$JS" || tokens[1] !== "ACK" || tokens.length < 9) return undefined;
  const [deliveries, streamSequence, consumerSequence, time] = tokens.slice(tokens.length === 9 ? 4 : 6);
  return {
    deliveries: Number(deliveries),
    streamSequence: Number(streamSequence),
    consumerSequence: Number(consumerSequence),
    storedAtMs: Math.floor(Number(time) / 1e6),
  };
}

const pauseAbove = 2000;

/**
 * What matches now, in the order it was stored; ends with what was newest when it began: the message `lastSequence`. A
 * server that is behind the leader has it a moment later.
 */
export async function* readAll(
  link: NatsLink,
  jsm: JetStreamManager,
  inboxPrefix: string,
  reading: Reading,
  lastSequence: number,
  log: Log,
): AsyncIterable<Delivered> {
  const queue: Delivered[] = [];
  let isComplete = false;
  let highest = 0;
  let behind: NodeJS.Timeout | undefined;
  let wake = () => {};
  const reader: StreamReader = new StreamReader(
    link,
    jsm,
    inboxPrefix,
    reading,
    {
      began: () => {},
      message: (message) => {
        if (message.streamSequence >= lastSequence) isComplete = true;
        if (message.streamSequence > highest && (reading.deliver !== "all" || message.streamSequence <= lastSequence)) {
          queue.push(message);
        }
        highest = Math.max(highest, message.streamSequence);
        if (queue.length > pauseAbove) reader.isPaused = true;
        wake();
      },
      caughtUp: () => {
        if (highest >= lastSequence || !link.isClustered) isComplete = true;
        // Otherwise it may have been removed since.
        else behind = setTimeout(() => complete(), behindMs);
        wake();
      },
    },
    log,
  );
  const complete = () => {
    isComplete = true;
    wake();
  };
  try {
    await reader.start();
    while (true) {
      const next = queue.shift();
      if (next) {
        yield next;
        continue;
      }
      if (isComplete) return;
      reader.isPaused = false;
      const wait = (resolve: () => void) => {
        wake = resolve;
      };
      await moved(wait, reading.stream, link.recordMs);
    }
  } finally {
    clearTimeout(behind);
    reader.close();
  }
}

async function moved(onWake: (wake: () => void) => void, stream: string, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve, reject) => {
    onWake(resolve);
    timer = setTimeout(
      () => reject(new VecheError("deadline-exceeded", `reading ${stream}: nothing came for ${limitMs} ms`)),
      limitMs,
    );
  }).finally(() => clearTimeout(timer));
}
