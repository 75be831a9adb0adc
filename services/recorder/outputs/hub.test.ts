import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { before, describe, test } from "node:test";
import { silentLog } from "@veche/kit/log.ts";
import type { Sink } from "../session/contract.ts";
import { Hub } from "./hub.ts";
import { pieces, transportStream, withoutFfmpeg } from "./testing/material.ts";
import { packetBytes, pidOf } from "./transport-stream.ts";
import { type Unit, UnitReader } from "./units.ts";

class Collector implements Sink {
  readonly chunks: Buffer[] = [];
  readonly failed = new Promise<never>(() => {});

  write(chunk: Buffer): void {
    this.chunks.push(chunk);
  }

  get data(): Buffer {
    return Buffer.concat(this.chunks);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function unitsOf(data: Buffer): Unit[] {
  const units: Unit[] = [];
  const reader = new UnitReader((unit) => units.push(unit));
  reader.push(data);
  reader.end(true);
  return units;
}

describe("the hub", { skip: withoutFfmpeg }, () => {
  let stream: Buffer;
  before(async () => {
    stream = await transportStream({ seconds: 6 });
  });

  test("a sink that comes late begins with the tables and a key frame, and misses nothing after it", async () => {
    const hub = new Hub({ log: silentLog });
    const [early, late] = [new Collector(), new Collector()];
    const media = new PassThrough();
    const ended = hub.feed(media);
    hub.add(early);
    const half = Math.floor(stream.length / 2);
    for (const piece of pieces(stream.subarray(0, half))) media.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
    hub.add(late);
    for (const piece of pieces(stream.subarray(half), 333)) media.write(piece);
    media.end();
    await ended;
    assert.equal(pidOf(late.data), 0);
    const [all, some] = [unitsOf(early.data), unitsOf(late.data)];
    assert.equal(all.filter((unit) => unit.kind === "video").length, 150);
    assert.equal(some[0]?.isKey, true);
    const from = all.findIndex((unit) => unit.dts === some[0]?.dts);
    assert.ok(from > 0);
    assert.equal(some.length, all.length - from);
  });

  test("a sink that throws is left out, the others go on", async () => {
    const hub = new Hub({ log: silentLog });
    const good = new Collector();
    const bad = Object.assign(new Collector(), {
      write: () => {
        throw new Error("no");
      },
    });
    hub.add(bad);
    hub.add(good);
    const media = new PassThrough();
    const ended = hub.feed(media);
    media.end(stream);
    await ended;
    assert.equal(unitsOf(good.data).length, unitsOf(stream).length);
  });

  test("one capture after another: the same sinks begin the second with its tables", async () => {
    const hub = new Hub({ log: silentLog });
    const sink = new Collector();
    hub.add(sink);
    for (let n = 0; n < 2; n++) {
      const media = new PassThrough();
      const ended = hub.feed(media);
      media.end(stream);
      await ended;
    }
    assert.equal(sink.chunks.filter((chunk) => chunk.length === 2 * packetBytes && pidOf(chunk) === 0).length, 2);
  });

  test("bytes that are no packets are left out", () => {
    const noise = Buffer.from([1, 2, 3, 0x47, 5]);
    const cut = stream.indexOf(0x47, 188 * 100);
    const units = unitsOf(Buffer.concat([noise, stream.subarray(0, cut), noise, stream.subarray(cut)]));
    assert.ok(units.length >= unitsOf(stream).length - 1);
  });
});
