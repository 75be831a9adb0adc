import assert from "node:assert/strict";
import { test } from "node:test";
import { followMeElement } from "../../protocol/conference/follow-me.ts";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import { xml } from "../../protocol/xml/element.ts";
import { CallState } from "../call/state.ts";
import { FollowMe } from "./follow-me.ts";

const alike = { tileViewEnabled: true, filmstripVisible: true, nextOnStage: undefined };
const said = xml("presence", {}, followMeElement(alike));
const ended = xml("presence", {}, followMeElement(undefined));

function room() {
  const state = new CallState();
  state.selfId.value = "self";
  const followMe = new FollowMe({ state });
  const somebody = (id: string, isModerator: boolean): Occupant => {
    const occupant = { id, name: id, isModerator, handRaisedAt: 0, sources: new Map() } as unknown as Occupant;
    state.setOccupant(occupant);
    return occupant;
  };
  return { state, followMe, somebody };
}

test("a moderator leads until they say so, lose the right or leave", () => {
  const { state, followMe, somebody } = room();
  const teacher = somebody("teacher", true);
  followMe.presence(said, teacher);
  assert.deepEqual(followMe.led.value, { ...alike, by: "teacher" });
  followMe.presence(ended, teacher);
  assert.equal(followMe.isLed.value, false);
  followMe.presence(said, teacher);
  somebody("teacher", false);
  assert.equal(followMe.isLed.value, false);
  followMe.presence(said, somebody("teacher", true));
  state.dropOccupants(["teacher"]);
  assert.equal(followMe.isLed.value, false);
});

test("a pupil leads nobody, and nobody follows themselves", () => {
  const { followMe, somebody } = room();
  followMe.presence(said, somebody("pupil", false));
  followMe.presence(said, somebody("self", true));
  assert.equal(followMe.isLed.value, false);
});

test("only a moderator leads, and one at a time", () => {
  const { state, followMe, somebody } = room();
  followMe.setLeading(true);
  assert.equal(followMe.isLeading.value, false);
  state.isModerator.value = true;
  followMe.setLeading(true);
  assert.equal(followMe.isLeading.value, true);
  state.isModerator.value = false;
  assert.equal(followMe.isLeading.value, false);
  state.isModerator.value = true;
  followMe.presence(said, somebody("teacher", true));
  followMe.setLeading(true);
  assert.equal(followMe.isLeading.value, false);
});
