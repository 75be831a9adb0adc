import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import { FlvPackager } from "./flv.ts";
import { Restamper } from "./restamp.ts";
import { SegmentCutter } from "./segment-cutter.ts";
import { pieces, transportStream, withoutFfmpeg } from "./testing/material.ts";
import { Timeline } from "./timeline.ts";
import { packetBytes } from "./transport-stream.ts";
import { UnitReader } from "./units.ts";

/** All that reads a stream. */
function readAll(data: Buffer): void {
  const packager = new FlvPackager();
  const timeline = new Timeline();
  const units = new UnitReader((unit) => {
    for (const tag of packager.take(unit)) {
      const ms = timeline.at(tag.dts, tag.isKey);
      assert.ok(ms === undefined || (ms >= 0 && ms < 2 ** 48));
    }
  });
  const cutter = new SegmentCutter(() => {});
  const restamper = new Restamper();
  for (const piece of pieces(data, 4_001)) {
    units.push(piece);
    cutter.push(piece);
    assert.equal(restamper.push(piece).length % packetBytes, 0);
  }
  units.end(true);
  cutter.end();
  restamper.endRun(true);
}

describe("damaged streams", { skip: withoutFfmpeg }, () => {
  let stream: Buffer;
  before(async () => {
    stream = await transportStream({ seconds: 3, size: "64x36" });
  });

  test("bytes that are wrong anywhere throw nothing", () => {
    const place = fc.oneof(fc.nat(stream.length - 1), fc.nat(packetBytes * 8));
    const change = fc.tuple(place, fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 60 }), (changes) => {
        const damaged = Buffer.from(stream);
        for (const [at, byte] of changes) damaged[at] = byte;
        readAll(damaged);
      }),
      { numRuns: 150 },
    );
  });

  test("bytes that are missing throw nothing, nor does noise", () => {
    const hole = fc.tuple(fc.nat(stream.length), fc.nat(2_000));
    fc.assert(
      fc.property(hole, fc.uint8Array({ maxLength: 1_000 }), ([at, length], noise) => {
        readAll(Buffer.concat([stream.subarray(0, at), noise, stream.subarray(at + length)]));
      }),
      { numRuns: 60 },
    );
  });
});
