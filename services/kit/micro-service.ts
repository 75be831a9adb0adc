import { randomBytes } from "node:crypto";
import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";

type EndpointStats = {
  readonly name: string;
  readonly subject: string;
  readonly queue_group: string;
  num_requests: number;
  num_errors: number;
  last_error: string;
  /** Nanoseconds. */
  processing_time: number;
};

/** Counts one request of an endpoint when its answer is sent. */
export type Endpoint = { done(startedAt: number, error?: string): void; close(): void };

/**
 * A NATS micro-service (nats-architecture-and-design, ADR-32): `$SRV.PING`, `$SRV.INFO` and `$SRV.STATS` are answered for
 * all, for the role, and for this process.
 */
export class MicroService {
  readonly name: string;
  readonly #identity: {
    readonly name: string;
    readonly id: string;
    readonly version: string;
    readonly metadata: object;
  };
  readonly #started = new Date().toISOString();
  readonly #endpoints = new Set<EndpointStats>();
  readonly #subscriptions: Subscription[];

  constructor(nc: NatsConnection, name: string, version: string, metadata: Readonly<Record<string, string>>) {
    this.name = name;
    const id = randomBytes(11).toString("hex");
    this.#identity = { name, id, version, metadata };
    const verbs = { PING: () => this.#ping(), INFO: () => this.#info(), STATS: () => this.#stats() };
    this.#subscriptions = Object.entries(verbs).flatMap(([verb, answer]) =>
      [`$SRV.${verb}`, `$SRV.${verb}.${name}`, `$SRV.${verb}.${name}.${id}`].map((subject) =>
        nc.subscribe(subject, { callback: (error, msg: Msg) => void (error ?? msg.respond(JSON.stringify(answer()))) }),
      ),
    );
  }

  /** The endpoint's name is the verb, the last word of its subject. */
  endpoint(subject: string, group: string): Endpoint {
    const name = subject.slice(subject.lastIndexOf(".") + 1).replace(/[^A-Za-z0-9_-]/g, "_");
    const stats: EndpointStats = {
      name,
      subject,
      queue_group: group,
      num_requests: 0,
      num_errors: 0,
      last_error: "",
      processing_time: 0,
    };
    this.#endpoints.add(stats);
    return {
      done: (startedAt, error) => {
        stats.num_requests++;
        stats.processing_time += Math.round((performance.now() - startedAt) * 1e6);
        if (error === undefined) return;
        stats.num_errors++;
        stats.last_error = error;
      },
      close: () => void this.#endpoints.delete(stats),
    };
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #ping(): object {
    return { type: "io.nats.micro.v1.ping_response", ...this.#identity };
  }

  #info(): object {
    const endpoints = [...this.#endpoints].map(({ name, subject, queue_group }) => ({ name, subject, queue_group }));
    return { type: "io.nats.micro.v1.info_response", ...this.#identity, description: `Veche ${this.name}`, endpoints };
  }

  #stats(): object {
    const endpoints = [...this.#endpoints].map((stats) => ({
      ...stats,
      average_processing_time: stats.num_requests === 0 ? 0 : Math.round(stats.processing_time / stats.num_requests),
    }));
    return { type: "io.nats.micro.v1.stats_response", ...this.#identity, started: this.#started, endpoints };
  }
}
