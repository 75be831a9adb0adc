import assert from "node:assert/strict";
import { test } from "node:test";
import { readSourceInfo, writeSourceInfo } from "./source-info.ts";

test("source states survive being written and read", () => {
  const states = new Map([
    ["ab12-a0", { muted: true, videoType: "camera" }],
    ["ab12-v1", { muted: false, videoType: "desktop" }],
  ] as const);
  assert.deepEqual(readSourceInfo(writeSourceInfo(states), "ab12"), states);
});

test("sources of others and nonsense are not believed", () => {
  assert.equal(readSourceInfo('{"other-a0":{"muted":true},"ab12-v0":7}', "ab12").size, 0);
  assert.equal(readSourceInfo("{", "ab12").size, 0);
  assert.equal(readSourceInfo("null", "ab12").size, 0);
});

test("a high frame rate screen share is still a screen share", () => {
  assert.equal(readSourceInfo('{"a-v1":{"videoType":"desktop_high_fps"}}', "a").get("a-v1")?.videoType, "desktop");
});
