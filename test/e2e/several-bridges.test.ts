/** One lesson on three bridges, a person on each: nobody notices. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { assertNobodyLost, promisesHeld } from "../harness/facts.ts";
import { anna, boris, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { hearsNothingOf, perceives, sightsOf } from "../harness/senses.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser();
const scene = setScene({
  skip,
  size: { bridges: 3 },
  env: { OCTO_BRIDGE_SELECTION_STRATEGY: "SplitBridgeSelectionStrategy" },
});
const room = "Three bridges";
const bridges = ["videobridge", "videobridge-2", "videobridge-3"] as const;
let people: readonly Participant[] = [];

type Crossing = { readonly name: string; readonly layers: readonly number[] };
type Debug = {
  readonly endpoints: Readonly<Record<string, unknown>>;
  readonly relays: Readonly<Record<string, { readonly isMet: boolean; readonly crossing: readonly Crossing[] }>>;
};

/** What a bridge says of the one conference. */
async function debugOf(bridge: (typeof bridges)[number]): Promise<Debug> {
  const origin = `http://127.0.0.1:${scene.stack.privatePortOf(bridge)}/debug`;
  const { conferences } = (await (await fetch(origin)).json()) as { conferences: Record<string, unknown> };
  const [id = ""] = Object.keys(conferences);
  return (await (await fetch(`${origin}/${id}`)).json()) as Debug;
}

test("three people on three bridges see and hear one another", { skip }, async () => {
  const joined: Participant[] = [];
  for (const identity of [anna, boris, vera])
    joined.push(await Participant.join(scene.browser, scene.stack.roomUrl(room), identity));
  people = joined;
  await allPerceiveAll(people);
  for (const bridge of bridges) {
    const { endpoints, relays } = await debugOf(bridge);
    assert.equal(Object.keys(endpoints).length, 1, bridge);
    assert.deepEqual(
      Object.values(relays).map(({ isMet }) => isMet),
      [true, true],
      bridge,
    );
  }
});

test("who falls silent or takes the camera away is so on all bridges, and comes back", { skip }, async () => {
  const [first, second, third] = people as [Participant, Participant, Participant];
  const endpoint = await second.endpoint();
  await second.press("microphone");
  for (const each of [first, third]) await hearsNothingOf(each.page, endpoint);
  await perceives(second.page, [anna, vera]);
  await second.press("microphone");
  await second.press("camera");
  for (const each of [first, third]) await each.hides("sees no picture", `${each.tile(endpoint)} video`);
  await second.press("camera");
  await allPerceiveAll(people);
});

test("a screen shared on one bridge is seen on the others", { skip }, async () => {
  const [first, second, third] = people as [Participant, Participant, Participant];
  const endpoint = await third.endpoint();
  await third.press("desktop");
  for (const each of [first, second])
    await eventually(`${each.identity.name} sees the screen`, async () => {
      const colors = (await sightsOf(each.page))
        .filter((sight) => sight.endpoint === endpoint)
        .map(({ color }) => color);
      return colors.toSorted().join() === [vera.color, vera.screenColor].toSorted().join() ? undefined : colors.join();
    });
  await third.press("desktop");
  await allPerceiveAll(people);
});

test("the dominant speaker is the same one everywhere", { skip }, async () => {
  for (const each of people) await each.page.evaluate("vecheCamera.setLoudness(0.003)");
  const [first, second] = people as [Participant, Participant];
  for (const speaker of [second, first]) {
    const endpoint = await speaker.endpoint();
    await speaker.page.evaluate("vecheCamera.setLoudness(0.6); vecheCamera.speak(true)");
    for (const each of people)
      await each.until("marks the speaker", ({ dominant }) => dominant === endpoint, { timeoutMs: 12_000 });
    await speaker.page.evaluate("vecheCamera.speak(false); vecheCamera.setLoudness(0.003)");
  }
  for (const each of people) await each.page.evaluate("vecheCamera.setLoudness(0.3)");
});

test("of a picture in a tile only small layers cross", { skip }, async () => {
  await eventually("no bridge sends its largest layer to another one for thumbnails", async () => {
    for (const bridge of bridges) {
      const { relays } = await debugOf(bridge);
      const crossing = Object.values(relays).flatMap((relay) =>
        relay.crossing.filter(({ name }) => name.endsWith("-v0")),
      );
      if (crossing.length === 0) return `nothing crosses from ${bridge}`;
      const all = crossing.find(({ layers }) => layers.length > 2);
      if (all) return `${bridge}: ${JSON.stringify(all)}`;
    }
    return undefined;
  });
});

test("who leaves is gone everywhere, and the facts tell of one lesson", { skip }, async () => {
  const [first, second, third] = people as [Participant, Participant, Participant];
  const gone = await third.endpoint();
  await third.hangUp();
  for (const each of [first, second]) await each.hides("sees nobody there", each.tile(gone));
  await allPerceiveAll([first, second]);
  for (const each of people) assert.deepEqual(each.troubles, [], each.identity.name);
  for (const each of [second, first]) await each.hangUp();
  assertNobodyLost(await promisesHeld(scene.stack.local, room));
});
