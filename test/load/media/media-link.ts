/** The way of one participant's media: a UDP socket with ICE, DTLS and SRTP on it (RFC 7983 tells them apart). */

import { randomBytes } from "node:crypto";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { messageTypes, readMessage, writeCheck, writeMessage } from "@veche/kit/stun/stun.ts";
import { successTo } from "@veche/videobridge/testing/stun-success.ts";
import { Dtls, type Identity } from "./dtls.ts";
import { SrtpContext } from "./srtp.ts";

export type Address = { readonly ip: string; readonly port: number };

/** What the other side said of itself. */
export type RemoteTransport = {
  readonly ufrag: string;
  readonly pwd: string;
  readonly fingerprint: string;
  readonly addresses: readonly Address[];
};

export type MediaListener = {
  rtp(packet: Buffer, crypto: SrtpContext): void;
  rtcp(packet: Buffer): void;
};

/** RFC 7675: well within the time after which a bridge takes a client for gone. */
const consentEveryMs = 3_000;
const checkEveryMs = 60;
const checksAtMost = 200;
const receiveBufferBytes = 2 * 1024 * 1024;

export class MediaLink implements Disposable {
  readonly ufrag: string = randomBytes(4).toString("hex");
  readonly pwd: string = randomBytes(16).toString("hex");
  readonly #socket: Socket;
  readonly #identity: Identity;
  readonly #listener: MediaListener;
  #dtls: Dtls | undefined;
  #own: SrtpContext | undefined;
  #theirs: SrtpContext | undefined;
  #checked: ((from: Address) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isConnected = false;
  #isClosed = false;

  private constructor(socket: Socket, identity: Identity, listener: MediaListener) {
    this.#socket = socket;
    this.#identity = identity;
    this.#listener = listener;
    socket.on("message", (datagram, from) => this.#receive(datagram, from));
    // A refused port (ICMP) of a peer that is gone: consent checks say what matters.
    socket.on("error", () => {});
  }

  static async open(identity: Identity, listener: MediaListener): Promise<MediaLink> {
    const socket = createSocket({ type: "udp4", recvBufferSize: receiveBufferBytes });
    const link = new MediaLink(socket, identity, listener);
    socket.bind(0);
    await once(socket, "listening");
    return link;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get fingerprint(): string {
    return this.#identity.fingerprint;
  }

  /** Resolves when SRTP can be sent. */
  async connect(remote: RemoteTransport): Promise<void> {
    const { ip, port } = await this.#checkAll(remote);
    if (this.#isClosed) throw new Error("the link was closed");
    this.#socket.connect(port, ip);
    await once(this.#socket, "connect");
    this.#isConnected = true;
    this.#timer = setInterval(() => this.#write(this.#check(remote)), consentEveryMs);
    this.#dtls = new Dtls(this.#identity, (datagram) => this.#write(datagram));
    const { profile, own, theirs } = await this.#dtls.handshake(remote.fingerprint);
    this.#own = SrtpContext.fromMaster(profile, own);
    this.#theirs = SrtpContext.fromMaster(profile, theirs);
  }

  sendRtp(packet: Buffer): void {
    if (this.#own) this.#write(this.#own.sealRtp(packet));
  }

  sendRtcp(packet: Buffer): void {
    if (this.#own) this.#write(this.#own.sealRtcp(packet));
  }

  /** As it is, sealed or not. */
  sendRaw(datagram: Buffer): void {
    this.#write(datagram);
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#socket.close();
  }

  #check({ ufrag, pwd }: RemoteTransport): Buffer {
    return writeCheck({ username: `${ufrag}:${this.ufrag}`, password: pwd, role: "controlling", isNominating: true });
  }

  /** The first address that answers a check. */
  async #checkAll(remote: RemoteTransport): Promise<Address> {
    const { promise, resolve, reject } = Promise.withResolvers<Address>();
    this.#checked = resolve;
    let left = checksAtMost;
    const send = (): void => {
      if (left-- === 0 || this.#isClosed) {
        reject(new Error("no answer to any connectivity check"));
        return;
      }
      for (const { ip, port } of remote.addresses) this.#socket.send(this.#check(remote), port, ip);
    };
    this.#timer = setInterval(send, checkEveryMs);
    send();
    return promise.finally(() => clearInterval(this.#timer));
  }

  #write(datagram: Buffer): void {
    if (this.#isConnected && !this.#isClosed) this.#socket.send(datagram);
  }

  #receive(datagram: Buffer, from: RemoteInfo): void {
    const first = datagram[0] ?? 0;
    if (first >= 128 && first < 192) this.#receiveMedia(datagram);
    else if (first >= 20 && first < 64) this.#dtls?.receive(datagram);
    else this.#receiveCheck(datagram, from);
  }

  #receiveCheck(datagram: Buffer, from: RemoteInfo): void {
    const message = readMessage(datagram);
    if (message?.type === messageTypes.bindingSuccess) this.#checked?.({ ip: from.address, port: from.port });
    else if (message?.type === messageTypes.bindingRequest) {
      const answer = writeMessage(successTo(message, from), this.pwd);
      if (this.#isConnected) this.#write(answer);
      else this.#socket.send(answer, from.port, from.address);
    }
  }

  #receiveMedia(packet: Buffer): void {
    const crypto = this.#theirs;
    if (!crypto || packet.length < 12) return;
    const second = packet[1] ?? 0;
    // RFC 5761 4: packet types of RTCP.
    const isReport = second >= 192 && second <= 223;
    if (!isReport) this.#listener.rtp(packet, crypto);
    const report = isReport ? crypto.openRtcp(packet) : undefined;
    if (report) this.#listener.rtcp(report);
  }
}
