/** A call while signalling hosts and nats-servers go: two signalling hosts of one unit, three nats-servers, one bridge. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import type { Browser } from "playwright-core";
import { launchBrowser, withoutBrowser } from "../harness/browser.ts";
import { bodyOf } from "../harness/facts.ts";
import { anna, boris, gleb } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { forgetGaps, gapsOf } from "../harness/senses.ts";
import { SignallingHosts } from "../harness/signalling-hosts.ts";
import { longestStandstillMs } from "../harness/standstill.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser();
const room = "a lesson on three servers";
/** Media does not pass through signalling. */
const untouchedMs = process.env.CI ? 5_000 : 1_500;
/** Two elections of nats-server and a lease. */
const takeoverMs = 40_000;

let hosts: SignallingHosts;
let browser: Browser;
const people: Participant[] = [];
let chatLines = 0;

before(async () => {
  if (skip !== false) return;
  hosts = await SignallingHosts.start();
  browser = await launchBrowser();
  people.push(await Participant.join(browser, hosts.roomUrl(room), anna));
  people.push(await Participant.join(browser, hosts.roomUrl(room), boris, { overrides: ["config.preferBosh=true"] }));
  await allPerceiveAll(people);
});
after(async () => {
  await browser?.close();
  await hosts?.[Symbol.asyncDispose]();
});

/** What is said reaches everybody once, and somebody new is let in, seen and heard; returns how long each took. */
async function signallingWorks(): Promise<{ readonly saidMs: number; readonly joinedMs: number }> {
  const began = performance.now();
  chatLines += people.length;
  await Promise.all(people.map((each) => each.say(`line ${chatLines} of ${each.identity.name}`)));
  for (const each of people) {
    await each.until("has every line once", ({ chat }) => chat.length === chatLines, { timeoutMs: takeoverMs });
  }
  const said = performance.now();
  const newcomer = await Participant.arrive(browser, gleb);
  await newcomer.ask(hosts.roomUrl(room), []);
  const isIn = ({ page, connection }: { page: string; connection: string }) =>
    page === "call" && connection === "connected";
  try {
    await newcomer.until("is in the call", isIn, { timeoutMs: takeoverMs });
    await allPerceiveAll([...people, newcomer]).catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${await whatIsKnown([...people, newcomer])}`);
    });
  } finally {
    // Whatever failed: nobody stays in the room for the tests that follow.
    await newcomer.hangUp().catch(() => undefined);
    await newcomer.page.context().close();
  }
  const joined = performance.now();
  return { saidMs: Math.round(said - began), joinedMs: Math.round(joined - said) };
}

/** For whoever looks for a fault: what each page and each focus has of everybody. */
async function whatIsKnown(all: readonly Participant[]): Promise<string> {
  const pages = await Promise.all(
    all.map(async (each) => {
      const { endpoint, participants, ice, bridgeChannel } = await each.state();
      const troubles = each.troubles.slice(-5);
      return JSON.stringify({ name: each.identity.name, endpoint, ice, bridgeChannel, participants, troubles });
    }),
  );
  const rooms = await Promise.all([hosts.a, hosts.b].map(async (host) => `${host.id}: ${await host.rooms()}`));
  return [...pages, ...rooms].join("\n");
}

/** Nobody misses anybody while `harm` is done, nobody has to join again, and then everything works. */
async function unnoticed(t: TestContext, harm: () => Promise<void>): Promise<void> {
  const endpoints = await Promise.all(people.map((each) => each.endpoint()));
  await Promise.all(people.map(({ page }) => forgetGaps(page)));
  const began = performance.now();
  await harm();
  const { saidMs, joinedMs } = await signallingWorks();
  let longestMs = 0;
  for (const each of people) {
    const own = await each.endpoint();
    const gaps = (await gapsOf(each.page)).filter(({ endpoint }) => endpoints.includes(endpoint) && endpoint !== own);
    t.diagnostic(
      `${each.identity.name}: ${gaps.map((gap) => `${gap.kind} ${Math.round(gap.longestMs)} ms`).join(", ")}`,
    );
    longestMs = Math.max(longestMs, ...gaps.map((gap) => gap.longestMs));
  }
  t.diagnostic(
    `chat after ${saidMs} ms, a join after ${joinedMs} ms more, longest gap of media ${Math.round(longestMs)} ms`,
  );
  assert.ok(longestMs <= untouchedMs + longestStandstillMs(began), `somebody was gone for ${longestMs} ms`);
  assert.deepEqual(await Promise.all(people.map((each) => each.endpoint())), endpoints, "nobody had to join again");
}

async function onDuty(): Promise<string> {
  const found = await Promise.all([hosts.a, hosts.b].map(async (host) => ((await host.isOnDuty()) ? host.id : "")));
  return found.filter((id) => id !== "").join(" and ");
}

test("host a serves, host b stands by", { skip }, async () => {
  assert.equal(await onDuty(), "host-a");
  const { saidMs } = await signallingWorks();
  assert.ok(saidMs < takeoverMs);
});

test("each nats-server is killed, one after another", { skip }, async (t) => {
  for (const server of hosts.cluster.servers) {
    await unnoticed(t, () => server.kill());
    await server.start();
    for (const stream of ["KV_units", "KV_xmpp-state", "KV_rooms", "CONFERENCE"]) await hosts.cluster.settled(stream);
  }
  assert.equal(await onDuty(), "host-a", "the unit has not moved");
});

test("a process that is restarted does not move the unit", { skip }, async (t) => {
  for (const restarted of [hosts.a.xmpp, hosts.a.focus]) {
    await unnoticed(t, () => {
      restarted.signal("SIGKILL");
      return Promise.resolve();
    });
  }
  assert.equal(await onDuty(), "host-a");
});

test("a host that stood still is followed by the other, and serves nothing when it wakes", { skip }, async (t) => {
  await unnoticed(t, async () => {
    hosts.a.signal("SIGSTOP");
    const sinceMs = performance.now();
    await eventually("host b serves", async () => ((await hosts.b.isOnDuty()) ? undefined : "it does not"), {
      timeoutMs: takeoverMs,
    });
    t.diagnostic(`host b serves after ${Math.round(performance.now() - sinceMs)} ms`);
    hosts.a.signal("SIGCONT");
  });
  await eventually("host a stands by", async () => ((await onDuty()) === "host-b" ? undefined : await onDuty()));
  await hosts.a.ready();
});

test("everything of a host is killed", { skip }, async (t) => {
  await unnoticed(t, async () => {
    const sinceMs = performance.now();
    await Promise.all([hosts.b.lose(), hosts.cluster.servers[1]?.kill()]);
    await eventually("host a serves", async () => ((await hosts.a.isOnDuty()) ? undefined : "it does not"), {
      timeoutMs: takeoverMs,
    });
    t.diagnostic(`host a serves after ${Math.round(performance.now() - sinceMs)} ms`);
  });
});

test("what was told of all that holds every promise", { skip }, async () => {
  for (const each of people) await each.hangUp();
  const facts = await hosts.promisesHeld();
  const left = facts.filter(({ subject }) => subject.endsWith(".participant.left"));
  const reasons = left.map((fact) => bodyOf(fact).reason);
  assert.ok(
    reasons.every((reason) => reason === "client"),
    reasons.join(", "),
  );
});
