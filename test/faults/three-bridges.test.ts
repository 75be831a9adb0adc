/**
 * A call of ten on three bridges, and what is killed, stopped or drained in the middle of it: those whom it concerns have
 * everybody again in time, the others notice nothing, nobody leaves the room, and every promise of the facts holds.
 */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { ProcessName } from "@veche/deploy/local/stack.ts";
import type { Browser } from "playwright-core";
import { launchBrowser, withoutBrowser } from "../harness/browser.ts";
import { nameOf, promisesHeld, readFacts } from "../harness/facts.ts";
import { startTestStack, type TestStack } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";
import { Crowd } from "../load/crowd.ts";
import { placeOf } from "../load/place.ts";
import { BigCall, bigCallSettings, setDraining } from "./big-call.ts";

const room = "three-bridges";
/** Long enough for its endpoints to be elsewhere. */
const stoppedMs = 8_000;
/** Nobody says that a stopped bridge is lost: it is known by its silence. */
const stoppedBackMs = process.env.CI ? 15_000 : 10_000;
/** From the death of everything. */
const firstJoinMs = 20_000;

const programs: Readonly<Record<string, ProcessName>> = {
  "jvb-1": "videobridge",
  "jvb-2": "videobridge-2",
  "jvb-3": "videobridge-3",
};
const programOf = (bridge: string): ProcessName => programs[bridge] ?? "videobridge";

let stack: TestStack;
let browser: Browser | undefined;
let call: BigCall;

before(async () => {
  stack = await startTestStack(bigCallSettings, { bridges: 3 });
  await allBridgesAreBack();
  browser = withoutBrowser() ? undefined : await launchBrowser();
  call = await BigCall.join(stack, room, browser);
});
after(async () => {
  await call?.[Symbol.asyncDispose]();
  await browser?.close();
  await stack?.[Symbol.asyncDispose]();
});

async function placed(bridge: string): Promise<string[]> {
  return [...(await call.placement())].flatMap(([endpoint, at]) => (at === bridge ? [endpoint] : []));
}

/** The bridge that has fewest of the call, but some: who is there, and the name of its program. */
async function someBridge(): Promise<{ readonly id: string; readonly program: ProcessName; readonly there: string[] }> {
  const each = await Promise.all(Object.keys(programs).map(async (id) => ({ id, there: await placed(id) })));
  const [found] = each.filter(({ there }) => there.length > 0).toSorted((a, b) => a.there.length - b.there.length);
  assert.ok(found, "somebody is on a bridge");
  return { ...found, program: programOf(found.id) };
}

/** The focus knows all three and takes them for well. */
async function allBridgesAreBack(): Promise<void> {
  await eventually("three bridges are there", async () => {
    const answer = await fetch(`http://127.0.0.1:${stack.local.ports.focus}/debug`);
    const { bridges } = (await answer.json()) as { bridges: readonly { healthy: boolean; draining: boolean }[] };
    const well = bridges.filter(({ healthy, draining }) => healthy && !draining);
    return well.length === 3 ? undefined : JSON.stringify(bridges);
  });
}

test("ten people are on three bridges", async () => {
  const used = new Set((await call.placement()).values());
  assert.deepEqual([...used].toSorted(), Object.keys(programs));
  call.assertNothingTwice();
});

test("kill -9 of a media worker", async (t) => {
  const { program, there } = await someBridge();
  const [worker] = stack.local.workerPids(program);
  assert.ok(worker !== undefined);
  await call.survives(t, there, async () => process.kill(worker, "SIGKILL"));
});

test("kill -9 of a bridge", async (t) => {
  const { program, there } = await someBridge();
  await call.survives(t, there, () => stack.local.kill(program));
  await allBridgesAreBack();
});

test("kill -9 of the focus", (t) => survivesUntouched(t, () => stack.local.kill("focus")));

test("kill -9 of nats-server", (t) => survivesUntouched(t, () => stack.local.kill("nats")));

/** For faults of what carries no media; afterwards the system does its work again. */
async function survivesUntouched(t: TestContext, act: () => Promise<unknown>): Promise<void> {
  await call.survives(t, [], async () => {
    await act();
    await stack.local.ready();
  });
}

test("a bridge that is stopped for a while: its endpoints are elsewhere, and when it wakes nothing comes twice", async (t) => {
  const { id, program, there } = await someBridge();
  const workers = stack.local.workerPids(program);
  const signal = (name: NodeJS.Signals) => {
    stack.local.signal(program, name);
    for (const pid of workers) process.kill(pid, name);
  };
  try {
    await call.survives(
      t,
      there,
      async () => {
        signal("SIGSTOP");
        await delay(stoppedMs);
      },
      stoppedBackMs,
    );
    assert.deepEqual(await placed(id), []);
  } finally {
    signal("SIGCONT");
  }
  await call.survives(t, [], async () => {
    await allBridgesAreBack();
    // As long as it may have something to say.
    await delay(2_000);
  });
  call.assertNothingTwice();
});

test("a bridge is drained: its endpoints move, nobody leaves", async (t) => {
  const { id, program, there } = await someBridge();
  await call.survives(t, there, async () => {
    await setDraining(stack, program, true);
    await eventually("it is empty", async () => {
      const left = await placed(id);
      return left.length === 0 ? undefined : left.join(", ");
    });
  });
  await setDraining(stack, program, false);
  await allBridgesAreBack();
});

test("what was told of all that holds every promise", async () => {
  const names = (await readFacts(stack.local, room)).map(nameOf);
  assert.ok(!names.includes("participant.left"), "nobody left");
  assert.equal(names.filter((name) => name === "participant.joined").length, call.endpoints.length);
  await call.end();
  await promisesHeld(
    stack.local,
    room,
    call.browsers.map((each) => each.identity.name),
  );
});

test("kill -9 of everything at once: people are in a room again soon", async (t) => {
  const names = Object.keys(stack.local.pids()) as ProcessName[];
  const killedAt = performance.now();
  await Promise.all(names.map((name) => stack.local.kill(name)));
  await eventually(
    "two are in a call",
    async () => {
      using crowd = await Crowd.open(placeOf(stack.local));
      try {
        await crowd.join({ room: "after-all-that", people: 2 });
      } catch (error) {
        return String(error);
      }
      t.diagnostic(`the first were connected after ${Math.round(performance.now() - killedAt)} ms`);
      return undefined;
    },
    { timeoutMs: firstJoinMs },
  );
});
