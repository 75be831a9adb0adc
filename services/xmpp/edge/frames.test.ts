import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { Address, type Outgoing, write } from "../codec/rfc6120-stanza.ts";
import { FrameWriter } from "./frames.ts";

/** A socket that takes what it is given at once, or keeps it until it is let go. */
class Socket extends Duplex {
  readonly chunks: Buffer[] = [];
  isSlow = false;
  #waiting: (() => void) | undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    // As the system does: a copy of what it takes, and until then what it was given.
    this.chunks.push(this.isSlow ? chunk : Buffer.from(chunk));
    if (this.isSlow) this.#waiting = done;
    else done();
  }

  override _read(): void {}

  letGo(): void {
    this.isSlow = false;
    this.#waiting?.();
  }
}

/** What a client reads: the text of each frame. */
function textsIn(bytes: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    assert.equal(bytes[at], 0x81);
    const marked = bytes[at + 1] ?? 0;
    const head = marked < 126 ? 2 : marked === 126 ? 4 : 10;
    const length =
      marked < 126 ? marked : marked === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    texts.push(bytes.toString("utf8", at + head, at + head + length));
    at += head + length;
  }
  return texts;
}

const address = new Address("zoë&co@meet.example/1");

function message(length: number): Outgoing {
  return write("message", { from: "room@muc/ünal" }, `<body>${"ü".repeat(length)}</body>`);
}

test("a client reads what was written, whatever its length and letters", () => {
  const socket = new Socket();
  const items = ["<a/>", message(10), "x".repeat(125), "x".repeat(126), message(70_000), "<b>ü</b>", message(20_000)];
  new FrameWriter().write(socket, items, address);
  const expected = items.map((item) => (typeof item === "string" ? item : item.to(address)));
  assert.deepEqual(textsIn(Buffer.concat(socket.chunks)), expected);
  assert.match(expected[1] ?? "", /to="zoë&amp;co@meet\.example\/1"/);
});

test("what a slow client has not taken yet stays as it is while others are written to", () => {
  const writer = new FrameWriter();
  const [slow, quick] = [new Socket(), new Socket()];
  slow.isSlow = true;
  writer.write(slow, ["first"], address);
  writer.write(quick, ["other one"], address);
  writer.write(slow, ["second"], address);
  writer.write(quick, ["other two"], address);
  slow.letGo();
  assert.deepEqual(textsIn(Buffer.concat(slow.chunks)), ["first", "second"]);
});
