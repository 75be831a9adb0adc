/** The durable pull consumers of subscribers: one on each stream that it may read, of its name. */

import { createLogger } from "@veche/kit/log.ts";
import { NatsStorage } from "@veche/kit/nats-storage.ts";
import type { StreamContract } from "@veche/proto/storage.ts";
import { openOperator } from "../nats/installation.ts";
import { type Grant, readable } from "../nats/subscriber-rights.ts";
import { Fault } from "../users/fault.ts";

type Manager = NatsStorage["jsm"];

export class Consumers implements AsyncDisposable {
  readonly #jsm: Manager;
  readonly #close: () => Promise<void>;

  private constructor(jsm: Manager, close: () => Promise<void>) {
    this.#jsm = jsm;
    this.#close = close;
  }

  static async open(): Promise<Consumers> {
    const { link, prefix } = await openOperator("subscribers");
    const { jsm } = await NatsStorage.open(link, prefix, createLogger("operator", "fatal"));
    return new Consumers(jsm, () => link.close());
  }

  /** Throws where a stream is not there: what is read from has to be kept. */
  async check(read: readonly Grant[]): Promise<void> {
    for (const { name } of streamsOf(read)) {
      try {
        await this.#jsm.streams.info(name);
      } catch (error) {
        const why = name === "CHAT" ? "chats are not kept: settings set keep-chat-days 30 first" : "start Veche first";
        throw new Fault("refused", `there is no stream ${name} yet: ${why}`, { cause: error });
      }
    }
  }

  /** From the oldest kept message on, or from `since`; what was acknowledged before is read again. */
  async make(name: string, read: readonly Grant[], since?: Date): Promise<void> {
    for (const stream of streamsOf(read)) {
      await this.#delete(stream.name, name);
      await this.#jsm.consumers.add(stream.name, {
        durable_name: name,
        ack_policy: "explicit",
        max_ack_pending: 1_000,
        ...(since
          ? { deliver_policy: "by_start_time", opt_start_time: since.toISOString() }
          : { deliver_policy: "all" }),
      });
    }
  }

  /** How many messages of each stream it has not read yet. */
  async behind(name: string, read: readonly Grant[]): Promise<string> {
    const parts: string[] = [];
    for (const stream of streamsOf(read)) {
      const info = await this.#jsm.consumers.info(stream.name, name).catch(() => undefined);
      parts.push(
        `${stream.name} ${info ? info.num_pending + info.num_ack_pending : "(no consumer: subscribers replay)"}`,
      );
    }
    return parts.join(", ");
  }

  async remove(name: string, read: readonly Grant[]): Promise<void> {
    for (const stream of streamsOf(read)) await this.#delete(stream.name, name);
  }

  async #delete(stream: string, name: string): Promise<void> {
    try {
      await this.#jsm.consumers.delete(stream, name);
    } catch (error) {
      if (!(error instanceof Error && /not found/i.test(error.message))) throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}

function streamsOf(read: readonly Grant[]): readonly StreamContract[] {
  return read.flatMap((grant) => readable[grant] ?? []);
}
