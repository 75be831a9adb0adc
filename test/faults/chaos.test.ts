/**
 * A call on three bridges while parts die, are drained, stand still and come back, and people come and go, all drawn from
 * a seed. Afterwards everybody has everybody, and every promise of the facts holds. VECHE_TEST_SEED gives another seed.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { ProcessName } from "@veche/deploy/local/stack.ts";
import { Random } from "@veche/videobridge/testing/random.ts";
import { promisesHeld } from "../harness/facts.ts";
import { startTestStack, type TestStack } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";
import { Crowd } from "../load/crowd.ts";
import type { Participant } from "../load/participant.ts";
import { placeOf } from "../load/place.ts";
import { allOfIt, bigCallSettings, setDraining } from "./big-call.ts";
import { owners } from "./gaps.ts";

const seed = Number(process.env.VECHE_TEST_SEED ?? 1);
const chaosMs = process.env.CI ? 20_000 : 40_000;
const betweenMs = { least: 500, most: 3_000 };
const people = { first: 5, least: 3, most: 8 };
const settledMs = 60_000;
const recentMs = 1_000;
const room = "chaos";
const bridges: readonly ProcessName[] = ["videobridge", "videobridge-2", "videobridge-3"];

let stack: TestStack;
let crowd: Crowd;
let present: Participant[] = [];
/** Those who try to get in; nobody waits for them before the end. */
const coming: Promise<void>[] = [];

before(async () => {
  stack = await startTestStack(bigCallSettings, { bridges: bridges.length });
  crowd = await Crowd.open(placeOf(stack.local));
});
after(async () => {
  crowd?.[Symbol.dispose]();
  await stack?.[Symbol.asyncDispose]();
});

/** Where the bridge is there to be told. */
async function tellDraining(bridge: ProcessName, isDraining: boolean): Promise<void> {
  await setDraining(stack, bridge, isDraining).catch(() => undefined);
}

/** Stands still as one whose network is cut. */
async function pause(pids: readonly number[], durationMs: number): Promise<void> {
  const signal = (name: NodeJS.Signals) => {
    for (const pid of pids) {
      try {
        process.kill(pid, name);
      } catch {
        // It died meanwhile.
      }
    }
  };
  signal("SIGSTOP");
  await delay(durationMs);
  signal("SIGCONT");
}

type Act = { readonly name: string; readonly do: (random: Random) => Promise<unknown> };

const acts: readonly Act[] = [
  { name: "a bridge is killed", do: (random) => stack.local.kill(random.pick(bridges)) },
  {
    name: "a media worker is killed",
    do: async (random) => {
      const [pid] = stack.local.workerPids(random.pick(bridges));
      if (pid !== undefined) process.kill(pid, "SIGKILL");
    },
  },
  { name: "the focus is killed", do: () => stack.local.kill("focus") },
  { name: "nats-server is killed", do: () => stack.local.kill("nats") },
  { name: "a bridge is drained", do: (random) => tellDraining(random.pick(bridges), true) },
  { name: "no bridge is drained any more", do: () => Promise.all(bridges.map((each) => tellDraining(each, false))) },
  {
    name: "a media worker is cut off",
    do: (random) => pause(stack.local.workerPids(random.pick(bridges)), 500 + random.below(2_000)),
  },
  {
    name: "nats-server is cut off",
    do: (random) => pause([stack.local.pids().nats ?? 0].filter(Boolean), 500 + random.below(2_000)),
  },
  {
    name: "somebody comes",
    do: async () => {
      coming.push(come());
    },
  },
  {
    name: "somebody leaves",
    do: async (random) => {
      if (present.length <= people.least) return;
      const one = random.pick(present);
      present = present.filter((each) => each !== one);
      one.leave();
    },
  },
];

/** Who comes while there is nothing to come to tries again. */
async function come(): Promise<void> {
  if (present.length >= people.most) return;
  await eventually(
    "somebody is in the room",
    async () => {
      try {
        present.push(...(await crowd.join({ room, people: 1, wishes: allOfIt })));
        return undefined;
      } catch (error) {
        return String(error);
      }
    },
    { timeoutMs: settledMs },
  );
}

function missing(): string | undefined {
  for (const { nick, reception, faults } of present) {
    const flowing = owners(reception, performance.now() - recentMs);
    for (const other of present) {
      const kinds = flowing.get(other.nick);
      if (other.nick !== nick && !(kinds?.has("audio") && kinds.has("video")))
        return `${nick} has ${[...(kinds ?? ["nothing"])]} of ${other.nick}; ${faults.join(" ")}`;
    }
  }
  return undefined;
}

test(`what happens by chance, from seed ${seed}`, async (t) => {
  t.diagnostic(`seed ${seed}`);
  const random = new Random(seed);
  present = await crowd.join({ room, people: people.first, wishes: allOfIt });
  await eventually("everybody has everybody", missing, { timeoutMs: settledMs });
  const endAt = performance.now() + chaosMs;
  const done: string[] = [];
  while (performance.now() < endAt) {
    const act = random.pick(acts);
    done.push(act.name);
    await act.do(random);
    await delay(betweenMs.least + random.below(betweenMs.most - betweenMs.least));
  }
  t.diagnostic(done.join(", "));
  await Promise.all(bridges.map((each) => tellDraining(each, false)));
  await stack.local.ready();
  await Promise.all(coming);
  const calmAt = performance.now();
  // What came just before still counts as recent.
  await delay(recentMs);
  await eventually("everybody has everybody again", missing, { timeoutMs: settledMs });
  t.diagnostic(`${present.length} people had each other ${Math.round(performance.now() - calmAt)} ms after the last`);
  const strangers = present.flatMap(({ nick, left }) =>
    left.filter((gone) => present.some((each) => each.nick === gone)).map((gone) => `${nick} saw ${gone} leave`),
  );
  assert.deepEqual(strangers, []);
  for (const each of present) each.leave();
  await promisesHeld(stack.local, room, [], { timeoutMs: settledMs });
});
