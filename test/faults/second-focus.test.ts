/** Two focuses of one unit: when the one that has the room is stopped, the other takes over once the lease has run out. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ProcessName } from "@veche/deploy/local/stack.ts";
import { bodyOf, promisesHeld } from "../harness/facts.ts";
import { startTestStack, type TestStack } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";
import { Crowd } from "../load/crowd.ts";
import { placeOf } from "../load/place.ts";
import { longestGapMs, owners, untouchedMs } from "./gaps.ts";

const room = "two-focuses";
const takeoverMs = 30_000;
const focuses: readonly ProcessName[] = ["focus", "focus-2"];

let stack: TestStack;
let crowd: Crowd;

before(async () => {
  stack = await startTestStack({}, { focuses: focuses.length });
  crowd = await Crowd.open(placeOf(stack.local));
});
after(async () => {
  crowd?.[Symbol.dispose]();
  await stack?.[Symbol.asyncDispose]();
});

/** Those that say they have the room. One that is stopped says nothing. */
async function owningFocuses(): Promise<ProcessName[]> {
  const found: ProcessName[] = [];
  for (const name of focuses) {
    const url = `http://127.0.0.1:${stack.privatePortOf(name)}/debug/conferences`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(500) }).catch(() => undefined);
    if (answer && Object.keys((await answer.json()) as object).length > 0) found.push(name);
  }
  return found;
}

async function everybodyHearsEverybody(): Promise<void> {
  const { participants } = crowd;
  await eventually("everybody hears everybody", () => {
    const silent = participants.find(({ nick, reception }) => {
      const heard = owners(reception, performance.now() - 1_000);
      return participants.some((each) => each.nick !== nick && !heard.get(each.nick)?.has("audio"));
    });
    return silent && `${silent.nick} does not; ${silent.faults.join(" ")}`;
  });
}

test("a stopped focus is followed by the other, and finds its rooms taken when it wakes", async (t) => {
  await crowd.join({ room, people: 3 });
  await everybodyHearsEverybody();
  const [owner, ...more] = await owningFocuses();
  assert.ok(owner && more.length === 0, "one has the room");
  const [other] = focuses.filter((name) => name !== owner);
  const sinceMs = performance.now();
  for (const { reception } of crowd.participants) reception.restart();
  stack.local.signal(owner, "SIGSTOP");
  try {
    await eventually(
      "the other has the room",
      async () => ((await owningFocuses()).some((name) => name === other) ? undefined : "it has not"),
      { timeoutMs: takeoverMs },
    );
    t.diagnostic(`taken over after ${Math.round(performance.now() - sinceMs)} ms`);
    await crowd.join({ room, people: 1 });
    await everybodyHearsEverybody();
  } finally {
    stack.local.signal(owner, "SIGCONT");
  }
  await eventually("one has the room", async () => {
    const owning = await owningFocuses();
    return owning.length === 1 && owning[0] === other ? undefined : owning.join(", ");
  });
  await crowd.join({ room, people: 1 });
  await everybodyHearsEverybody();
  const old = crowd.participants.slice(0, 3);
  const gaps = old.flatMap(({ nick, reception }) =>
    old.filter((each) => each.nick !== nick).map((each) => longestGapMs(reception, each.nick, sinceMs).audio),
  );
  t.diagnostic(`longest gap: ${Math.round(Math.max(...gaps))} ms`);
  assert.ok(Math.max(...gaps) < untouchedMs);
  for (const { nick, faults, invitations, left } of crowd.participants)
    assert.deepEqual([faults, invitations, left], [[], 1, []], nick);
  for (const each of crowd.participants) each.leave();
  const facts = await promisesHeld(stack.local, room);
  const epochs = facts.map((fact) => Number(bodyOf(fact).epoch));
  assert.ok((epochs.at(-1) ?? 0) > (epochs[0] ?? 0), "the room changed hands");
});
