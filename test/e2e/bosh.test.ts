/** The same call where WebSockets do not get through. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { assertNobodyLost, promisesHeld } from "../harness/facts.ts";
import { anna, boris, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { setScene } from "../harness/stack.ts";

const skip = withoutBrowser();
const scene = setScene({ skip });
const room = "over bosh";
const overBosh = { overrides: ["config.preferBosh=true"] };
const people: Participant[] = [];
const xmppSockets: string[] = [];

test("three people see and hear one another over BOSH", { skip }, async () => {
  for (const identity of [anna, boris, vera]) {
    const each = await Participant.arrive(scene.browser, identity);
    each.page.on("websocket", (socket) => {
      if (socket.url().includes("xmpp-websocket")) xmppSockets.push(socket.url());
    });
    await each.open(scene.stack.roomUrl(room), overBosh.overrides);
    people.push(each);
  }
  await allPerceiveAll(people);
  assert.deepEqual(xmppSockets, []);
});

test("messages go both ways over BOSH, in order", { skip }, async () => {
  const texts = ["one", "two", "three", "four", "five"];
  for (const text of texts) await people[0]?.say(text);
  for (const each of people) await each.until("has all", ({ chat }) => chat.length === texts.length);
  assert.deepEqual(
    (await people[2]?.state())?.chat.map(({ text }) => text),
    texts,
  );
});

test("somebody leaves over BOSH and comes back", { skip }, async () => {
  const [first, second, third] = people;
  assert.ok(first && second && third);
  const gone = await third.endpoint();
  await third.hangUp();
  await first.hides("sees nobody there", first.tile(gone));
  await third.comeBack();
  await allPerceiveAll(people);
});

test("what was told of the sitting holds every promise", { skip }, async () => {
  for (const each of people) await each.hangUp();
  assertNobodyLost(await promisesHeld(scene.stack.local, room, [anna.name]));
});
