/** Clients that stay controlled, and the media worker we build (deploy/mediasoup-worker/nomination): who checks whom. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { EventEmitter, once } from "node:events";
import { connect, type Socket as TcpSocket } from "node:net";
import { after, afterEach, before, describe, test } from "node:test";
import {
  attributeTypes,
  type Check,
  messageTypes,
  readCheckAnswer,
  readMessage,
  writeCheck,
  writeMessage,
} from "@veche/kit/stun/stun.ts";
import { openEngine, withoutWorker } from "../testing/worker.ts";
import type { MediaRouter, MediaTransport } from "./media-engine.ts";
import type { MediasoupEngine } from "./mediasoup-engine.ts";

const withinMs = 3_000;
/** More than twice the time after which the worker asks again. */
const silenceMs = 500;
const fingerprints = [{ hash: "sha-256", value: Array(32).fill("AA").join(":") }];
const own = { ufrag: "client", pwd: "passwordOfTheClient0123" };

describe("a client that calls itself controlled", { skip: withoutWorker }, () => {
  let engine: MediasoupEngine;
  let router: MediaRouter;
  let transport: MediaTransport;
  const clients: Client[] = [];

  before(async () => {
    engine = await openEngine();
    router = await engine.openRouter();
  });
  after(() => engine?.[Symbol.asyncDispose]());
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
    transport.close();
  });

  async function invite(): Promise<Client> {
    transport = await router.createTransport();
    return arrive(overUdp(engine.localUdpPort));
  }

  function arrive(line: Line): Client {
    const client = new Client(line, transport);
    clients.push(client);
    return client;
  }

  test("is told by a signed 487 to change its role where it is libwebrtc, which does", async () => {
    const client = await invite();
    client.check({ isLibwebrtc: true });
    assert.deepEqual(readCheckAnswer(await client.next(), transport.local.pwd), { errorCode: 487, isSigned: true });
  });

  test("is answered where it is another, and nominated for once its session was accepted", async () => {
    const client = await invite();
    client.check();
    assert.deepEqual(readCheckAnswer(await client.next(), transport.local.pwd), { errorCode: 0, isSigned: true });
    await transport.connect(fingerprints, own);
    const nomination = readMessage(await client.next());
    assert.equal(nomination?.type, messageTypes.bindingRequest);
    const attributes = new Map(nomination.attributes);
    assert.equal(String(attributes.get(attributeTypes.username)), `${own.ufrag}:${transport.local.ufrag}`);
    assert.ok(attributes.has(attributeTypes.useCandidate) && attributes.has(attributeTypes.iceControlling));
  });

  test("is asked again until it answers, and not once more after that", async () => {
    const client = await invite();
    await transport.connect(fingerprints, own);
    client.check();
    await client.next();
    const first = await client.next();
    const second = await client.next();
    assert.deepEqual(readMessage(second)?.transaction, readMessage(first)?.transaction);
    client.answer(second, own.pwd);
    await client.hearsNothing();
  });

  test("is not taken at its word where its answer is signed by somebody else", async () => {
    const client = await invite();
    await transport.connect(fingerprints, own);
    client.check();
    await client.next();
    client.answer(await client.next(), "anotherPassword01234567");
    assert.equal(readMessage(await client.next())?.type, messageTypes.bindingRequest);
  });

  test("is left to nominate once it says that it is controlling", async () => {
    const client = await invite();
    await transport.connect(fingerprints, own);
    client.check();
    await client.next();
    await client.next();
    client.check({ role: "controlling" });
    await client.next();
    await client.hearsNothing();
  });

  test("is not nominated for where nobody knows its password, or its session was given another", async () => {
    const client = await invite();
    await transport.connect(fingerprints, { ...own, ufrag: "another" });
    client.check();
    await client.next();
    await client.hearsNothing();
  });

  test("is followed to another address once all is settled", async () => {
    const client = await invite();
    await transport.connect(fingerprints, own);
    client.check();
    await client.next();
    client.answer(await client.next(), own.pwd);
    const moved = arrive(overUdp(engine.localUdpPort));
    moved.check();
    assert.deepEqual(readCheckAnswer(await moved.next(), transport.local.pwd), { errorCode: 0, isSigned: true });
    assert.equal(readMessage(await moved.next())?.type, messageTypes.bindingRequest);
  });

  test("is nominated for over UDP although TCP came first, and not over TCP after that", async () => {
    const byUdp = await invite();
    const byTcp = arrive(await overTcp(engine.localTcpPort));
    await transport.connect(fingerprints, own);
    for (const client of [byTcp, byUdp]) {
      client.check();
      await client.next();
      assert.equal(readMessage(await client.next())?.type, messageTypes.bindingRequest);
    }
    byTcp.forget();
    byTcp.check();
    assert.deepEqual(readCheckAnswer(await byTcp.next(), transport.local.pwd), { errorCode: 0, isSigned: true });
    await byTcp.hearsNothing();
  });
});

/** Says "message" for each. */
type Line = EventEmitter<{ message: [Buffer] }> & {
  readonly send: (message: Buffer) => void;
  readonly close: () => void;
};

function overUdp(port: number): Line {
  const socket = createSocket("udp4");
  const line = Object.assign(new EventEmitter<{ message: [Buffer] }>(), {
    send: (message: Buffer) => socket.send(message, port, "127.0.0.1"),
    close: () => socket.close(),
  });
  socket.on("message", (message) => line.emit("message", message));
  return line;
}

/** Framed by RFC 4571. */
async function overTcp(port: number): Promise<Line> {
  const socket: TcpSocket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const line = Object.assign(new EventEmitter<{ message: [Buffer] }>(), {
    send: (message: Buffer) =>
      socket.write(Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message])),
    close: () => socket.destroy(),
  });
  let rest = Buffer.alloc(0);
  socket.on("data", (data) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0);
      line.emit("message", rest.subarray(2, end));
      rest = rest.subarray(end);
    }
  });
  return line;
}

class Client {
  readonly #line: Line;
  readonly #transport: MediaTransport;
  #heard: Buffer[] = [];

  constructor(line: Line, transport: MediaTransport) {
    this.#line = line;
    this.#transport = transport;
    line.on("message", (message) => this.#heard.push(message));
  }

  check(how: Partial<Check> = {}): void {
    const { ufrag, pwd } = this.#transport.local;
    this.#line.send(writeCheck({ username: `${ufrag}:${own.ufrag}`, password: pwd, role: "controlled", ...how }));
  }

  answer(request: Buffer, password: string): void {
    const { transaction = randomBytes(12) } = readMessage(request) ?? {};
    const mapped = Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]);
    const attributes = [[attributeTypes.xorMappedAddress, mapped] as const];
    this.#line.send(writeMessage({ type: messageTypes.bindingSuccess, transaction, attributes }, password));
  }

  async next(): Promise<Buffer> {
    if (this.#heard.length === 0) await once(this.#line, "message", { signal: AbortSignal.timeout(withinMs) });
    return this.#heard.shift() as Buffer;
  }

  forget(): void {
    this.#heard = [];
  }

  async hearsNothing(): Promise<void> {
    await assert.rejects(once(this.#line, "message", { signal: AbortSignal.timeout(silenceMs) }), {
      name: "AbortError",
    });
  }

  close(): void {
    this.#line.close();
  }
}
