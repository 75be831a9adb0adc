/** A link with a delay: passes TCP bytes on, each piece so much later in both directions, in order. */
import { connect, createServer, type Server, type Socket } from "node:net";

export class TcpRelay implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly port: number;
  #isHeld = false;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async open(toPort: number, delayMs: number): Promise<TcpRelay> {
    let relay: TcpRelay | undefined;
    const server = createServer((near) => {
      const far = connect({ host: "127.0.0.1", port: toPort });
      relay?.join(near, far, delayMs);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    relay = new TcpRelay(server, typeof address === "object" && address !== null ? address.port : 0);
    return relay;
  }

  join(near: Socket, far: Socket, delayMs: number): void {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on("data", (piece) => setTimeout(() => to.write(piece), delayMs));
      if (this.#isHeld) from.pause();
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }

  /** Nothing passes any more, and nobody is told: as a line that is cut. */
  hold(): void {
    this.#isHeld = true;
    for (const socket of this.#sockets) socket.pause();
  }

  release(): void {
    this.#isHeld = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
