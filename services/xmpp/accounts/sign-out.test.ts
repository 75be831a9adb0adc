import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { anonymous } from "../stream/identity.ts";
import { type Arrival, Session } from "../stream/session.ts";
import { Harness } from "../testing/harness.ts";
import { Administrator, passwordOf } from "../testing/people.ts";
import { endSignedOutStreams } from "./sign-out.ts";

const room = "lesson@muc.meet.jitsi";

test("whose account is disabled in a lesson is signed out and leaves it; the others stay", async () => {
  await using harness = await Harness.start();
  await using administrator = await Administrator.start(harness);
  await administrator.add("anna");
  await administrator.add("boris", "pupil");
  const [anna, boris] = [await harness.webSocket(), await harness.webSocket()];
  await anna.signInWith("anna", passwordOf("anna"));
  await boris.signInWith("boris", passwordOf("boris"));
  anna.nick = "anna0001";
  boris.nick = "boris001";
  await anna.enter(room);
  await boris.enter(room);
  await administrator.directory.change("boris", { isDisabled: true });
  assert.match((await boris.next("error")).toString(), /<not-authorized /);
  await anna.next((stanza) => stanza.attrs.from === `${room}/${boris.nick}` && stanza.attrs.type === "unavailable");
  await anna.settled();
});

test("whose account is removed while the server is down does not come back", async () => {
  await using harness = await Harness.start();
  await using administrator = await Administrator.start(harness);
  await administrator.add("boris", "pupil");
  const [guest, boris] = [await harness.client(), await harness.webSocket()];
  await guest.enableResume();
  await boris.signInWith("boris", passwordOf("boris"));
  await boris.enableResume();
  boris.nick = "boris001";
  await guest.enter(room);
  await boris.enter(room);
  await guest.next((stanza) => stanza.attrs.from === `${room}/${boris.nick}`);
  await guest.acknowledged();
  await boris.acknowledged();
  await harness.server.kill();
  await administrator.directory.remove("boris");
  await harness.killAndRestart();
  const again = await harness.webSocket(`?previd=${guest.resumeId}`);
  assert.equal((await again.resume(guest)).name, "resumed");
  await again.next((stanza) => stanza.attrs.from === `${room}/${boris.nick}` && stanza.attrs.type === "unavailable");
  const back = await harness.webSocket();
  assert.equal((await back.tryPassword("boris", passwordOf("boris"))).name, "failure");
});

test("a stream that was on its way from its sign-in to its session ends a little later", async () => {
  const clock = new ManualClock(1_000);
  const listeners: ((name: string) => void)[] = [];
  const sessions: Session[] = [];
  const ended: Session[] = [];
  const ending = endSignedOutStreams({
    accounts: {
      mayStay: () => false,
      onSignedOut: (listener) => {
        listeners.push(listener);
        return { close: () => {} };
      },
    },
    sessions: { all: () => sessions, end: (session) => void ended.push(session) },
    clock,
    signInMs: 30_000,
  });
  for (const tell of listeners) tell("boris");
  const jid = {
    local: "boris",
    domain: "meet.jitsi",
    resource: "r",
    bare: "boris@meet.jitsi",
    full: "boris@meet.jitsi/r",
  };
  const late = new Session(jid, arrival, clock.now(), () => {});
  late.identity = { ...anonymous, kind: "account", userId: "boris" };
  sessions.push(late);
  await clock.advance(30_000);
  assert.deepEqual(ended, [late]);
  ending.close();
  assert.equal(clock.pending, 0);
});

const arrival: Arrival = {
  address: "192.0.2.1",
  origin: "wss://meet.example",
  room: "",
  prefix: "",
  client: { app: "", version: "", browser: "", os: "", isMobileApp: false },
};
