import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { fakeMeeting, somebody } from "../call/fake-context.ts";
import { AvModeration } from "./av-moderation.ts";

mock.timers.enable({ apis: ["setTimeout"] });

const from = "avmoderation.m";
const switched = (enabled: boolean, mediaType = "audio") => ({ type: "av_moderation", enabled, mediaType });
const decided = (more: object, mediaType = "audio") => ({ type: "av_moderation", mediaType, ...more });

function begin() {
  const meeting = fakeMeeting();
  const moderation = new AvModeration(meeting.context);
  const texts = () => meeting.notices().map(({ text }) => text);
  const press = (text: string) =>
    meeting
      .notices()
      .find((each) => each.text === text)
      ?.actions?.[0]?.act();
  return { ...meeting, moderation, texts, press };
}

test("moderation mutes those it concerns, keeps them muted, and tells them how to ask", () => {
  const { moderation, media, texts, press, state } = begin();
  moderation.json(switched(true), from);
  assert.equal(media.audioMuted.value, true);
  void media.setAudioMuted(false);
  assert.equal(media.audioMuted.value, true);
  assert.deepEqual(texts(), ["notify.moderationInEffectTitle"]);
  press("notify.moderationInEffectTitle");
  assert.ok(state.handRaisedAt.value > 0);
});

test("camera and screen are as they were when only microphones are moderated", () => {
  const { moderation, media } = begin();
  media.screen.value = {};
  moderation.json(switched(true), from);
  assert.ok(media.camera.value && media.screen.value);
  moderation.json(switched(true, "desktop"), from);
  assert.equal(media.screen.value, undefined);
});

test("who gets leave is asked and may speak until it is taken back", () => {
  const { moderation, media, texts, press } = begin();
  moderation.json(switched(true), from);
  moderation.json(decided({ approved: true }), from);
  assert.equal(media.audioMuted.value, true, "leave is no order");
  assert.deepEqual(texts(), ["notify.hostAskedUnmute"]);
  press("notify.hostAskedUnmute");
  assert.equal(media.audioMuted.value, false);
  moderation.json(decided({ removed: true }), from);
  assert.equal(media.audioMuted.value, true);
});

test("without moderation leave is only a question", () => {
  const { moderation, media, press } = begin();
  void media.setAudioMuted(true);
  moderation.json(decided({ approved: true }), from);
  press("notify.hostAskedUnmute");
  assert.equal(media.audioMuted.value, false);
  moderation.json(switched(true), from);
  assert.equal(media.audioMuted.value, true, "it was no leave");
});

test("who becomes a moderator may do everything", () => {
  const { moderation, state } = begin();
  moderation.json(switched(true), from);
  assert.deepEqual([...moderation.blocked.value], ["audio"]);
  state.isModerator.value = true;
  assert.deepEqual([...moderation.blocked.value], []);
});

test("moderators see who asks, and give leave from where they look", () => {
  const { moderation, state, sent, texts, press } = begin();
  state.isModerator.value = true;
  moderation.json(switched(true), from);
  state.setOccupant(somebody("ann", { handRaisedAt: 5 }));
  press("notify.moderationRequestFromParticipant");
  assert.match(JSON.stringify(sent), /"jidToWhitelist":"5a@muc.m\/ann"/);
  const whitelists = { audio: ["5a@muc.m/ann"], video: [], desktop: [] };
  moderation.json({ type: "av_moderation", whitelists, mediaType: "audio" }, from);
  assert.ok(!texts().includes("notify.moderationRequestFromParticipant"), "it has been dealt with");
});

test("nobody in a room can pretend to be the server", () => {
  const { moderation } = begin();
  moderation.json(switched(true), "5a@muc.m/eve");
  assert.deepEqual([...moderation.moderated.value], []);
});

test("in another room other rules hold", () => {
  const { moderation, texts } = begin();
  moderation.json(switched(true), from);
  moderation.left();
  assert.deepEqual([...moderation.blocked.value], []);
  assert.deepEqual(texts(), []);
});

test("a mute by a moderator is said with their name", () => {
  const { moderation, media, state, notices } = begin();
  state.setOccupant(somebody("host", { name: "Анна", isModerator: true }));
  moderation.obeyMute("audio", "host");
  assert.equal(media.audioMuted.value, true);
  assert.deepEqual(notices()[0]?.values, { name: "Анна" });
});
