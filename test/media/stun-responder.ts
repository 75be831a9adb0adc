/** An ICE agent of one's own, without DTLS: it does with a client's checks what a test says, and counts them. */

import { randomBytes } from "node:crypto";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { attributeTypes, messageTypes, readMessage, type StunMessage, writeMessage } from "@veche/kit/stun/stun.ts";
import { successTo } from "@veche/videobridge/testing/stun-success.ts";

export type Conduct = {
  /** What comes back to a client that calls itself controlled. */
  readonly toControlled: "unsigned 487" | "signed 487" | "success";
  /** Whether it checks as well, and nominates (RFC 8445 8.1.1). */
  readonly nominates?: boolean;
};

export type Credentials = { readonly ufrag: string; readonly pwd: string };

export class StunResponder {
  readonly own: Credentials = { ufrag: randomBytes(6).toString("hex"), pwd: randomBytes(16).toString("hex") };
  readonly #socket: Socket;
  readonly #conduct: Conduct;
  /** Checks of a client that calls itself controlled. */
  controlled = 0;
  #client: Credentials | undefined;
  #asker: RemoteInfo | undefined;

  private constructor(socket: Socket, conduct: Conduct) {
    this.#socket = socket;
    this.#conduct = conduct;
    socket.on("message", (bytes, from) => this.#take(bytes, from));
  }

  static async open(ip: string, conduct: Conduct): Promise<StunResponder> {
    const socket = createSocket("udp4");
    socket.bind(0, ip);
    await once(socket, "listening");
    return new StunResponder(socket, conduct);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** What the client's answer said of itself; its first check may have come before. */
  introduce(client: Credentials): void {
    this.#client = client;
    this.#nominate();
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #take(bytes: Buffer, from: RemoteInfo): void {
    const message = readMessage(bytes);
    if (message?.type !== messageTypes.bindingRequest) return;
    const isControlled = message.attributes.some(([type]) => type === attributeTypes.iceControlled);
    if (isControlled) this.controlled++;
    const { toControlled, nominates } = this.#conduct;
    if (isControlled && toControlled !== "success") {
      this.#send(from, roleConflict(message), toControlled === "signed 487" ? this.own.pwd : undefined);
      return;
    }
    this.#send(from, successTo(message, from), this.own.pwd);
    if (!isControlled || !nominates) return;
    this.#asker = from;
    this.#nominate();
  }

  #nominate(): void {
    if (this.#client && this.#asker) this.#send(this.#asker, this.#nomination(this.#client), this.#client.pwd);
  }

  #send(to: RemoteInfo, message: StunMessage, password: string | undefined): void {
    this.#socket.send(writeMessage(message, password), to.port, to.address);
  }

  #nomination({ ufrag }: Credentials): StunMessage {
    return {
      type: messageTypes.bindingRequest,
      transaction: randomBytes(12),
      attributes: [
        [attributeTypes.username, Buffer.from(`${ufrag}:${this.own.ufrag}`)],
        [attributeTypes.priority, Buffer.from([0x6e, 0x7f, 0xff, 0xff])],
        [attributeTypes.iceControlling, randomBytes(8)],
        [attributeTypes.useCandidate, Buffer.alloc(0)],
      ],
    };
  }
}

function roleConflict({ transaction }: StunMessage): StunMessage {
  return {
    type: messageTypes.bindingError,
    transaction,
    attributes: [[attributeTypes.errorCode, Buffer.from([0, 0, 4, 87])]],
  };
}
