/** The control port of a baresip (its module ctrl_tcp): JSON in netstrings, commands one way, events the other. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Netstrings, netstring } from "./netstrings.ts";

/** CALL_RINGING, CALL_INCOMING, CALL_ESTABLISHED, CALL_CLOSED, REGISTER_OK, REGISTER_FAIL and others. */
export type BaresipEvent = { readonly type: string; readonly param: string };

export class BaresipControl implements Disposable {
  readonly #socket: Socket;

  private constructor(socket: Socket, onEvent: (event: BaresipEvent) => void) {
    this.#socket = socket;
    const netstrings = new Netstrings();
    socket.on("data", (chunk: Buffer) => {
      for (const text of netstrings.take(chunk)) {
        const { event, type = "", param = "" } = JSON.parse(text) as Partial<BaresipEvent> & { event?: boolean };
        if (event) onEvent({ type, param });
      }
    });
    socket.on("error", () => {});
  }

  /** To a baresip that is ready. */
  static async connect(port: number, onEvent: (event: BaresipEvent) => void): Promise<BaresipControl> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new BaresipControl(socket, onEvent);
  }

  say(command: string, params = ""): void {
    this.#socket.write(netstring(JSON.stringify({ command, params })));
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
