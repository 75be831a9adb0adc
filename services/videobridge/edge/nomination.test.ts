/** Clients that stay controlled, and the media worker we build (deploy/mediasoup-worker/nomination): who checks whom. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { after, afterEach, before, describe, test } from "node:test";
import { openEngine, withoutWorker } from "../testing/worker.ts";
import type { MediaRouter, MediaTransport } from "./media-engine.ts";
import type { MediasoupEngine } from "./mediasoup-engine.ts";
import {
  attributeTypes,
  type Check,
  messageTypes,
  readCheckAnswer,
  readMessage,
  writeCheck,
  writeMessage,
} from "./stun.ts";

const withinMs = 3_000;
/** More than twice the time after which the worker asks again. */
const silenceMs = 500;
const fingerprints = [{ hash: "sha-256", value: Array(32).fill("AA").join(":") }];
const own = { ufrag: "client", pwd: "passwordOfTheClient0123" };

describe("a client that calls itself controlled", { skip: withoutWorker }, () => {
  let engine: MediasoupEngine;
  let router: MediaRouter;
  let transport: MediaTransport;
  const clients: Socket[] = [];

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
    return newClient();
  }

  function newClient(): Client {
    const socket = createSocket("udp4");
    clients.push(socket);
    return new Client(socket, transport, engine.localUdpPort);
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
    const moved = newClient();
    moved.check();
    assert.deepEqual(readCheckAnswer(await moved.next(), transport.local.pwd), { errorCode: 0, isSigned: true });
    assert.equal(readMessage(await moved.next())?.type, messageTypes.bindingRequest);
  });
});

class Client {
  readonly #socket: Socket;
  readonly #transport: MediaTransport;
  readonly #port: number;
  readonly #heard: Buffer[] = [];

  constructor(socket: Socket, transport: MediaTransport, port: number) {
    this.#socket = socket;
    this.#transport = transport;
    this.#port = port;
    socket.on("message", (message) => this.#heard.push(message));
  }

  check(how: Partial<Check> = {}): void {
    const { ufrag, pwd } = this.#transport.local;
    this.#send(writeCheck({ username: `${ufrag}:${own.ufrag}`, password: pwd, role: "controlled", ...how }));
  }

  answer(request: Buffer, password: string): void {
    const { transaction = randomBytes(12) } = readMessage(request) ?? {};
    const mapped = Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]);
    const attributes = [[attributeTypes.xorMappedAddress, mapped] as const];
    this.#send(writeMessage({ type: messageTypes.bindingSuccess, transaction, attributes }, password));
  }

  async next(): Promise<Buffer> {
    if (this.#heard.length === 0) await once(this.#socket, "message", { signal: AbortSignal.timeout(withinMs) });
    return this.#heard.shift() as Buffer;
  }

  async hearsNothing(): Promise<void> {
    await assert.rejects(once(this.#socket, "message", { signal: AbortSignal.timeout(silenceMs) }), {
      name: "AbortError",
    });
  }

  #send(message: Buffer): void {
    this.#socket.send(message, this.#port, "127.0.0.1");
  }
}
