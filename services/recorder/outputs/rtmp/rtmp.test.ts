import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Amf, decodeAmf, encodeAmf, ProtocolError } from "./amf.ts";
import { ChunkReader, type Message, writeChunks } from "./chunks.ts";
import { Publisher, type Refusal } from "./publisher.ts";

const text = fc.string({ maxLength: 200 });
const { value } = fc.letrec<{ value: Amf }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.double({ noNaN: true }),
    fc.boolean(),
    text,
    fc.constant(null),
    fc.constant(undefined),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.string({ minLength: 1, maxLength: 20 }).filter((key) => key !== "__proto__"),
      tie("value"),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
}));

function messagesOf(data: Buffer, chunkSize: number, pieceBytes: number): Message[] {
  const reader = new ChunkReader();
  reader.setChunkSize(chunkSize);
  const messages: Message[] = [];
  for (let at = 0; at < data.length; at += pieceBytes)
    messages.push(...reader.push(data.subarray(at, at + pieceBytes)));
  return messages;
}

/** All that is thrown is ProtocolError. */
function onlyProtocolErrors(action: () => void): void {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof ProtocolError, String(error));
  }
}

describe("AMF0", () => {
  test("what was written is read", () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (values) =>
        assert.deepEqual(decodeAmf(encodeAmf(...values)), values),
      ),
    );
  });

  test("anything else is read or refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) =>
        onlyProtocolErrors(() => decodeAmf(Buffer.from(bytes))),
      ),
    );
    onlyProtocolErrors(() => decodeAmf(Buffer.from("0a000000010a".repeat(9_000), "hex")));
    assert.throws(() => decodeAmf(Buffer.from([10, 255, 255, 255, 255])), ProtocolError);
  });
});

describe("chunks", () => {
  test("messages are read as they were written, however they are cut, also after 4.6 hours", () => {
    const message = fc.record(
      {
        type: fc.nat(255),
        streamId: fc.nat(),
        payload: fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes)),
      },
      { noNullPrototype: true },
    );
    const time = fc.oneof(fc.nat(), fc.constantFrom(0xfffffe, 0xffffff, 0x1000000, 2 ** 32 + 5));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(message, time), { maxLength: 6 }),
        fc.integer({ min: 1, max: 4_096 }),
        fc.integer({ min: 1, max: 500 }),
        (sent, size, piece) => {
          const data = Buffer.concat(sent.map(([each, ms]) => writeChunks(4, each, ms, size)));
          assert.deepEqual(
            messagesOf(data, size, piece),
            sent.map(([each]) => each),
          );
        },
      ),
    );
  });

  test("anything else is read or refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) =>
        onlyProtocolErrors(() => messagesOf(Buffer.from(bytes), 128, 64)),
      ),
      { numRuns: 500 },
    );
  });

  test("a message that is too long is refused before it is kept", () => {
    const head = writeChunks(3, { type: 20, streamId: 0, payload: Buffer.alloc(70_000) }, 0, 128).subarray(0, 20);
    assert.throws(() => messagesOf(head, 128, 20), ProtocolError);
  });
});

describe("a publisher and servers that are none", () => {
  async function against(behave: (socket: Socket) => void): Promise<unknown> {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      behave(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    try {
      await once(socket, "connect");
      const options = { app: "live", tcUrl: "rtmp://x/live", key: "SECRETKEY", signal: AbortSignal.timeout(300) };
      return await Publisher.open({ socket, ...options }).then(
        () => "opened",
        (error: unknown) => error,
      );
    } finally {
      socket.destroy();
      server.close();
    }
  }
  const hello = Buffer.concat([Buffer.from([3]), Buffer.alloc(2 * 1_536)]);
  const command = (...values: Amf[]) =>
    writeChunks(3, { type: 20, streamId: 0, payload: encodeAmf(...values) }, 0, 128);

  const cases: readonly [string, (socket: Socket) => void, string][] = [
    ["says nothing", (socket) => socket.resume(), "TimeoutError"],
    ["speaks HTTP", (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"), "ProtocolError"],
    ["hangs up", (socket) => socket.end(), "ClosedEarly"],
    ["resets", (socket) => socket.once("data", () => socket.resetAndDestroy()), "ClosedEarly"],
    ["hangs up after the greeting", (socket) => socket.resume().end(hello), "ClosedEarly"],
    [
      "sends noise after the greeting",
      (socket) => socket.resume().write(Buffer.concat([hello, Buffer.alloc(100_000, 0xa5)])),
      "ProtocolError",
    ],
    [
      "says a chunk has no size",
      (socket) =>
        socket
          .resume()
          .write(Buffer.concat([hello, writeChunks(2, { type: 1, streamId: 0, payload: Buffer.alloc(4) }, 0, 128)])),
      "ProtocolError",
    ],
    [
      "refuses",
      (socket) =>
        socket.resume().write(
          Buffer.concat([
            hello,
            command("_error", 1, null, {
              level: "error",
              code: "NetConnection.Connect.Rejected",
              description: "SECRETKEY",
            }),
          ]),
        ),
      "Refusal",
    ],
    [
      "refuses with the key",
      (socket) =>
        socket
          .resume()
          .write(Buffer.concat([hello, command("onStatus", 0, null, { level: "error", code: "NetStream.SECRETKEY" })])),
      "Refusal",
    ],
    [
      "names no stream",
      (socket) =>
        socket
          .resume()
          .write(Buffer.concat([hello, command("_result", 1, null, {}), command("_result", 4, null, "x")])),
      "ProtocolError",
    ],
  ];
  for (const [what, behave, expected] of cases) {
    test(`one that ${what}: ${expected}`, async () => {
      const error = await against(behave);
      assert.equal((error as Error).name, expected, String(error));
      assert.doesNotMatch(`${(error as Error).stack} ${(error as Refusal).code}`, /SECRETKEY/);
    });
  }
});
