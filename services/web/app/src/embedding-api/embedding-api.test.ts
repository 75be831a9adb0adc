import assert from "node:assert/strict";
import { test } from "node:test";
import { cssSize } from "./frame.ts";
import { frameUrl } from "./frame-url.ts";
import { Listeners } from "./listeners.ts";
import { People } from "./people.ts";

test("the frame's address holds the options as Jitsi's script writes them", () => {
  const url = frameUrl("meet.example/school-7", 2, {
    roomName: "5А класс",
    jwt: "a.b.c",
    configOverwrite: { startWithAudioMuted: true, prejoinConfig: { enabled: false }, left: undefined },
    interfaceConfigOverwrite: { TOOLBAR_BUTTONS: ["chat"] },
    userInfo: { displayName: "Zoë & Co" },
  });
  const { pathname, search, hash } = new URL(url);
  assert.equal(decodeURIComponent(pathname), "/school-7/5А класс");
  assert.equal(search, "?jwt=a.b.c");
  assert.deepEqual(hash.slice(1).split("&").map(decodeURIComponent), [
    "jitsi_meet_external_api_id=2",
    "config.startWithAudioMuted=true",
    'config.prejoinConfig={"enabled":false}',
    'interfaceConfig.TOOLBAR_BUTTONS=["chat"]',
    'userInfo.displayName="Zoë & Co"',
  ]);
});

test("language, release and http are as asked, and a room's name takes nothing of the address over", () => {
  const { href } = new URL(
    frameUrl("localhost:8000", 0, {
      noSSL: true,
      roomName: "a?b#c%20d",
      release: "r1",
      configOverwrite: { defaultLanguage: "ru" },
    }),
  );
  assert.ok(
    href.startsWith("http://localhost:8000/a%3Fb%23c%20d?lang=ru&release=r1#jitsi_meet_external_api_id=0"),
    href,
  );
});

test("sizes are pixels or CSS lengths, and nothing else", () => {
  assert.deepEqual([700, "50%", "10.5em", "100dvh", "calc(1px)", "red"].map(cssSize), [
    "700px",
    "50%",
    "10.5em",
    "100dvh",
    undefined,
    undefined,
  ]);
});

test("listeners come and go as with Node's emitter", () => {
  const listeners = new Listeners();
  const heard: unknown[] = [];
  const first = (value: unknown) => heard.push(`first ${value}`);
  listeners.on("x", first).once("x", (value) => heard.push(`once ${value}`));
  listeners.prependListener("x", () => heard.push("before"));
  assert.equal(listeners.listenerCount("x"), 3);
  assert.equal(listeners.emit("x", 1), true);
  assert.equal(listeners.emit("x", 2), true);
  listeners.removeListener("x", first);
  listeners.emit("x", 3);
  assert.deepEqual(heard, ["before", "first 1", "once 1", "before", "first 2", "before"]);
  assert.equal(listeners.removeAllListeners().emit("x"), false);
  assert.deepEqual(listeners.eventNames(), []);
});

test("who is there is counted from what the app tells, over all rooms where there are several", () => {
  const people = new People();
  people.hear("video-conference-joined", { id: "me", displayName: "Ann", roomName: "r" });
  people.hear("participant-joined", { id: "b", displayName: "Boris", formattedDisplayName: "Boris" });
  people.hear("display-name-change", { id: "b", displayname: "Boris I.", formattedDisplayName: "Boris I." });
  people.hear("email-change", { id: "stranger", email: "x@example.org" });
  assert.deepEqual(people.list, [
    { participantId: "me", displayName: "Ann" },
    { participantId: "b", displayName: "Boris I.", formattedDisplayName: "Boris I." },
  ]);
  people.hear("breakout-rooms-updated", {
    rooms: { a: { participants: { x: {}, y: {} } }, b: { participants: { z: {} } } },
  });
  assert.equal(people.count, 3);
  people.hear("breakout-rooms-updated", { rooms: { a: { participants: { x: {} } } } });
  assert.equal(people.count, 2);
  people.hear("participant-left", { id: "b" });
  people.hear("video-conference-left", { roomName: "r" });
  assert.equal(people.count, 0);
});
