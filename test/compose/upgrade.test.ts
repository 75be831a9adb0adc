/** deploy/upgrade/upgrade.sh while a call is going, and what it saved before, brought back by deploy/backup/restore.sh. */
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launchBrowser, withoutBrowser } from "../harness/browser.ts";
import { anna, boris } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { forgetGaps, gapsOf } from "../harness/senses.ts";
import { longestStandstillMs } from "../harness/standstill.ts";
import { ComposeProject, type Container, withoutEngine } from "./engine.ts";

const skip = withoutEngine() || withoutBrowser();
/** Sound and picture may break off for so long, while people move to another bridge. */
const movedWithinMs = 5_000;
const roles = ["xmpp", "focus", "web", "videobridge"];
const backups = resolve(import.meta.dirname, "../../backups");

let project: ComposeProject;
let browser: Browser;
let existing: ReadonlySet<string> = new Set();
const people: Participant[] = [];

before(async () => {
  if (skip) return;
  existing = new Set(saved());
  project = await ComposeProject.up(async (each) => {
    for (const service of roles) await each.makeEarlier(service);
  });
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  if (!project) return;
  await project[Symbol.asyncDispose]();
  for (const name of mine()) rmSync(join(backups, name));
  // The way back that the upgrade leaves.
  const kept = ["--filter", "reference=veche-*:previous", "--format", "{{.Repository}}:{{.Tag}}"];
  const previous = (await project.docker("images", ...kept)).split("\n").filter((name) => name !== "");
  if (previous.length > 0) await project.docker("rmi", ...previous);
});

function saved(): readonly string[] {
  try {
    return readdirSync(backups);
  } catch {
    return [];
  }
}

const mine = () => saved().filter((name) => !existing.has(name));

async function running(): Promise<Container[]> {
  return (await project.containers()).filter(({ State }) => State === "running");
}

const users = (...args: string[]) => project.compose("exec", "--no-TTY", "xmpp", "users", ...args);

test("people talk on a version from before", { skip }, async () => {
  await users("add", "anna", "--role", "teacher", "--generate");
  for (const identity of [anna, boris])
    people.push(await Participant.join(browser, `${project.url}/upgrade`, identity));
  await allPerceiveAll(people);
});

test("an upgrade goes role by role, the old bridge is drained, and the call goes on", { skip }, async (t) => {
  const old = new Map((await running()).map(({ Service, Name }) => [Service, Name]));
  const endpoints = await Promise.all(people.map((each) => each.endpoint()));
  for (const { page } of people) await forgetGaps(page);
  const since = performance.now();
  const said = await project.script("deploy/upgrade/upgrade.sh", ["--limit", "120"], { VECHE_UPGRADE_LOOK: "1" });
  t.diagnostic(`${((performance.now() - since) / 1000).toFixed(1)} s for all`);
  await allPerceiveAll(people);

  assert.match(said, /^\+ drain /m);
  assert.match(said, /upgrade: done/);
  assert.doesNotMatch(said, /there are still calls|no port for/);
  const now = await running();
  assert.deepEqual(now.map(({ Service }) => Service).sort(), ["focus", "nats", "videobridge", "web", "xmpp"]);
  const created = new Map<string, string>();
  for (const container of now) {
    created.set(container.Service, await project.inspect(container, "{{.Created}}"));
    if (container.Service === "nats") continue;
    const image = await project.inspect(container, "{{.Config.Labels.version}}");
    assert.notEqual(image, "earlier", container.Service);
  }
  const order = [...created].sort(([, one], [, other]) => one.localeCompare(other)).map(([service]) => service);
  assert.deepEqual(order, ["nats", "xmpp", "focus", "web", "videobridge"]);
  assert.notEqual(now.find(({ Service }) => Service === "videobridge")?.Name, old.get("videobridge"));

  assert.deepEqual(await Promise.all(people.map((each) => each.endpoint())), endpoints, "nobody left the room");
  const gaps = (await Promise.all(people.map(({ page }) => gapsOf(page)))).flat();
  const gapMs = Math.max(...gaps.map(({ longestMs }) => longestMs)) - longestStandstillMs(since);
  t.diagnostic(`${Math.round(gapMs)} ms: the longest that anything of one another was missed`);
  assert.ok(gapMs < movedWithinMs, `${gapMs} ms`);
});

test("one of three signalling hosts refuses a backup, and says what to do", { skip }, async () => {
  const [file] = mine();
  assert.ok(file);
  const cluster = {
    COMPOSE_FILE: "compose/signalling.yml:compose/hosts.yml:compose/cluster.yml",
    NATS_CLUSTER: "10.0.0.1,10.0.0.2,10.0.0.3",
    VECHE_PRIVATE_ADDRESS: "10.0.0.1",
    VECHE_HOST_ID: "host-1",
  };
  await assert.rejects(
    project.script("deploy/backup/restore.sh", [join(backups, file), "--force"], cluster),
    /one of three signalling hosts .*deploy\/backup\/README\.md/s,
  );
  assert.equal((await running()).length, 5, "nothing was touched");
});

test("the backup that it made is brought back on a host that has nothing", { skip }, async () => {
  const [file] = mine();
  assert.ok(file);
  await project.compose("down", "--volumes", "--timeout", "2");
  await project.script("deploy/backup/restore.sh", [join(backups, file)]);
  assert.match(await users("list"), /anna +teacher/);
  const people = [anna, boris].map((identity) => Participant.join(browser, `${project.url}/restored`, identity));
  await allPerceiveAll(await Promise.all(people));
});
