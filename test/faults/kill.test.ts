/** kill -9 of each part of the system during a call of three: one over TCP, one over BOSH. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { assertNobodyLost, bodyOf, nameOf, promisesHeld, readFacts } from "../harness/facts.ts";
import { anna, boris, gleb, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { forgetGaps, gapsOf } from "../harness/senses.ts";
import { type Scene, setScene } from "../harness/stack.ts";
import { longestStandstillMs } from "../harness/standstill.ts";
import { throughout } from "../harness/wait.ts";
import { mediaBackMs } from "./gaps.ts";

const skip = withoutBrowser();
const scene = setScene({ skip, prepare: joinAll });
const room = "a lesson that goes on";
/** Somewhat longer than anything may take, so that what comes back late is seen to be late. */
const watchMs = 8_000;
const people: Participant[] = [];
let chatLines = 0;

async function joinAll({ stack, browser }: Scene): Promise<void> {
  const ways = [
    [anna, []],
    [boris, ["config.webrtcIceUdpDisable=true"]],
    [vera, ["config.preferBosh=true"]],
  ] as const;
  for (const [identity, overrides] of ways) {
    people.push(await Participant.join(browser, stack.roomUrl(room), identity, { overrides }));
  }
  await allPerceiveAll(people);
}

async function endpoints(): Promise<string[]> {
  return Promise.all(people.map((each) => each.endpoint()));
}

/** Kills, watches everybody's page, and says how long anybody missed anybody. */
async function survives(t: TestContext, kill: () => Promise<unknown>): Promise<void> {
  const known = await endpoints();
  await Promise.all(people.map(({ page }) => forgetGaps(page)));
  await kill();
  const killedAt = performance.now();
  let troubledMs = 0;
  await throughout("everybody stays in the call", watchMs, async () => {
    for (const each of people) {
      const { page, connection, reconnecting } = await each.state();
      if (page !== "call") return `${each.identity.name} is on the page "${page}"`;
      if (reconnecting || connection !== "connected") troubledMs = Math.round(performance.now() - killedAt);
    }
    return undefined;
  });
  t.diagnostic(`some page said it was reconnecting until ${troubledMs} ms after`);
  await allPerceiveAll(people);
  await assertGaps(t, known);
  assert.deepEqual(await endpoints(), known, "nobody had to join again");
  await signallingWorks();
}

async function assertGaps(t: TestContext, known: readonly string[]): Promise<void> {
  const longest = { video: 0, audio: 0 };
  for (const each of people) {
    const own = await each.endpoint();
    const gaps = (await gapsOf(each.page)).filter(({ endpoint }) => known.includes(endpoint) && endpoint !== own);
    for (const kind of ["video", "audio"] as const) {
      const ofKind = gaps.filter((gap) => gap.kind === kind);
      assert.equal(
        ofKind.length,
        people.length - 1,
        `${each.identity.name} has ${kind} of everybody: ${JSON.stringify(gaps)}`,
      );
      longest[kind] = Math.max(longest[kind], ...ofKind.map((gap) => gap.longestMs));
    }
  }
  t.diagnostic(`longest gap: video ${longest.video} ms, audio ${longest.audio} ms`);
  for (const [kind, gapMs] of Object.entries(longest))
    assert.ok(gapMs <= mediaBackMs + longestStandstillMs(), `${kind} was gone for ${gapMs} ms`);
}

/** Messages and mute marks reach everybody, and somebody new is let in, seen and heard. */
async function signallingWorks(): Promise<void> {
  chatLines += people.length;
  await Promise.all(people.map((each) => each.say(`line ${chatLines} of ${each.identity.name}`)));
  for (const each of people) await each.until("has every line once", ({ chat }) => chat.length === chatLines);
  const newcomer = await Participant.join(scene.browser, scene.stack.roomUrl(room), gleb);
  await allPerceiveAll([...people, newcomer]);
  await newcomer.hangUp();
  await newcomer.page.context().close();
}

test("the focus", { skip }, async (t) => {
  await survives(t, () => scene.stack.local.kill("focus"));
  const facts = await readFacts(scene.stack.local, room);
  assert.ok(facts.some((fact) => nameOf(fact) === "session.resumed"));
});

test("a mediasoup worker", { skip }, async (t) => {
  const [worker] = scene.stack.local.workerPids();
  assert.ok(worker !== undefined);
  await survives(t, async () => process.kill(worker, "SIGKILL"));
  assert.notDeepEqual(scene.stack.local.workerPids(), [worker]);
});

test("the videobridge", { skip }, (t) => survives(t, () => scene.stack.local.kill("videobridge")));

test("the XMPP server", { skip }, (t) => survives(t, () => scene.stack.local.kill("xmpp")));

test("nats-server", { skip }, (t) => survives(t, () => scene.stack.local.kill("nats")));

test("the web server", { skip }, (t) => survives(t, () => scene.stack.local.kill("web")));

test("what was told of all that holds every promise", { skip }, async () => {
  const newcomers = 6;
  for (const each of people) await each.hangUp();
  const facts = await promisesHeld(
    scene.stack.local,
    room,
    people.map((each) => each.identity.name),
  );
  assertNobodyLost(facts);
  assert.equal(facts.filter((fact) => nameOf(fact) === "participant.joined").length, people.length + newcomers);
  const epochs = facts.map((fact) => Number(bodyOf(fact).epoch));
  assert.ok((epochs.at(-1) ?? 0) > (epochs[0] ?? 0), "the room changed hands");
});
