/** The roads between signalling hosts are cut and mended: two hosts of one unit in networks of their own, a third with the rest. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { bothSure, DutyWatch } from "../harness/duty-watch.ts";
import { Roads, withoutRoads } from "../harness/roads.ts";
import { type SignallingHost, SignallingHosts } from "../harness/signalling-hosts.ts";
import { eventually } from "../harness/wait.ts";
import { Lesson, takeoverMs } from "./lesson.ts";

const skip = withoutBrowser() || withoutRoads();
const stack = new AsyncDisposableStack();

let roads: Roads;
let hosts: SignallingHosts;
let lesson: Lesson;
let watches: readonly [DutyWatch, DutyWatch];

before(async () => {
  if (skip !== false) return;
  roads = stack.use(await Roads.open());
  hosts = stack.use(await SignallingHosts.start(roads));
  lesson = stack.use(await Lesson.begin(hosts));
  const watch = ({ place, xmppDebug }: SignallingHost) => stack.use(new DutyWatch(place, xmppDebug));
  watches = [watch(hosts.a), watch(hosts.b)];
});
after(() => stack.disposeAsync());

/** The one that serves, and the one that stands by. */
async function whoServes(): Promise<readonly [SignallingHost, SignallingHost]> {
  await eventually("one host serves", async () => {
    const serving = await hosts.onDuty();
    return serving === hosts.a.id || serving === hosts.b.id ? undefined : `on duty: ${serving || "nobody"}`;
  });
  return (await hosts.a.isOnDuty()) ? [hosts.a, hosts.b] : [hosts.b, hosts.a];
}

function servedByOneAtATime(t: TestContext): void {
  const [a, b] = watches.map(({ samples }) => samples);
  assert.ok(a && b && a.length > 0 && b.length > 0, "both were watched");
  t.diagnostic(`${a.length} and ${b.length} looks at who is on duty`);
  assert.deepEqual([...bothSure(a, b), ...bothSure(b, a)], [], "two served at the same time");
}

test("two signalling hosts that do not reach each other, and both reach the third", { skip }, async (t) => {
  await lesson.isUntroubledBy(t, () => roads.part(hosts.a.place, hosts.b.place));
  await lesson.isUntroubledBy(t, () => roads.join(hosts.a.place, hosts.b.place));
  const [serving] = await whoServes();
  t.diagnostic(`${serving.id} serves`);
  servedByOneAtATime(t);
});

test("the host on duty is cut off from everybody: the other serves, also when it is back", { skip }, async (t) => {
  const [lost, follower] = await whoServes();
  await lesson.isUntroubledBy(t, async () => {
    await roads.cut(lost.place);
    const sinceMs = performance.now();
    const look = async () => ((await follower.isOnDuty()) ? undefined : "it does not");
    await eventually(`${follower.id} serves`, look, { timeoutMs: takeoverMs });
    t.diagnostic(`${follower.id} serves after ${Math.round(performance.now() - sinceMs)} ms`);
  });
  await lesson.isUntroubledBy(t, () => roads.heal(lost.place));
  const [serving] = await whoServes();
  assert.equal(serving.id, follower.id);
  await lost.ready();
  servedByOneAtATime(t);
});

test("what was told of it holds every promise", { skip }, async (t) => {
  await lesson.end();
  await hosts.promisesHeld();
  servedByOneAtATime(t);
});
