/**
 * Schools' servers: each with an engine, an address and a network of its own, joined by a router. A signalling host, bridges at two
 * schools, a recorder and a gateway, and pupils who sit there, behind their school's line.
 */
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { chromiumPath, launchBrowser, withoutBrowser } from "../harness/browser.ts";
import { anna, boris, type Identity, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { startRecording, stop } from "../harness/recording/acts.ts";
import { withoutRoads } from "../harness/roads.ts";
import { forgetGaps, gapsOf, missingOf } from "../harness/senses.ts";
import { longestStandstillMs } from "../harness/standstill.ts";
import { hears } from "../harness/telephone/gateway.ts";
import { Phone, withoutPhones } from "../harness/telephone/phone.ts";
import { eventually } from "../harness/wait.ts";
import { withoutEngine } from "./engine.ts";
import { type Host, withoutEngines } from "./hosts/host.ts";
import { Installation } from "./hosts/installation.ts";
import { boundUdpPorts, openTcpPorts } from "./hosts/ports.ts";

const skip = withoutEngine() || withoutEngines() || withoutRoads() || withoutBrowser();
const room = "schools";
/** Sound and picture may break off for so long at those who are not concerned. */
const unnoticedMs = 1_500;
const calmMs = 3_000;
const recordedMs = 6_000;
const cutMs = 15_000;

const stack = new AsyncDisposableStack();
let installation: Installation;
let seven: Host;
let eight: Host;
const people: Participant[] = [];

before(async () => {
  if (skip) return;
  installation = stack.use(await Installation.open());
  [seven, eight] = await Promise.all([installation.addHost("school-7", 7), installation.addHost("school-8", 8)]);
});

after(async () => {
  await stack.disposeAsync();
});

/** A browser at that host: its line is the host's. */
async function browserAt(host: Host): Promise<Browser> {
  const browser = await launchBrowser([], await host.launcher(chromiumPath() ?? ""));
  stack.defer(() => browser.close());
  return browser;
}

test("two schools' bridges join the signalling host, each by one command", { skip }, async () => {
  const token = await installation.token(seven, "bridge");
  await installation.start(seven, "bridge", token);
  await assert.rejects(installation.start(eight, "bridge", token), /it was used at/);
  await installation.join(eight, "bridge");
  for (const host of [seven, eight])
    assert.match(await host.docker("ps", "--format", "{{.Names}} {{.Status}}"), /videobridge-1 .*healthy/);
});

test("from outside nothing answers but the ports that are documented", { skip }, async () => {
  assert.deepEqual(await openTcpPorts(installation.signalling.place.address), [80, 443, 4222]);
  assert.deepEqual(await boundUdpPorts(installation.signalling.place), []);
  assert.deepEqual(await openTcpPorts(seven.place.address), [4443, 9090]);
  assert.deepEqual(await boundUdpPorts(seven.place), ["10000", "10100-10149"]);
});

/** The address of the bridge that somebody is on. */
async function bridgeOf(who: Participant): Promise<string> {
  return ((await who.stats()).transport?.remote ?? "").replace(/:.*/, "");
}

/** Whoever is on another bridge than that host's is moved by the focus, as an administrator has it done. */
async function place(who: Participant, host: Host): Promise<void> {
  const { address } = host.place;
  const query = `conference=${room}@muc.meet.jitsi&endpoint=${await who.endpoint()}`;
  const ask = `fetch("http://127.0.0.1:8888/move-endpoints/move-endpoint?${query}").then((it) => it.text()).then(console.log)`;
  await eventually(
    `${who.identity.name} on ${host.place.name}`,
    async () => {
      const on = await bridgeOf(who);
      if (on === address) return undefined;
      const said = on === "" ? "" : await installation.inSignalling("exec", "--no-TTY", "focus", "node", "--eval", ask);
      return `on ${on} ${said}`;
    },
    { timeoutMs: 60_000, pollMs: 5_000 },
  );
}

test("people at both schools and elsewhere, on both bridges, see and hear each other", { skip }, async () => {
  const elsewhere = await launchBrowser();
  stack.defer(() => elsewhere.close());
  const places: readonly [Browser, Identity][] = [
    [await browserAt(seven), anna],
    [await browserAt(eight), boris],
    [elsewhere, vera],
  ];
  for (const [browser, who] of places) people.push(await Participant.join(browser, installation.roomUrl(room), who));
  await allPerceiveAll(people, { timeoutMs: 60_000 });
  const used = new Set(await Promise.all(people.map(bridgeOf)));
  assert.deepEqual(used, new Set([seven, eight].map(({ place: { address } }) => address)));
});

test("a recorder on a host of its own records a meeting, and the file is there", { skip }, async () => {
  const recorder = await installation.addHost("recorder-1", 20, "recorder");
  const token = await installation.token(recorder, "recorder");
  await installation.start(recorder, "recorder", token, {}, ["test/compose/busy-recorder.yml"]);
  const browser = await launchBrowser();
  try {
    const teacher = await Participant.join(browser, installation.roomUrl("recorded"), vera);
    await startRecording(teacher, { timeoutMs: 60_000 });
    await pause(recordedMs);
    await stop(teacher, "file");
  } finally {
    await browser.close();
  }
  const container = "veche-recorder-recorder-1";
  const find = "find /recordings -name '*.mp4' -not -path '*/.*' -not -path '*.joining/*' -not -path '*/parts/*'";
  let path = "";
  await eventually(
    "a file",
    async () => {
      path = (await recorder.docker("exec", container, "sh", "-c", find)).trim();
      return path === "" ? await recorder.docker("logs", "--tail", "20", container) : undefined;
    },
    { timeoutMs: 60_000, pollMs: 1_000 },
  );
  const probe = `ffprobe -v error -show_entries format=duration -of csv=p=0 '${path}'`;
  const seconds = Number(await recorder.docker("exec", container, "sh", "-c", probe));
  assert.ok(Math.abs(seconds - recordedMs / 1000) < 5, `${path}: ${seconds} s`);
});

test("a telephone comes in by a gateway on a host of its own, and is heard", {
  skip: skip || withoutPhones(),
}, async () => {
  const gateway = await installation.addHost("telephones", 30, "gateway");
  const token = await installation.token(gateway, "gateway");
  await installation.start(gateway, "gateway", token, {}, ["test/compose/telephones.yml"]);
  const [listener] = people as [Participant];
  const query = encodeURIComponent(`${room}@muc.meet.jitsi`);
  const ask = `fetch("/dial-in/code?conference=${query}").then((it) => it.json()).then(({ id }) => String(id))`;
  const code = await listener.page.evaluate<string>(ask);
  const { address } = installation.machine;
  await using phone = await Phone.start({ user: "74951111111", address, toneHz: 1400 });
  phone.dial(`sip:100@${gateway.place.address}`);
  await phone.comes("CALL_ESTABLISHED");
  await phone.press(`${code}#`);
  await hears(listener, 1400);
  phone.hangUp();
});

/** The longest that anything of one another was missed meanwhile, in ms, but for what this machine stood still. */
async function missedFor(durationMs: number, between: readonly Participant[]): Promise<number> {
  const since = performance.now();
  for (const { page } of between) await forgetGaps(page);
  await pause(durationMs);
  const endpoints = await Promise.all(between.map((each) => each.endpoint()));
  const gaps = (await Promise.all(between.map(({ page }) => gapsOf(page)))).flat();
  const mutual = gaps.filter(({ endpoint }) => endpoints.includes(endpoint)).map(({ longestMs }) => longestMs);
  assert.ok(mutual.length > 0);
  return Math.max(...mutual) - longestStandstillMs(since);
}

test("a school's line is cut: the others go on and notice nothing; healed, its people are back by themselves", {
  skip,
}, async () => {
  const [pupil, ...others] = people as [Participant, ...Participant[]];
  await place(pupil, seven);
  for (const each of others) await place(each, eight);
  await allPerceiveAll(people, { timeoutMs: 60_000 });
  // Whoever was moved first has sizes of pictures changed.
  await eventually(
    "calm",
    async () => {
      const gapMs = await missedFor(calmMs, others);
      return gapMs < unnoticedMs / 2 ? undefined : `${gapMs} ms`;
    },
    { timeoutMs: 60_000 },
  );
  await installation.cut(seven);
  try {
    // Long enough for the bridge to be given up, and for all that may come of it.
    const gapMs = await missedFor(cutMs, others);
    assert.ok(gapMs < unnoticedMs, `${gapMs} ms`);
    assert.notEqual(await missingOf(pupil.page, [vera]), undefined, "the pupil sees as before");
  } finally {
    await installation.heal(seven);
  }
  await allPerceiveAll(people, { timeoutMs: 90_000 });
  await eventually(
    "the bridge to be there again",
    async () => {
      const status = await seven.docker("ps", "--format", "{{.Status}}");
      return status.includes("(healthy)") ? undefined : status;
    },
    { timeoutMs: 30_000 },
  );
});

test("a host lost for good: its people are on another bridge, and nobody left the room", { skip }, async () => {
  const before = await Promise.all(people.map((each) => each.endpoint()));
  await eight.lose();
  await allPerceiveAll(people, { timeoutMs: 60_000 });
  assert.deepEqual(await Promise.all(people.map((each) => each.endpoint())), before);
  for (const each of people) assert.equal(await bridgeOf(each), seven.place.address, each.identity.name);
});

/** Where Debian's package puts it. */
const libfaketime = globSync("/usr/lib/*/faketime/libfaketime.so.1")[0];
const withoutClock = libfaketime === undefined && "no libfaketime here: a clock can't be made wrong";

test("a host whose clock is two minutes wrong takes its part in calls all the same, and is told of", {
  skip: skip || withoutClock,
}, async () => {
  const settings = { LIBFAKETIME: libfaketime ?? "" };
  await installation.start(eight, "bridge", "", settings, ["test/compose/hosts/wrong-clock.yml"]);
  const container = "veche-bridge-videobridge-1";
  const seconds = Number(await eight.docker("exec", container, "node", "--print", "Date.now() / 1000"));
  assert.ok(Math.abs(seconds - Date.now() / 1000 - 120) < 10, `${seconds}`);
  const guests: Participant[] = [];
  for (const { page, identity } of people.slice(0, 2)) {
    const browser = page.context().browser() ?? assert.fail("the browser is gone");
    guests.push(await Participant.join(browser, installation.roomUrl("clock"), identity));
  }
  await allPerceiveAll(guests, { timeoutMs: 40_000 });
  assert.deepEqual(
    new Set(await Promise.all(guests.map(bridgeOf))),
    new Set([seven.place.address, eight.place.address]),
  );
  for (const { page } of guests) await page.close();
  await eventually(
    "the clock to be told of",
    async () => {
      const page = await installation.inSignalling("run", "--rm", "status").catch(({ stdout }) => String(stdout));
      return /the clock of host school-8 is 1\d\d\.\d s ahead/.test(page) ? undefined : page;
    },
    { timeoutMs: 60_000, pollMs: 1_000 },
  );
});

test("a host that was removed is cut off at once, and can't come back", { skip }, async () => {
  await installation.inSignalling("run", "--rm", "hosts", "remove", "school-7");
  assert.match(await installation.inSignalling("run", "--rm", "hosts", "list"), /^school-7 .* removed /m);
  const container = "veche-bridge-videobridge-1";
  await eventually(
    "its bridge to be refused",
    async () => {
      const log = await seven.docker("logs", "--tail", "50", container);
      return /authorization|revoked|refused/i.test(log) ? undefined : log;
    },
    { timeoutMs: 30_000, pollMs: 500 },
  );
  await seven.docker("restart", container);
  await eventually(
    "the room to be on the other bridge alone",
    async () => {
      const on = await Promise.all(people.map(bridgeOf));
      return on.every((address) => address === eight.place.address) ? undefined : `${on}`;
    },
    { timeoutMs: 60_000 },
  );
  await allPerceiveAll(people, { timeoutMs: 60_000 });
});
