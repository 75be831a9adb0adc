/** A call while signalling hosts and nats-servers go: two signalling hosts of one unit, three nats-servers, one bridge. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { bodyOf } from "../harness/facts.ts";
import { SignallingHosts } from "../harness/signalling-hosts.ts";
import { eventually } from "../harness/wait.ts";
import { Lesson, takeoverMs } from "./lesson.ts";

const skip = withoutBrowser();

let hosts: SignallingHosts;
let lesson: Lesson;

before(async () => {
  if (skip !== false) return;
  hosts = await SignallingHosts.start();
  lesson = await Lesson.begin(hosts);
});
after(async () => {
  await lesson?.[Symbol.asyncDispose]();
  await hosts?.[Symbol.asyncDispose]();
});

test("host a serves, host b stands by", { skip }, async () => {
  assert.equal(await hosts.onDuty(), "host-a");
  const { saidMs } = await lesson.goesOn();
  assert.ok(saidMs < takeoverMs);
});

test("each nats-server is killed, one after another", { skip }, async (t) => {
  for (const server of hosts.cluster.servers) {
    await lesson.isUntroubledBy(t, () => server.kill());
    await server.start();
    for (const stream of ["KV_units", "KV_xmpp-state", "KV_rooms", "CONFERENCE"]) await hosts.cluster.settled(stream);
  }
  assert.equal(await hosts.onDuty(), "host-a", "the unit has not moved");
});

test("a process that is restarted does not move the unit", { skip }, async (t) => {
  for (const restarted of [hosts.a.xmpp, hosts.a.focus]) {
    await lesson.isUntroubledBy(t, () => {
      restarted.signal("SIGKILL");
      return Promise.resolve();
    });
  }
  assert.equal(await hosts.onDuty(), "host-a");
});

test("a host that stood still is followed by the other, and serves nothing when it wakes", { skip }, async (t) => {
  await lesson.isUntroubledBy(t, async () => {
    hosts.a.signal("SIGSTOP");
    const sinceMs = performance.now();
    await eventually("host b serves", async () => ((await hosts.b.isOnDuty()) ? undefined : "it does not"), {
      timeoutMs: takeoverMs,
    });
    t.diagnostic(`host b serves after ${Math.round(performance.now() - sinceMs)} ms`);
    hosts.a.signal("SIGCONT");
  });
  await eventually("host a stands by", async () =>
    (await hosts.onDuty()) === "host-b" ? undefined : await hosts.onDuty(),
  );
  await hosts.a.ready();
});

test("everything of a host is killed", { skip }, async (t) => {
  await lesson.isUntroubledBy(t, async () => {
    const sinceMs = performance.now();
    await Promise.all([hosts.b.lose(), hosts.cluster.servers[1]?.kill()]);
    await eventually("host a serves", async () => ((await hosts.a.isOnDuty()) ? undefined : "it does not"), {
      timeoutMs: takeoverMs,
    });
    t.diagnostic(`host a serves after ${Math.round(performance.now() - sinceMs)} ms`);
  });
});

test("what was told of all that holds every promise", { skip }, async () => {
  await lesson.end();
  const facts = await hosts.promisesHeld();
  const left = facts.filter(({ subject }) => subject.endsWith(".participant.left"));
  const reasons = left.map((fact) => bodyOf(fact).reason);
  assert.ok(
    reasons.every((reason) => reason === "client"),
    reasons.join(", "),
  );
});
