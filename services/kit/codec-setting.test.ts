import assert from "node:assert/strict";
import { test } from "node:test";
import { codecSchema } from "./codec-setting.ts";
import { readConfig } from "./config.ts";

const read = (text: string) => readConfig(codecSchema, { CODEC_ORDER_JVB: text }).CODEC_ORDER_JVB;

test("the codec is the first of the list, however docker-jitsi-meet's users wrote it; VP8 where they wrote none", () => {
  assert.equal(readConfig(codecSchema, {}).CODEC_ORDER_JVB, "VP8");
  for (const text of ["VP9", "vp9", "VP9, VP8", '["VP9", "VP8", "H264"]', "[ 'VP9' ]"]) assert.equal(read(text), "VP9");
});

for (const text of ["H265", "[]", "", '["H265", "VP8"]'])
  test(`${JSON.stringify(text)} names no codec for conferences, and the start says so`, () => {
    assert.throws(() => read(text), /CODEC_ORDER_JVB: expected a list that begins with one of VP8, VP9, AV1, H264/);
  });
