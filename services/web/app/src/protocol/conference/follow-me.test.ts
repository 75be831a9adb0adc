import assert from "node:assert/strict";
import { test } from "node:test";
import { xml } from "../xml/element.ts";
import { followMeElement, readFollowMe } from "./follow-me.ts";

test("what a moderator shows is read as it was said", () => {
  const state = { tileViewEnabled: false, filmstripVisible: true, nextOnStage: "abcd1234" };
  assert.deepEqual(readFollowMe(xml("presence", {}, followMeElement(state))), state);
  const alike = { tileViewEnabled: true, filmstripVisible: false, nextOnStage: undefined };
  assert.deepEqual(readFollowMe(xml("presence", {}, followMeElement(alike))), alike);
});

test("the end of it is told from silence", () => {
  assert.equal(readFollowMe(xml("presence", {}, followMeElement(undefined))), "off");
  assert.equal(readFollowMe(xml("presence")), undefined);
});

test("what is too long to be an endpoint is nobody", () => {
  const read = readFollowMe(xml("presence", {}, xml("follow-me", { nextOnStage: "x".repeat(65) })));
  assert.equal(read !== "off" && read?.nextOnStage, undefined);
});
