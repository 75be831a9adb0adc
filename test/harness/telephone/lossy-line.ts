/** A line between a telephone and a gateway that loses some of the sound, both ways: it says in SDP that sound goes by it. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { Random } from "@veche/videobridge/testing/random.ts";

const media = /^m=audio (\d+) /m;

export class LossyLine implements AsyncDisposable {
  readonly #signalling: Socket;
  /** Towards each end. */
  readonly #toPhone: Socket;
  readonly #toGateway: Socket;
  readonly #gatewayPort: number;
  readonly #random = new Random(1);
  #phone: RemoteInfo | undefined;
  #phoneSound = 0;
  #gatewaySound = 0;
  /** Of the sound, 0 to 1. */
  loss = 0;
  lost = 0;

  private constructor(sockets: readonly [Socket, Socket, Socket], gatewayPort: number) {
    [this.#signalling, this.#toPhone, this.#toGateway] = sockets;
    this.#gatewayPort = gatewayPort;
    this.#signalling.on("message", (datagram, from) => this.#pass(datagram, from));
    this.#toGateway.on("message", (datagram) => this.#sound(this.#toPhone, datagram, this.#phoneSound));
    this.#toPhone.on("message", (datagram) => this.#sound(this.#toGateway, datagram, this.#gatewaySound));
  }

  static async open(gatewayPort: number): Promise<LossyLine> {
    const opened = async (): Promise<Socket> => {
      const socket = createSocket("udp4");
      socket.bind(0, "127.0.0.1");
      await once(socket, "listening");
      return socket;
    };
    return new LossyLine([await opened(), await opened(), await opened()], gatewayPort);
  }

  /** Where SIP comes in. */
  get port(): number {
    return this.#signalling.address().port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const sockets = [this.#signalling, this.#toPhone, this.#toGateway];
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  }

  #pass(datagram: Buffer, from: RemoteInfo): void {
    const isFromGateway = from.port === this.#gatewayPort;
    if (!isFromGateway) this.#phone = from;
    const text = datagram.toString("latin1");
    const [, port = ""] = media.exec(text) ?? [];
    if (port !== "" && isFromGateway) this.#gatewaySound = Number(port);
    if (port !== "" && !isFromGateway) this.#phoneSound = Number(port);
    const own = (isFromGateway ? this.#toPhone : this.#toGateway).address().port;
    const passed = port === "" ? text : text.replace(media, `m=audio ${own} `);
    // The length of the body is said in the head.
    const grown = passed.length - text.length;
    const whole = passed.replace(
      /^Content-Length: *(\d+)/im,
      (_, length) => `Content-Length: ${Number(length) + grown}`,
    );
    const to = isFromGateway ? this.#phone?.port : this.#gatewayPort;
    if (to !== undefined) this.#signalling.send(Buffer.from(whole, "latin1"), to, "127.0.0.1");
  }

  #sound(by: Socket, datagram: Buffer, to: number): void {
    if (to === 0) return;
    if (this.#random.chance(this.loss)) this.lost += 1;
    else by.send(datagram, to, "127.0.0.1");
  }
}
