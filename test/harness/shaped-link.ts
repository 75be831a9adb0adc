/** A line between a client and a bridge: passes UDP datagrams on, towards the client no faster and no surer than it is told. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { Random } from "@veche/videobridge/testing/random.ts";

export type LinkShape = {
  /** Nothing passes, neither way. */
  readonly isCut?: boolean;
  /** Towards the client; absent, as fast as it comes. */
  readonly bitsPerSecond?: number;
  /** What waits for the line at most; what comes then is lost. */
  readonly queueMs?: number;
  /** Of a datagram, 0 to 1. */
  readonly loss?: number;
  readonly delayMs?: number;
  /** On top of the delay, anything up to this; datagrams stay in order. */
  readonly jitterMs?: number;
};

const usualQueueMs = 250;

export class ShapedLink implements AsyncDisposable {
  readonly #near: Socket;
  readonly #toPort: number;
  readonly #random = new Random(1);
  /** One socket to the bridge for each address of a client, as a NAT has it. */
  readonly #far = new Map<string, Socket>();
  #shape: LinkShape = {};
  /** When the line has sent all that waits, and when the last datagram arrives. */
  #idleAt = 0;
  #lastArrival = 0;
  #isClosed = false;

  private constructor(near: Socket, toPort: number) {
    this.#near = near;
    this.#toPort = toPort;
    near.on("message", (datagram, from) => this.#up(datagram, from));
  }

  static async open(toPort: number): Promise<ShapedLink> {
    const near = createSocket("udp4");
    near.bind(0);
    await once(near, "listening");
    return new ShapedLink(near, toPort);
  }

  get port(): number {
    return this.#near.address().port;
  }

  shape(shape: LinkShape): void {
    this.#shape = shape;
    this.#idleAt = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const sockets = [this.#near, ...this.#far.values()];
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  }

  #up(datagram: Buffer, from: RemoteInfo): void {
    if (this.#shape.isCut) return;
    const key = `${from.address}:${from.port}`;
    let far = this.#far.get(key);
    if (!far) {
      far = createSocket("udp4");
      far.on("message", (answer) => this.#down(answer, from));
      this.#far.set(key, far);
    }
    far.send(datagram, this.#toPort, "127.0.0.1");
  }

  #down(datagram: Buffer, to: RemoteInfo): void {
    const { bitsPerSecond, queueMs = usualQueueMs, loss = 0, delayMs = 0, jitterMs = 0 } = this.#shape;
    if (this.#shape.isCut || this.#random.chance(loss)) return;
    const now = performance.now();
    if (bitsPerSecond !== undefined) {
      const begins = Math.max(now, this.#idleAt);
      if (begins - now > queueMs) return;
      this.#idleAt = begins + (datagram.length * 8_000) / bitsPerSecond;
    }
    const sent = bitsPerSecond === undefined ? now : this.#idleAt;
    this.#lastArrival = Math.max(this.#lastArrival, sent + delayMs + this.#random.next() * jitterMs);
    setTimeout(() => {
      if (!this.#isClosed) this.#near.send(datagram, to.port, to.address);
    }, this.#lastArrival - now);
  }
}
