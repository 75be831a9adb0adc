import { AckPolicy, type ConsumerConfig, type ConsumerInfo, DeliverPolicy } from "@nats-io/jetstream";
import { createInbox, type Msg, nanos } from "@nats-io/transport-node";
import type { ConsumerOptions, FactConsumer, HeldFact } from "./bus.ts";
import { busLimits } from "./bus-limits.ts";
import { VecheError } from "./errors.ts";
import type { Log } from "./log.ts";
import { hasApiCode } from "./nats-errors.ts";
import type { NatsLink } from "./nats-link.ts";
import { parsePosition } from "./nats-reader.ts";
import type { NatsStorage } from "./nats-storage.ts";
import { commonFilter, matchesFilter, withoutCovered } from "./subject.ts";

type Opened = {
  readonly link: NatsLink;
  readonly storage: NatsStorage;
  readonly stream: string;
  readonly options: ConsumerOptions;
  readonly inboxPrefix: string;
  readonly log: Log;
};

/** The server answers also when nothing came. Silence: the question was lost, or there is no such consumer. */
type Pulled = Msg | "nothing" | "silence";

const answerGraceMs = 2_000;

/**
 * A durable pull consumer with one message in flight. It is asked for one message at a time on an inbox of that question
 * alone: an asker who is gone has no inbox, so that the server keeps the message for the next.
 */
export class NatsConsumer implements FactConsumer {
  readonly #given: Opened;
  readonly #filters: readonly string[];

  private constructor(given: Opened) {
    this.#given = given;
    this.#filters = withoutCovered(given.options.filters);
  }

  static async open(given: Opened): Promise<NatsConsumer> {
    const consumer = new NatsConsumer(given);
    await given.storage.attempt(consumer.#what, () => consumer.#ensure());
    return consumer;
  }

  async next(waitMs: number, signal?: AbortSignal): Promise<HeldFact | undefined> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const remainingMs = Math.max(1, Math.ceil(deadline - performance.now()));
      const limits = { limitMs: remainingMs + busLimits.recordMs, ...(signal ? { signal } : {}) };
      const msg = await this.#given.link.attempt(this.#what, limits, () => this.#pull(remainingMs, signal));
      if (msg === "silence") await this.waiting();
      if (msg === "nothing" || msg === "silence") return undefined;
      const held = this.#read(msg);
      if (held !== "other") return held;
    }
  }

  async waiting(): Promise<number> {
    const info = await this.#given.storage.attempt(this.#what, () => this.#info());
    if (!info) throw new VecheError("not-found", `${this.#what}: it was removed`);
    return info.num_pending + info.num_ack_pending;
  }

  get #what(): string {
    return `consumer ${this.#given.options.name} of ${this.#given.stream}`;
  }

  async #ensure(): Promise<void> {
    const { storage, stream } = this.#given;
    const found = await this.#info();
    const wanted = this.#config();
    if (!found) await storage.jsm.consumers.add(stream, { ...wanted, ...this.#start() });
    else if (found.config.ack_wait !== wanted.ack_wait)
      await storage.jsm.consumers.update(stream, this.#given.options.name, { ack_wait: wanted.ack_wait });
  }

  /** Undefined where there is none; rejects with `not-found` where there is no stream. */
  async #info(): Promise<ConsumerInfo | undefined> {
    const { storage, stream, options } = this.#given;
    try {
      return await storage.jsm.consumers.info(stream, options.name);
    } catch (error) {
      if (hasApiCode(error, "consumerNotFound")) return undefined;
      if (hasApiCode(error, "streamNotFound"))
        throw new VecheError("not-found", `stream ${stream}: there is none yet`, { cause: error });
      throw error;
    }
  }

  #config(): Partial<ConsumerConfig> {
    const { options, link } = this.#given;
    const [first = ">", ...others] = this.#filters;
    const several = others.length > 0 && takesSeveralFilters(link.info?.version);
    return {
      durable_name: options.name,
      ...(several ? { filter_subjects: [...this.#filters] } : { filter_subject: commonFilter([first, ...others]) }),
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(options.ackWaitMs),
      max_ack_pending: 1,
      max_deliver: -1,
    };
  }

  #start(): Partial<ConsumerConfig> {
    const { startMs } = this.#given.options;
    return { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(startMs).toISOString() };
  }

  #pull(waitMs: number, signal: AbortSignal | undefined): Promise<Pulled> {
    const { link, stream, options, inboxPrefix } = this.#given;
    return new Promise((resolve, reject) => {
      const inbox = createInbox(inboxPrefix);
      const end = (settle: () => void) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", gaveUp);
        subscription.unsubscribe();
        settle();
      };
      const gaveUp = () => end(() => resolve("nothing"));
      const subscription = link.nc.subscribe(inbox, {
        callback: (error, msg) => {
          const found = error ?? this.#look(msg);
          end(() => (found instanceof Error ? reject(found) : resolve(found)));
        },
      });
      const timer = setTimeout(() => end(() => resolve("silence")), waitMs + answerGraceMs);
      signal?.addEventListener("abort", gaveUp);
      if (signal?.aborted) {
        gaveUp();
        return;
      }
      const question = JSON.stringify({ batch: 1, expires: nanos(waitMs) });
      link.nc.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${options.name}`, question, { reply: inbox });
    });
  }

  /** 404, 408: nothing came. 409: removed, or about to be asked anew. */
  #look(msg: Msg): Pulled | VecheError {
    const { code, description = "" } = msg.headers ?? { code: 0 };
    if (code === 0) return msg;
    if (code === 404 || code === 408) return "nothing";
    const isGone = code === 409 && /deleted/i.test(description);
    return new VecheError(isGone ? "not-found" : "unavailable", `${this.#what}: ${code} ${description}`);
  }

  /** "other": not wanted, or nothing that could be read; it is done with. */
  #read(msg: Msg): HeldFact | "other" {
    const { link, log, stream } = this.#given;
    const reply = msg.reply ?? "";
    const position = parsePosition(reply);
    const say = (word: string) => link.nc.publish(reply, word);
    const body = position && this.#filters.some((filter) => matchesFilter(filter, msg.subject)) && parse(msg.string());
    if (!position || !body) {
      if (body === undefined) log.error({ subject: msg.subject, stream }, "a stored fact is no JSON");
      say("+ACK");
      return "other";
    }
    return {
      subject: msg.subject,
      streamSequence: position.streamSequence,
      storedAtMs: position.storedAtMs,
      deliveries: position.deliveries,
      id: msg.headers?.get("Nats-Msg-Id") ?? "",
      headers: Object.fromEntries((msg.headers?.keys() ?? []).map((key) => [key, msg.headers?.get(key) ?? ""])),
      body: body.value,
      ack: () => say("+ACK"),
      release: () => say("-NAK"),
      working: () => say("+WPI"),
    };
  }
}

export async function removeConsumer(storage: NatsStorage, stream: string, name: string): Promise<void> {
  await storage.attempt(`consumer ${name} of ${stream}`, async () => {
    try {
      await storage.jsm.consumers.delete(stream, name);
    } catch (error) {
      if (!hasApiCode(error, "consumerNotFound") && !hasApiCode(error, "streamNotFound")) throw error;
    }
  });
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function takesSeveralFilters(version = ""): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 2 || (major === 2 && minor >= 10);
}
