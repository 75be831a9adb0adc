import type { Negotiated } from "../domain/rtp.ts";
import type {
  Consumption,
  MediaProducer,
  MediaRelay,
  PlainAddress,
  Production,
  TransportStats,
} from "./media-engine.ts";
import {
  consumeOn,
  failIfClosed,
  MemoryConsumer,
  MemoryProducer,
  type MemoryRouter,
  nothingCame,
} from "./memory-engine.ts";

let relays = 0;

/** The twin of a relay, and of a gateway's transport: what crosses and what comes can be looked at, and `other` says where it leads. */
export class MemoryRelay implements MediaRelay {
  readonly router: MemoryRouter;
  readonly producers = new Set<MemoryProducer>();
  readonly consumers = new Set<MemoryConsumer>();
  readonly isPlain = true;
  readonly local: PlainAddress;
  other: PlainAddress | undefined;
  received: TransportStats = nothingCame;
  isClosed = false;

  constructor(router: MemoryRouter) {
    relays += 1;
    this.router = router;
    this.local = { ip: "127.0.0.1", port: 10_000 + (relays % 50_000), srtpKey: new Uint8Array(44).fill(relays) };
  }

  async connect(other: PlainAddress): Promise<void> {
    failIfClosed(this.isClosed, "relay");
    if (this.other) throw new Error("connect() already called");
    this.other = other;
  }

  async cross(producer: MediaProducer, medium: Negotiated, layer: number | undefined): Promise<MemoryConsumer> {
    failIfClosed(this.isClosed, "relay");
    if (!(producer instanceof MemoryProducer) || producer.isClosed || producer.transport.router !== this.router)
      throw new Error("no such producer");
    if (!medium[producer.kind]) throw new Error("no compatible media codecs");
    const ssrc = this.router.engine.nextSsrc();
    const consumer = new MemoryConsumer(
      this,
      producer,
      producer.kind === "video" ? { ssrc, rtxSsrc: ssrc + 1 } : { ssrc },
    );
    if (layer !== undefined) consumer.layers = [layer, 2];
    this.consumers.add(consumer);
    return consumer;
  }

  async consume(producer: MediaProducer, receive: Negotiated, given: Consumption): Promise<MemoryConsumer> {
    failIfClosed(this.isClosed, "relay");
    return consumeOn(this, producer, receive, given);
  }

  async produce(given: Production): Promise<MemoryProducer> {
    failIfClosed(this.isClosed, "relay");
    const present = new Set([...this.producers].flatMap((one) => one.given.encodings.map(({ ssrc }) => ssrc)));
    if (given.encodings.some(({ ssrc }) => present.has(ssrc))) this.router.engine.die("SSRC used twice");
    const producer = new MemoryProducer(this, given);
    this.producers.add(producer);
    return producer;
  }

  async stats(): Promise<TransportStats> {
    failIfClosed(this.isClosed, "relay");
    return this.received;
  }

  close(): void {
    this.isClosed = true;
    this.router.relays.delete(this);
    this.router.plains.delete(this);
    for (const producer of this.producers) producer.close();
    for (const consumer of this.consumers) consumer.close();
  }
}
