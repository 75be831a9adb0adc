/** A provider over TLS by script: it wants a password for everything, or for nothing, and keeps what it is told. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { MessageSplitter } from "../kamailio/link.ts";
import type { Certificates } from "./certificates.ts";
import { type Message, readMessage, writeMessage } from "./message.ts";
import { phoneSdp } from "./raw-phone.ts";
import { Happenings } from "./scene.ts";

export type TlsProviderOptions = { readonly address?: string; readonly wantsPassword?: boolean };

export class TlsProvider implements Disposable {
  readonly heard = new Happenings<Message>();
  answers = true;
  readonly #server: ReturnType<typeof createServer>;
  readonly #wantsPassword: boolean;
  readonly #sockets = new Set<TLSSocket>();

  private constructor(cert: string, key: string, wantsPassword: boolean) {
    this.#wantsPassword = wantsPassword;
    this.#server = createServer({ cert, key }, (socket) => this.#serve(socket));
  }

  static async start(
    { certificate, key }: Certificates,
    { address = "127.0.0.1", wantsPassword = true }: TlsProviderOptions = {},
  ): Promise<TlsProvider> {
    const provider = new TlsProvider(await readFile(certificate, "utf8"), await readFile(key, "utf8"), wantsPassword);
    provider.#server.listen(0, address);
    await once(provider.#server, "listening");
    return provider;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** It goes on listening. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  [Symbol.dispose](): void {
    this.#server.close();
    this.dropConnections();
  }

  #serve(socket: TLSSocket): void {
    const split = new MessageSplitter();
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (data) => {
      for (const text of split.push(data) ?? []) {
        const request = readMessage(text);
        this.heard.add(request);
        if (this.answers && request.method !== "ACK") socket.write(this.#answer(request));
      }
    });
  }

  #answer({ method, headers }: Message): string {
    const kept = ["Via", "From", "To", "Call-ID", "CSeq"].flatMap((name) =>
      headers(name).map((value) => `${name}: ${value}${name === "To" && !value.includes("tag=") ? ";tag=1" : ""}`),
    );
    const challenge = 'WWW-Authenticate: Digest realm="provider", nonce="abc", algorithm=MD5, qop="auth"';
    if (this.#wantsPassword) return writeMessage("SIP/2.0 401 Unauthorized", [...kept, challenge]);
    const contact = `Contact: <sip:provider@127.0.0.1:${this.port};transport=tls>`;
    if (method !== "INVITE") return writeMessage("SIP/2.0 200 OK", [...kept, contact]);
    return writeMessage("SIP/2.0 200 OK", [...kept, contact, "Content-Type: application/sdp"], phoneSdp());
  }
}
