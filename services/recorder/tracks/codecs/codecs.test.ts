import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Arrived } from "../rtp/jitter.ts";
import { av1 } from "./av1.ts";
import { findCodec } from "./codecs.ts";
import { Assembler, type Codec, type Frame } from "./frames.ts";
import { h264 } from "./h264.ts";
import { opus } from "./opus.ts";
import { vp8 } from "./vp8.ts";
import { vp9 } from "./vp9.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

test("codecs are found by their names in SDP, however written", () => {
  assert.deepEqual(
    ["OPUS", "vp8", "VP9", "av1", "h264"].map((name) => findCodec(name)),
    [opus, vp8, vp9, av1, h264],
  );
  assert.equal(findCodec("rtx"), undefined);
});

describe("VP8", () => {
  const start = hex("10 1000 00 9d012a 4001 b400 ffff");

  test("size and key are read; descriptors of any length are left out", () => {
    const frame = vp8.assemble([start, hex("00 aabb")]);
    assert.deepEqual(frame?.size, { width: 320, height: 180 });
    assert.equal(frame?.data.toString("hex"), "1000009d012a4001b400ffffaabb");
    assert.equal(vp8.assemble([hex("90 e0 8001 05 20 11 00 00")])?.data.toString("hex"), "110000");
    assert.equal(vp8.assemble([hex("90 e0 01 05 20 11 00 00")])?.isKey, false);
  });

  test("what is cut off is none", () => {
    assert.equal(vp8.assemble([hex("90 e0 80")]), undefined);
    assert.equal(vp8.assemble([hex("10 10 00 00 00 00 00 00 00 00 00")]), undefined);
  });
});

describe("VP9", () => {
  /** Profile 0, a key frame of 640 by 360: 6.2 of the bitstream specification. */
  const key = hex("82 498342 0 027f 0167 0 0000");

  test("layers of one picture become one frame with an index, the lower one hidden, and the size is the upper one's", () => {
    const structure = "30 0140 00b4 0280 0168";
    const lower = hex(`ae 81 00 00 00 ${structure}`);
    const frame = vp9.assemble([Buffer.concat([lower, key]), hex("ac 81 00 20 00 8600aa")]);
    assert.ok(frame?.isKey);
    assert.deepEqual(frame.size, { width: 640, height: 360 });
    assert.equal(frame.data[0], 0x80);
    const index = frame.data.subarray(-10);
    assert.deepEqual([index[0], index[9], index.readUInt32LE(1), index.readUInt32LE(5)], [0xd9, 0xd9, key.length, 3]);
  });

  test("one layer is as it came", () => {
    assert.equal(vp9.assemble([hex("c8 01 8600aa"), hex("c4 01 bb")])?.data.toString("hex"), "8600aabb");
    assert.equal(vp9.assemble([hex("c8")]), undefined);
  });
});

describe("H.264", () => {
  const sps = hex("67 42c01f da014016e8 4000000300 4000000ca3 c60ca8");
  const pps = hex("68 ce3c80");
  const aggregate = Buffer.concat([Buffer.from([0x78, 0, sps.length]), sps, Buffer.from([0, pps.length]), pps]);

  test("parameter sets, a key frame in fragments: size, configuration, lengths in place of start codes", () => {
    const frame = h264.assemble([aggregate, hex("7c 85 1122"), hex("7c 05 33"), hex("7c 45 44")]);
    assert.ok(frame?.isKey);
    assert.deepEqual(frame.size, { width: 1280, height: 720 });
    assert.equal(frame.setup?.subarray(0, 6).toString("hex"), "0142c01fffe1");
    assert.equal(frame.data.subarray(-9).toString("hex"), "000000056511223344");
  });

  test("a fragment that is missing spoils the frame", () => {
    assert.equal(h264.assemble([hex("7c 85 1122"), hex("61 00")]), undefined);
    assert.equal(h264.assemble([hex("7c 05 1122")]), undefined);
    assert.equal(h264.assemble([hex("7c 85 1122")]), undefined);
    assert.equal(h264.assemble([hex("78 0009 11")]), undefined);
  });
});

describe("AV1", () => {
  test("units get their lengths back, over packets, and delimiters go", () => {
    const frame = av1.assemble([hex("60 02 1000 30aabb"), hex("90 ccdd")]);
    assert.equal(frame?.data.toString("hex"), "3204aabbccdd");
    assert.equal(av1.assemble([hex("90 ccdd")]), undefined, "its beginning is missing");
    assert.equal(av1.assemble([hex("50 30aabb")]), undefined, "its end is missing");
    assert.equal(av1.assemble([hex("00 7f 30")]), undefined, "a length beyond the end");
  });
});

describe("frames", () => {
  const packet = (timestamp: number, payload: Buffer, marker = true): Arrived => ({
    at: 0,
    packet: { payloadType: 100, marker, sequence: 0, timestamp, ssrc: 1, payload },
  });
  const key = hex("10 100000 9d012a 4001 b400");
  const delta = hex("10 110000");

  function open(codec: Codec = vp8) {
    const frames: Frame[] = [];
    let asked = 0;
    const assembler = new Assembler(
      codec,
      (frame) => frames.push(frame),
      () => {
        asked += 1;
      },
    );
    return { assembler, frames, asked: () => asked };
  }

  test("nothing is kept before a key frame, nor after a loss until the next", () => {
    const { assembler, frames, asked } = open();
    assembler.push(packet(1, delta));
    assembler.push(packet(2, key));
    assembler.push(packet(3, delta));
    assembler.lose();
    assert.equal(asked(), 1);
    assembler.push(packet(4, delta));
    assembler.push(packet(5, key));
    assert.deepEqual(
      frames.map(({ timestamp }) => timestamp),
      [2, 3, 5],
    );
    assert.equal(assembler.dropped, 2);
  });

  test("a frame without its mark ends where the next begins, and padding is nothing", () => {
    const { assembler, frames } = open();
    assembler.push(packet(1, key, false));
    assembler.push(packet(1, Buffer.alloc(0)));
    assembler.push(packet(2, delta, false));
    assert.equal(frames.length, 1);
  });

  test("rubbish of any kind and length is no frame and no fault", () => {
    let state = 7;
    const random = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state;
    };
    for (const codec of [vp8, vp9, h264, av1, opus]) {
      const { assembler } = open(codec);
      for (let count = 0; count < 5_000; count += 1) {
        const payload = Buffer.from(Array.from({ length: random() % 40 }, () => random() & 0xff));
        assembler.push(packet(count >> 1, payload, random() % 2 === 0));
        if (random() % 50 === 0) assembler.lose();
      }
    }
  });
});
