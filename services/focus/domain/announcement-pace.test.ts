import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, joined, Play, seenBy, sourcesOf } from "../testing/play.ts";
import { burst, defaultPace, formatPace, paceInBurstMs, paceMs, readPace } from "./announcement-pace.ts";

test("the pace of a size is that of the largest size below it; small conferences wait for nothing", () => {
  const sizes = [0, 9, 10, 29, 30, 99, 100, 5_000];
  assert.deepEqual(
    sizes.map((size) => paceMs(defaultPace, size)),
    [0, 0, 200, 200, 500, 500, 1_000, 1_000],
  );
});

test("while many are on their way in, those who are in are told of them less often", () => {
  assert.equal(paceInBurstMs(defaultPace, 100, burst.fromNewcomers - 1), 1_000);
  assert.equal(paceInBurstMs(defaultPace, 100, burst.fromNewcomers), 3_000);
  assert.equal(paceInBurstMs(defaultPace, 5, burst.fromNewcomers), 0);
});

test("delays are read as Jicofo's configuration writes them, in any order; anything else is refused", () => {
  const pace = [
    { fromSize: 50, delayMs: 1_000 },
    { fromSize: 100, delayMs: 2_000 },
  ];
  for (const text of ["{ 50: 1000, 100: 2000 }", "100=2000,50=1000", "{100 = 2000, 50 = 1000}"]) {
    assert.deepEqual(readPace(text), pace, text);
  }
  assert.equal(formatPace(pace), "{ 50: 1000, 100: 2000 }");
  for (const text of ["", "{}"]) assert.deepEqual(readPace(text), [], "no delays");
  for (const text of ["50", "{ 50: 1000, }", "{ 50: -1 }", "50: 60000", "yes"]) {
    assert.equal(readPace(text), undefined, text);
  }
});

const pace = [{ fromSize: 2, delayMs: 500 }];

/** Somebody's sources arrive at `receiver`'s side. */
function arrives(play: Play, endpoint: string, index: number, receiver: string) {
  const sources = sourcesOf(endpoint, index);
  play.play(joined(endpoint));
  play.play(play.created(endpoint), play.accepts(endpoint, sources));
  const names = sources.map(({ name }) => name);
  return play.play(play.connected(endpoint, names, [{ receiver, sources: seenBy(receiver, sources) }]));
}

test("the first announcement goes out at once, those within the delay go together when it is over", () => {
  const play = new Play({ pace, resumeMarginMs: 0 }).callOf("a", "b");
  play.pass(10_000);
  assert.ok(asked(arrives(play, "c", 5, "a")).includes("announce-sources a: c-a0 c-v0"));
  play.play(play.announced("a", "c-a0", "c-v0"));
  play.pass(100);
  for (const [index, endpoint] of ["d", "e"].entries()) {
    assert.deepEqual(
      asked(arrives(play, endpoint, 6 + index, "a")).filter((one) => one.startsWith("announce")),
      [],
    );
  }
  assert.deepEqual(
    asked(play.pass(399)).filter((one) => one.startsWith("announce")),
    [],
  );
  assert.deepEqual(asked(play.pass(1)), ["announce-sources a: d-a0 d-v0 e-a0 e-v0"]);
});

test("what is withdrawn is waited for before it is announced anew, and does not wait for the announcements' delay", () => {
  const play = new Play({ pace, resumeMarginMs: 0 }).callOf("a", "b");
  play.pass(10_000);
  arrives(play, "c", 5, "a");
  play.play(play.announced("a", "c-a0", "c-v0"));
  const { jingleSession } = play.invite("c");
  const [, camera] = sourcesOf("c", 5);
  assert.ok(camera);
  const removed = play.play({ type: "sources-removed", ask: 5, endpoint: "c", jingleSession, sources: [camera] });
  assert.ok(asked(removed).includes("withdraw-sources a: c-v0"));
});

test("who left while its sources waited is not announced", () => {
  const play = new Play({ pace, resumeMarginMs: 0 }).callOf("a", "b");
  play.pass(10_000);
  arrives(play, "c", 5, "a");
  play.play(play.announced("a", "c-a0", "c-v0"));
  arrives(play, "d", 6, "a");
  play.play({ type: "occupant-left", endpoint: "d", reason: "client", by: "" });
  assert.deepEqual(
    asked(play.pass(2_000)).filter((one) => one.startsWith("announce")),
    [],
  );
});
