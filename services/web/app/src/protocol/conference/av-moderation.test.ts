import assert from "node:assert/strict";
import { test } from "node:test";
import { serialise } from "../xml/element.ts";
import { allowMedia, disallowMedia, readAvModeration, switchModeration } from "./av-moderation.ts";

const component = "avmoderation.meet.example";
const pupil = "5a@muc.meet.example/ab12cd34";

test("what a moderator asks of the component", () => {
  assert.equal(
    serialise(switchModeration(component, "1", "desktop", true)),
    `<message xmlns="jabber:client" to="${component}" id="1"><av_moderation enable="true" mediaType="desktop"/></message>`,
  );
  assert.match(serialise(allowMedia(component, "1", "audio", pupil)), /jidToWhitelist="5a@muc.meet.example\/ab12cd34"/);
  assert.match(serialise(disallowMedia(component, "1", "video", pupil)), /jidToBlacklist=.* mediaType="video"/);
});

test("everybody is told what is moderated", () => {
  const news = { type: "av_moderation", enabled: true, mediaType: "audio", room: "5a@muc.meet.example", actor: pupil };
  assert.deepEqual(readAvModeration(news), { type: "switched", media: "audio", isOn: true });
});

test("moderators are told who has leave, whatever nonsense stands between", () => {
  const whitelists = { audio: [pupil, 5, "no-occupant"], video: "all" };
  assert.deepEqual(readAvModeration({ type: "av_moderation", whitelists, mediaType: "audio", removed: true }), {
    type: "lists",
    allowed: { audio: new Set(["ab12cd34"]), video: new Set(), desktop: new Set() },
  });
});

test("who has got leave or lost it is told so", () => {
  const decided = (more: object) => readAvModeration({ type: "av_moderation", mediaType: "video", ...more });
  assert.deepEqual(decided({ approved: true }), { type: "decided", media: "video", isAllowed: true });
  assert.deepEqual(decided({ removed: true }), { type: "decided", media: "video", isAllowed: false });
});

test("what says nothing of moderation is passed over", () => {
  for (const message of [
    { type: "polls", enabled: true, mediaType: "audio" },
    { type: "av_moderation", enabled: true, mediaType: "smell" },
    { type: "av_moderation", enabled: "yes", mediaType: "audio" },
    { type: "av_moderation", whitelists: [] },
  ])
    assert.equal(readAvModeration(message), undefined);
});
