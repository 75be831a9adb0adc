import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOverrides, placeOf, roomNode, roomPath, serviceUrl } from "./url.ts";

test("a room name may hold letters of any language and spaces", () => {
  const place = placeOf("/5%D0%90%20%D0%BA%D0%BB%D0%B0%D1%81%D1%81%20%E2%80%94%20%D1%84%D0%B8%D0%B7%D0%B8%D0%BA%D0%B0");
  assert.deepEqual(place, { roomName: "5А класс — физика", tenant: "" });
  assert.equal(placeOf(roomPath(place)).roomName, place.roomName);
});

test("the server's name of a room is normalised, lower case and percent-encoded", () => {
  assert.equal(roomNode("Über Raum"), "%c3%bcber%20raum");
  assert.equal(roomNode("U\u0308ber Raum"), roomNode("Über Raum"));
  assert.equal(roomNode("ＡＢＣ"), "abc");
});

test("forbidden characters vanish and a tenant is what comes before the room", () => {
  assert.deepEqual(placeOf("/school-7/Physics%3A%20(1)"), { tenant: "school-7", roomName: "Physics 1" });
  assert.deepEqual(placeOf("/"), { tenant: "", roomName: "" });
});

test("an address that cannot be decoded is taken as it is", () => {
  assert.equal(placeOf("/100%").roomName, "100%");
});

test("overrides are JSON, and bare words are text", () => {
  const overrides = hashOverrides(
    "#config.startWithAudioMuted=true&userInfo.displayName=%22Zo%C3%AB%22&config.lang=ru&&=x",
  );
  assert.deepEqual(
    [...overrides],
    [
      ["config.startWithAudioMuted", true],
      ["userInfo.displayName", "Zoë"],
      ["config.lang", "ru"],
    ],
  );
});

test("service addresses are completed from the page's own", () => {
  assert.equal(
    serviceUrl("/http-bind", "https://meet.example/room", { room: "%c3%bc" }, "http"),
    "https://meet.example/http-bind?room=%25c3%25bc",
  );
  assert.equal(
    serviceUrl("/xmpp-websocket", "https://meet.example/r", { previd: undefined }, "ws"),
    "wss://meet.example/xmpp-websocket",
  );
  assert.equal(serviceUrl("wss://other.example/x", "http://localhost/", {}, "ws"), "wss://other.example/x");
});
