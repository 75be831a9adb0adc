import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { type Amf, decodeAmf, encodeAmf, ProtocolError } from "./amf.ts";
import { ChunkReader, type Message, writeChunks } from "./chunks.ts";

/** The server said no, with a code of its own such as "NetStream.Publish.BadName"; empty where it is none that is known. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: string;

  constructor(code: string) {
    super(`refused: ${code}`);
    this.code = code;
  }
}

/** It closed the connection before it was said to go on: how some refuse a key. */
export class ClosedEarly extends Error {
  override readonly name = "ClosedEarly";
}

export type PublishOptions = {
  /** Connected, and nothing read from it yet. */
  readonly socket: Socket;
  readonly app: string;
  /** Address without the key. */
  readonly tcUrl: string;
  readonly key: string;
  readonly signal: AbortSignal;
};

export const mediaType = { audio: 8, video: 9, data: 18 } as const;

const chunkSize = 4_096;
const handshakeBytes = 1_536;
const answerTo = { connect: 1, releaseStream: 2, FCPublish: 3, createStream: 4, publish: 5 } as const;
/** Commands, two for control, media: chunk streams as other encoders number them. */
const chunkStream = { control: 2, command: 3, media: 4 } as const;

/** One stream to one server, from the handshake on (Adobe's RTMP Specification 1.0). */
export class Publisher {
  readonly #socket: Socket;
  readonly #key: string;
  readonly #chunks = new ChunkReader();
  #greeting: Buffer | undefined = Buffer.alloc(0);
  readonly #greeted = Promise.withResolvers<void>();
  readonly #answers = new Map<number | "publish", PromiseWithResolvers<Amf>>();
  readonly #closed = Promise.withResolvers<Error>();
  #streamId = 0;
  #receivedBytes = 0;
  #toldBytes = 0;
  #windowBytes = 2_500_000;

