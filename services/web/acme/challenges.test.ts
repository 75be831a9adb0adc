import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { ask } from "../testing/client.ts";
import { startWeb } from "../testing/web-under-test.ts";
import { Challenges, challengeLimits } from "./challenges.ts";

const token = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0";

async function twoWebs() {
  const clock = new ManualClock(Date.now());
  const network = new MemoryNetwork();
  const open = async () => {
    const challenges = new Challenges({ clock, log: silentLog });
    await challenges.listen(new MemoryBus(network, { role: "web" }));
    return challenges;
  };
  return { clock, first: await open(), second: await open() };
}

test("what one web puts up, every other answers, until it is taken down", async () => {
  const { clock, first, second } = await twoWebs();
  await first.put(token, `${token}.thumb`);
  assert.equal(await first.find(token), `${token}.thumb`);
  assert.equal(await second.find(token), `${token}.thumb`);
  await first.remove(token);
  const gone = second.find(token);
  await clock.advance(challengeLimits.waitMs);
  assert.equal(await gone, undefined);
});

test("a token that comes a moment after the question is answered", async () => {
  const { first, second } = await twoWebs();
  const found = second.find(token);
  await first.put(token, "late");
  assert.equal(await found, "late");
});

test("unknown tokens wait a second, a hundred of them at once", async () => {
  const { clock, first } = await twoWebs();
  const tokens = Array.from({ length: challengeLimits.waiting }, (_, i) => `unknown-token-${i}`);
  const waiting = tokens.map((one) => first.find(one));
  assert.equal(await first.find(token), undefined, "one too many does not wait");
  await clock.advance(challengeLimits.waitMs);
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set([undefined]));
  assert.equal(await first.find("../etc/passwd"), undefined);
});

test("without the bus the web that orders answers alone", async () => {
  const clock = new ManualClock(Date.now());
  const challenges = new Challenges({ clock, log: silentLog });
  const putting = challenges.put(token, "alone");
  await clock.advance(10_000);
  await putting;
  assert.equal(await challenges.find(token), "alone");
});

test("the authority is answered over plain http by any name, while pages are sent to https", async () => {
  await using web = await startWeb();
  const host = { headers: { host: "meet.school.example" } };
  const challenges = new Challenges({ clock: new ManualClock(), log: silentLog });
  await challenges.listen(new MemoryBus(web.network, { role: "web" }));
  await challenges.put(token, `${token}.thumb`);
  const answer = await ask(web.http, `/.well-known/acme-challenge/${token}`, host);
  assert.deepEqual([answer.status, answer.body], [200, `${token}.thumb`]);
  assert.equal((await ask(web.http, "/room", host)).status, 307);
  assert.equal((await ask(web.http, `/tenant/.well-known/acme-challenge/${token}`, host)).status, 404);
  assert.equal((await ask(web.http, "/.well-known/acme-challenge/unknown-token", host)).status, 404);
});
