/** One lesson from the welcome page to the last goodbye: three browsers, over WebSocket and UDP. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { assertNobodyLost, bodyOf, nameOf, promisesHeld } from "../harness/facts.ts";
import { anna, boris, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { endpointOf, hearsNothingOf, perceives, sightsOf } from "../harness/senses.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser();
const scene = setScene({ skip });
const room = "5А класс — физика";
let first: Participant;
let second: Participant;
let third: Participant;
const boshRequests: string[] = [];

test("somebody types a room name on the welcome page, looks at camera and name, and is in the room", {
  skip,
}, async () => {
  first = await Participant.arrive(scene.browser, anna);
  first.page.on("request", (request) => {
    if (request.url().includes("/http-bind")) boshRequests.push(request.url());
  });
  await first.page.goto(scene.stack.local.urls.http);
  await first.page.fill("#room-name", room);
  await first.press("go");
  await first.page.waitForSelector("#display-name");
  await first.page.fill("#display-name", anna.name);
  await first.until("has a camera", ({ videoMuted }) => !videoMuted);
  await first.press("join");
  await first.inCall();
  assert.equal(decodeURIComponent(new URL(first.page.url()).pathname), `/${room}`);
});

test("three people see and hear one another", { skip }, async () => {
  second = await Participant.join(scene.browser, scene.stack.roomUrl(room), boris);
  // Two spellings of one name are one room.
  third = await Participant.join(scene.browser, scene.stack.roomUrl(room.toUpperCase()), vera);
  await allPerceiveAll([first, second, third]);
});

test("they signal over WebSocket, and their media goes over UDP to the bridge's one port", { skip }, async () => {
  assert.deepEqual(boshRequests, []);
  for (const each of [first, second, third]) {
    const { transport } = await each.stats();
    assert.equal(transport?.protocol, "udp");
    assert.ok(transport.remote.endsWith(`:${scene.stack.local.ports.media}`), transport.remote);
    assert.equal(transport.dtls, "connected");
  }
});

test("names are shown as they were typed", { skip }, async () => {
  const names = (await first.state()).participants.map((each) => each.name);
  assert.deepEqual(names.toSorted(), [boris.name, vera.name].toSorted());
  const tile = first.tile(await second.endpoint());
  assert.equal(await first.page.textContent(`${tile} .tile-text`), boris.name);
});

test("a muted microphone shows its mark and falls silent, and comes back", { skip }, async () => {
  const endpoint = await second.endpoint();
  await second.press("microphone");
  for (const each of [first, third]) {
    await each.shows("sees the mark", `${each.tile(endpoint)} .mark.muted`);
    await hearsNothingOf(each.page, endpoint);
  }
  await perceives(second.page, [anna, vera]);
  await second.press("microphone");
  for (const each of [first, third]) await each.hides("sees no mark", `${each.tile(endpoint)} .mark.muted`);
  await allPerceiveAll([first, second, third]);
});

test("a camera that is switched off gives way to an avatar, and comes back", { skip }, async () => {
  const endpoint = await second.endpoint();
  await second.press("camera");
  for (const each of [first, third]) await each.hides("sees no picture", `${each.tile(endpoint)} video`);
  await second.press("camera");
  await allPerceiveAll([first, second, third]);
});

test("a message reaches everybody once, and counts as unread where the chat is closed", { skip }, async () => {
  const text = "Откройте <учебник> на стр. 42 & смотрите: https://example.org/a?b=c";
  await first.say(text);
  for (const each of [first, second, third]) await each.until("has the message", ({ chat }) => chat.length === 1);
  const { chat, unread } = await second.state();
  assert.equal(chat[0]?.text, text);
  assert.equal(chat[0]?.name, anna.name);
  assert.equal(unread, 1);
  await second.press("chat");
  await second.until("has read it", (state) => state.unread === 0);
  await second.say("Спасибо!");
  await first.until("has the answer", (state) => state.chat.length === 2 && state.unread === 0);
  await third.until("has two unread", (state) => state.unread === 2);
});

test("the mark of the dominant speaker follows the voice", { skip }, async () => {
  const people = [first, second, third];
  for (const each of people) await each.page.evaluate("vecheCamera.setLoudness(0.003)");
  for (const speaker of [second, third, first]) {
    const endpoint = await speaker.endpoint();
    await speaker.page.evaluate("vecheCamera.setLoudness(0.6); vecheCamera.speak(true)");
    for (const each of people) {
      await each.until("marks the speaker", ({ dominant }) => dominant === endpoint, { timeoutMs: 12_000 });
      await each.shows("shows the mark", `${each.tile(endpoint)}.dominant`);
    }
    await speaker.page.evaluate("vecheCamera.speak(false); vecheCamera.setLoudness(0.003)");
  }
  for (const each of people) await each.page.evaluate("vecheCamera.setLoudness(0.3)");
});

test("a shared screen is a second picture beside the camera, and goes away", { skip }, async () => {
  const endpoint = await third.endpoint();
  await third.press("desktop");
  for (const each of [first, second]) {
    await eventually(`${each.identity.name} sees the screen`, async () => {
      const sights = (await sightsOf(each.page)).filter((sight) => sight.endpoint === endpoint);
      const colors = sights.map((sight) => sight.color).toSorted();
      return colors.join() === [vera.color, vera.screenColor].toSorted().join() ? undefined : colors.join();
    });
  }
  await third.press("desktop");
  for (const each of [first, second]) await each.hides("sees no screen", each.tile(endpoint, "desktop"));
  await allPerceiveAll([first, second, third]);
});

test("somebody who leaves is gone for the others and can come back", { skip }, async () => {
  const gone = await endpointOf(first.page, boris);
  await second.hangUp();
  for (const each of [first, third]) await each.hides("sees nobody there", each.tile(gone));
  await allPerceiveAll([first, third]);
  await second.comeBack();
  await allPerceiveAll([first, second, third]);
});

test("no page complained", { skip }, () => {
  for (const each of [first, second, third]) assert.deepEqual(each.troubles, [], each.identity.name);
});

test("what was told of the sitting holds every promise", { skip }, async () => {
  for (const each of [third, second, first]) await each.hangUp();
  const facts = await promisesHeld(scene.stack.local, room, [anna.name, boris.name, vera.name, "физика"]);
  assertNobodyLost(facts);
  // Who says goodbye has not failed.
  assert.deepEqual(facts.filter((fact) => nameOf(fact) === "participant.connection-failed").map(bodyOf), []);
  const count = (name: string): number => facts.filter((fact) => nameOf(fact) === name).length;
  assert.equal(count("participant.joined"), 4);
  assert.ok(count("speaker.changed") >= 3);
  const desktop = facts.filter((fact) => (bodyOf(fact).source as { kind?: string } | undefined)?.kind === "desktop");
  assert.deepEqual(
    desktop.map(nameOf).filter((name) => name.endsWith("published")),
    ["source.published", "source.unpublished"],
  );
  const muted = facts.filter((fact) => nameOf(fact) === "source.muted").map((fact) => bodyOf(fact).by);
  assert.ok(muted.length >= 1 && muted.every((by) => by === "self"), muted.join());
  const end = bodyOf(facts.at(-1) ?? { subject: "", streamSequence: 0, id: "", body: {} });
  assert.equal(end.reason, "empty");
});
