import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MessageSplitter } from "./link.ts";

const message = (body: string) =>
  `SIP/2.0 200 OK\r\nVia: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

test("messages come whole, however the stream is cut, with bodies beyond ASCII and blank lines between", () => {
  const wanted = [message(""), message("Привет"), message("a\r\n\r\nb"), message("{}")];
  const stream = Buffer.from(wanted.join("\r\n\r\n"));
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 10 }), (cuts) => {
      const splitter = new MessageSplitter();
      const ends = [...new Set([...cuts, stream.length])].sort((a, b) => a - b);
      let start = 0;
      const found = ends.flatMap((end) => {
        const messages = splitter.push(stream.subarray(start, end));
        start = end;
        return messages ?? ["broken"];
      });
      assert.deepEqual(found, wanted);
    }),
    { numRuns: 500, seed: 20_261_123 },
  );
});

test("what has no length, or too much of it, ends the connection", () => {
  assert.equal(new MessageSplitter().push(Buffer.from("SIP/2.0 200 OK\r\n\r\n")), undefined);
  assert.equal(new MessageSplitter().push(Buffer.from("A\r\nContent-Length: 999999999\r\n\r\n")), undefined);
  assert.equal(new MessageSplitter().push(Buffer.alloc(200_000, "x")), undefined);
});
