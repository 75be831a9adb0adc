import assert from "node:assert/strict";
import { test } from "node:test";
import type { Meeting } from "../session/contract.ts";
import { pageAddress, readState, storageOf } from "./page.ts";

const meeting: Meeting = {
  job: "j",
  tenant: "main",
  room: "r",
  session: "s",
  roomName: "5%d0%b0",
  roomJid: "5%d0%b0@muc.x",
};

test("the page's address is that of the call with Jibri's settings and the layout, and holds no account", () => {
  const address = new URL(pageAddress("https://meet.example/", { meeting, layout: "grid" }));
  assert.equal(address.origin + address.pathname, "https://meet.example/5%D0%B0");
  const settings = new URLSearchParams(address.hash.slice(1));
  assert.equal(settings.get("config.iAmRecorder"), "true");
  assert.equal(settings.get("config.recorderLayout"), '"grid"');
  assert.equal(settings.get("config.startWithAudioMuted"), "true");
  assert.doesNotMatch(address.href, /recorder@|password/);
});

test("a tenant stands before the room", () => {
  const address = pageAddress("http://web:8000", { meeting: { ...meeting, tenant: "school" }, layout: "speaker" });
  assert.ok(address.startsWith("http://web:8000/school/5%D0%B0#"), address);
});

test("a name can't lead to another page", () => {
  for (const [roomName, path] of [
    ["a%2f..%2fb", "/a%2F..%2Fb"],
    ["a%3fx%23config.y=1", "/a%3Fx%23config.y%3D1"],
    ["//evil.example", "/%2F%2Fevil.example"],
  ] as const) {
    const address = new URL(pageAddress("http://web:8000", { meeting: { ...meeting, roomName }, layout: "grid" }));
    assert.equal(address.origin + address.pathname, `http://web:8000${path}`);
  }
  for (const roomName of ["", "..", ".", "%2e%2e", "%E0%A4%A", "a\\b"])
    assert.throws(
      () => pageAddress("http://web:8000", { meeting: { ...meeting, roomName }, layout: "grid" }),
      /room/,
      roomName,
    );
});

test("the page is told its account and what its occupant says of itself", () => {
  const account = { user: "recorder", domain: "hidden.meet.example", password: "secret" };
  const presence = { mode: "stream", sessionId: "s1", viewUrl: "https://tube.example/1" } as const;
  assert.deepEqual(storageOf(account, { presence }), {
    xmpp_username_override: "recorder@hidden.meet.example",
    xmpp_password_override: "secret",
    displayname: "Recorder",
    recorder_mode: "stream",
    recorder_session_id: "s1",
    recorder_view_url: "https://tube.example/1",
  });
});

test("a page that says nothing readable has no state", () => {
  for (const value of [undefined, null, "joined", {}, { phase: "elsewhere" }])
    assert.equal(readState(value), undefined);
  const state = { phase: "joined", reason: undefined, participants: 2, receivingVideo: 1, isConnected: true };
  assert.deepEqual(readState(state), state);
});
