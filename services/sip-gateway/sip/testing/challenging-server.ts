/** A provider over TLS by script: it wants a password for everything, and keeps what it is told. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import type { Certificates } from "./certificates.ts";
import { type Message, readMessage, writeMessage } from "./message.ts";
import { Happenings } from "./scene.ts";

export class ChallengingServer implements Disposable {
  readonly port: number;
  readonly heard: Happenings<Message>;
  readonly #close: () => void;

  private constructor(port: number, heard: Happenings<Message>, close: () => void) {
    this.port = port;
    this.heard = heard;
    this.#close = close;
  }

  static async start({ certificate, key }: Certificates, address = "127.0.0.1"): Promise<ChallengingServer> {
    const heard = new Happenings<Message>();
    const sockets = new Set<{ destroy(): void }>();
    const server = createServer({ cert: await readFile(certificate), key: await readFile(key) }, (socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      let rest = "";
      socket.setEncoding("utf8").on("data", (text: string) => {
        const messages = (rest + text).split(/(?<=\r\n\r\n)(?=[A-Z]+ sip)/);
        rest = messages.at(-1)?.includes("\r\n\r\n") ? "" : (messages.pop() ?? "");
        for (const message of messages) {
          const request = readMessage(message);
          heard.add(request);
          const kept = ["Via", "From", "To", "Call-ID", "CSeq"].flatMap((name) =>
            request.headers(name).map((value) => `${name}: ${value}${name === "To" ? ";tag=1" : ""}`),
          );
          const challenge = 'WWW-Authenticate: Digest realm="provider", nonce="abc", algorithm=MD5, qop="auth"';
          if (request.method !== "ACK") socket.write(writeMessage("SIP/2.0 401 Unauthorized", [...kept, challenge]));
        }
      });
    });
    server.listen(0, address);
    await once(server, "listening");
    return new ChallengingServer((server.address() as AddressInfo).port, heard, () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
  }

  [Symbol.dispose](): void {
    this.#close();
  }
}
