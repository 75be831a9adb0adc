import assert from "node:assert/strict";
import { test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import { type LiveSettings, LiveSettingsWatch, mayOpenRooms } from "@veche/kit/live-settings.ts";
import { childOf } from "./codec/xml/element.ts";
import { Harness } from "./testing/harness.ts";
import { Administrator, passwordOf } from "./testing/people.ts";
import { conditionOf, type ScriptedClient } from "./testing/scripted-client.ts";

const room = "standup@muc.meet.jitsi";

/** A school with a teacher and a pupil, and a focus that keeps to the live settings as ours does. */
async function school(settings: Partial<LiveSettings>) {
  const harness = await Harness.start();
  const administrator = await Administrator.start(harness);
  await administrator.add("anna", "teacher");
  await administrator.add("peter", "pupil");
  const { focus } = harness;
  assert.ok(focus);
  const watch = await LiveSettingsWatch.open(focus.bus);
  const isOpen = new Set<string>();
  focus.refuse = ({ room: asked, authenticated, who }) => {
    const role = who?.accountRole ?? "";
    const rights = { authenticated, entitledModerator: who?.entitledModerator === true, accountRole: role };
    if (!isOpen.has(asked?.jid ?? "") && !mayOpenRooms(watch.current, rights)) {
      return new VecheError("unauthenticated", "sign in to open a room");
    }
    isOpen.add(asked?.jid ?? "");
    return undefined;
  };
  await administrator.set(settings);
  return {
    harness,
    administrator,
    signIn: async (name: string): Promise<ScriptedClient> => {
      const client = await harness.webSocket();
      await client.signInWith(name, passwordOf(name));
      return client;
    },
    guest: async (): Promise<ScriptedClient> => {
      const client = await harness.webSocket();
      await client.signIn("guest.meet.jitsi");
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      watch[Symbol.dispose]();
      await administrator[Symbol.asyncDispose]();
      await harness[Symbol.asyncDispose]();
    },
  };
}

test("on a secure domain a guest waits for a teacher, then comes in", async () => {
  await using stage = await school({ secureDomain: true });
  const guest = await stage.guest();
  assert.equal(conditionOf(await guest.conference(room)), "not-authorized");
  guest.join(room);
  const refused = await guest.next(({ name, attrs }) => name === "presence" && attrs.type === "error");
  assert.equal(conditionOf(refused), "not-allowed");
  const teacher = await stage.signIn("anna");
  await teacher.enter(room);
  await guest.enter(room);
  await teacher.next(({ attrs }) => attrs.from === `${room}/${guest.nick}`);
});

test("where only teachers open rooms, a pupil who signed in waits too", async () => {
  await using stage = await school({ secureDomain: true, roomOpeners: "teachers" });
  const pupil = await stage.signIn("peter");
  assert.equal(conditionOf(await pupil.conference(room)), "not-authorized");
  await (await stage.signIn("anna")).enter(room);
  await pupil.enter(room);
});

test("the domain becomes secure and open again while people talk, and nobody notices who is in a room", async () => {
  await using stage = await school({ secureDomain: false });
  const early = await stage.harness.client();
  await early.enter(room);
  await early.enableResume();
  await stage.administrator.set({ secureDomain: true });
  await early.settled();
  early.drop();
  const back = await stage.harness.webSocket(`?previd=${early.resumeId}`);
  assert.equal((await back.resume(early)).name, "resumed");
  const guest = await stage.guest();
  await guest.enter(room);
  assert.equal(conditionOf(await guest.conference("other@muc.meet.jitsi")), "not-authorized");
  await stage.administrator.set({ secureDomain: false });
  const late = await stage.harness.client();
  const answer = await late.conference("other@muc.meet.jitsi");
  assert.ok(childOf(answer, "conference"));
});