  /** Resolves when the server takes media. Rejects with Refusal, ClosedEarly, ProtocolError, an error of the socket or the signal's reason. */
  static async open(options: PublishOptions): Promise<Publisher> {
    const publisher = new Publisher(options);
    const failed = publisher.#closed.promise.then((error) => Promise.reject(error));
    const stop = () => publisher.#close(options.signal.reason as Error);
    options.signal.addEventListener("abort", stop);
    try {
      options.signal.throwIfAborted();
      await Promise.race([publisher.#begin(options), failed]);
      return publisher;
    } catch (error) {
      publisher.#close(error as Error);
      throw error;
    } finally {
      failed.catch(() => {});
      options.signal.removeEventListener("abort", stop);
    }
  }

  private constructor({ socket, key }: PublishOptions) {
    this.#socket = socket;
    this.#key = key;
    for (const name of [answerTo.connect, answerTo.createStream, "publish"] as const) {
      const answer = Promise.withResolvers<Amf>();
      answer.promise.catch(() => {});
      this.#answers.set(name, answer);
    }
    socket.on("data", (data: Buffer) => this.#receive(data));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      this.#close(isHangUp(error) ? new ClosedEarly(error.code) : error),
    );
    socket.on("end", () => this.#close(new ClosedEarly("the server closed the connection")));
    socket.on("close", () => this.#close(new ClosedEarly("the connection was closed")));
  }

  /** Why it came to its end. */
  get closed(): Promise<Error> {
    return this.#closed.promise;
  }

  /** False: there is more under way than the connection takes at once; wait for its "drain". */
  get takesMore(): boolean {
    return !this.#socket.writableNeedDrain;
  }

  onDrain(action: () => void): void {
    this.#socket.on("drain", action);
  }

  send(type: number, timeMs: number, payload: Buffer): void {
    this.#write(chunkStream.media, { type, streamId: this.#streamId, payload }, timeMs);
  }

  /** Says goodbye, if it can still be heard. */
  end(): void {
    this.#command(0, "FCUnpublish", 6, null, this.#key);
    this.#command(0, "deleteStream", 7, null, this.#streamId);
    this.#socket.end();
    setTimeout(() => this.#close(new ClosedEarly("ended by us")), 1_000).unref();
  }

  abort(error: Error): void {
    this.#close(error);
  }

  async #begin({ app, tcUrl, key }: PublishOptions): Promise<void> {
    const hello = Buffer.concat([Buffer.from([3]), Buffer.alloc(8), randomBytes(handshakeBytes - 8)]);
    this.#socket.write(hello);
    await this.#greeted.promise;
    this.#control(1, chunkSize);
    const client = { app, type: "nonprivate", flashVer: "FMLE/3.0 (compatible; Veche)", swfUrl: tcUrl, tcUrl };
    this.#command(0, "connect", answerTo.connect, client);
    await this.#answer(answerTo.connect);
    this.#command(0, "releaseStream", answerTo.releaseStream, null, key);
    this.#command(0, "FCPublish", answerTo.FCPublish, null, key);
    this.#command(0, "createStream", answerTo.createStream, null);
    this.#streamId = Number(await this.#answer(answerTo.createStream));
    if (!Number.isInteger(this.#streamId) || this.#streamId < 0 || this.#streamId >= 2 ** 32) {
      throw new ProtocolError("the server named no stream");
    }
    this.#command(this.#streamId, "publish", answerTo.publish, null, key, "live");
    await this.#answer("publish");
  }

  #answer(name: number | "publish"): Promise<Amf> {
    return this.#answers.get(name)?.promise ?? Promise.reject(new ProtocolError("nothing was asked"));
  }

  #receive(data: Buffer): void {
    try {
      this.#receivedBytes += data.length;
      const rest = this.#greeting === undefined ? data : this.#greet(data);
      if (!rest) return;
      for (const message of this.#chunks.push(rest)) this.#handle(message);
      if (this.#receivedBytes - this.#toldBytes < this.#windowBytes / 2) return;
      this.#toldBytes = this.#receivedBytes;
      this.#control(3, this.#receivedBytes % 2 ** 32);
    } catch (error) {
      this.#close(error as Error);
    }
  }

  /** The server's side of the handshake; what follows it once it is whole. */
  #greet(data: Buffer): Buffer | undefined {
    const greeting = Buffer.concat([this.#greeting ?? Buffer.alloc(0), data]);
    this.#greeting = greeting;
    if (greeting[0] !== 3) throw new ProtocolError("the server does not speak RTMP");
    if (greeting.length < 1 + 2 * handshakeBytes) return undefined;
    this.#greeting = undefined;
    this.#socket.write(greeting.subarray(1, 1 + handshakeBytes));
    this.#greeted.resolve();
    return greeting.subarray(1 + 2 * handshakeBytes);
  }

  #handle({ type, payload }: Message): void {
    if (type === 1) this.#chunks.setChunkSize(number32(payload));
    else if (type === 4) this.#handleUserControl(payload);
    else if (type === 5) this.#windowBytes = Math.max(1, number32(payload));
    else if (type === 6) this.#control(5, number32(payload));
    else if (type === 20) this.#handleCommand(decodeAmf(payload));
    else if (type === 17) this.#handleCommand(decodeAmf(payload.subarray(1)));
  }

  /** A ping (6) is answered (7). */
  #handleUserControl(payload: Buffer): void {
    if (payload.length < 6 || payload.readUInt16BE() !== 6) return;
    const pong = Buffer.from(payload.subarray(0, 6));
    pong[1] = 7;
    this.#write(chunkStream.control, { type: 4, streamId: 0, payload: pong }, 0);
  }

  #handleCommand([name, id, first, second]: readonly Amf[]): void {
    if (name === "_result" && typeof id === "number") this.#answers.get(id)?.resolve(second ?? first);
    else if (name === "_error" && typeof id === "number" && this.#answers.has(id)) throw this.#refusal(second);
    else if (name === "onStatus") this.#handleStatus(second);
    else if (name === "close") throw new Refusal("");
  }

  #handleStatus(info: Amf): void {
    const { level, code } = fieldsOf(info);
    if (code === "NetStream.Publish.Start") this.#answers.get("publish")?.resolve(null);
    else if (level === "error") throw this.#refusal(info);
  }

  #refusal(info: Amf): Refusal {
    const { code } = fieldsOf(info);
    const isKnown = typeof code === "string" && /^Net(Stream|Connection)\.[A-Za-z.]{1,60}$/.test(code);
    return new Refusal(isKnown && !code.includes(this.#key) ? code : "");
  }

  #command(streamId: number, ...values: readonly Amf[]): void {
    this.#write(chunkStream.command, { type: 20, streamId, payload: encodeAmf(...values) }, 0);
  }

  #control(type: number, value: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(value);
    this.#write(chunkStream.control, { type, streamId: 0, payload }, 0);
  }

  #write(chunkStreamId: number, message: Message, timeMs: number): void {
    if (this.#socket.writable) this.#socket.write(writeChunks(chunkStreamId, message, timeMs, chunkSize));
  }

  #close(error: Error): void {
    this.#closed.resolve(error);
    this.#socket.destroy();
  }
}

/** The server closed it without having read all. */
function isHangUp(error: NodeJS.ErrnoException): boolean {
  return error.code === "ECONNRESET" || error.code === "EPIPE";
}

function number32(payload: Buffer): number {
  if (payload.length < 4) throw new ProtocolError("a message ends too early");
  return payload.readUInt32BE();
}

function fieldsOf(value: Amf): { readonly [key: string]: Amf } {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as { [key: string]: Amf }) : {};
}
