import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { fakeMeeting, somebody } from "../call/fake-context.ts";
import { LobbyNews } from "./lobby-news.ts";

mock.timers.enable({ apis: ["setTimeout"] });

const granted = { type: "lobby-notify", event: "LOBBY-ACCESS-GRANTED", value: "ann", name: "Ann" };

function begin(isModerator: boolean) {
  const meeting = fakeMeeting();
  meeting.state.isModerator.value = isModerator;
  meeting.state.setOccupant(somebody("host", { name: "Host", isModerator: true }));
  meeting.state.setOccupant(somebody("eve"));
  return { ...meeting, news: new LobbyNews(meeting.context) };
}

test("a moderator is told what another has decided", () => {
  const { news, notices } = begin(true);
  news.json(granted, "5a@muc.m/host");
  news.json({ ...granted, event: "LOBBY-ACCESS-DENIED" }, "5a@muc.m/host");
  assert.deepEqual(
    notices().map(({ text, values }) => [text, values]),
    [
      ["lobby.notificationLobbyAccessGranted", { name: "Host", target: "Ann" }],
      ["lobby.notificationLobbyAccessDenied", { name: "Host", target: "Ann" }],
    ],
  );
});

test("others are not, and nobody but a moderator is believed", () => {
  const pupil = begin(false);
  pupil.news.json(granted, "5a@muc.m/host");
  const moderator = begin(true);
  moderator.news.json(granted, "5a@muc.m/eve");
  moderator.news.json({ ...granted, event: "toString" }, "5a@muc.m/host");
  assert.deepEqual([...pupil.notices(), ...moderator.notices()], []);
});
