/**
 * Three signalling hosts, each with an engine, an address and a network of its own: made out of one that has data, by the commands
 * of compose/README.md, and one of them lost in the middle of a call.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, type TestContext, test } from "node:test";
import { connect } from "node:tls";
import { launchBrowser, withoutBrowser } from "../harness/browser.ts";
import { anna, boris, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { withoutRoads } from "../harness/roads.ts";
import { forgetGaps, gapsOf } from "../harness/senses.ts";
import { longestStandstillMs } from "../harness/standstill.ts";
import { eventually } from "../harness/wait.ts";
import { withoutEngine } from "./engine.ts";
import { Cluster } from "./hosts/cluster.ts";
import { type Host, withoutEngines } from "./hosts/host.ts";

const skip = withoutEngine() || withoutEngines() || withoutRoads() || withoutBrowser();
const room = "lesson";
/** Sound and picture may break off for so long. */
const unnoticedMs = 1_500;
/** Elections in NATS included (decision 0020), on a machine that has all hosts on two cores. */
const takenOverMs = 40_000;

const stack = new AsyncDisposableStack();
let cluster: Cluster;
const people: Participant[] = [];

before(async () => {
  if (skip) return;
  cluster = stack.use(await Cluster.open());
});

after(async () => {
  await stack.disposeAsync();
});

test("one signalling host is alone, and has somebody's account", { skip }, async () => {
  await cluster.upAlone();
  const users = ["exec", "--no-TTY", "xmpp", "users"];
  await cluster.alone(...users, "add", "anna", "--role", "teacher", "--generate");
});

test("two more join by a token each, and what the first kept is carried over", { skip }, async (t) => {
  const [first, ...others] = cluster.hosts;
  const tokens: string[] = [];
  for (const host of others) tokens.push(await cluster.token(host));
  await Promise.all(others.map((host, index) => cluster.up(host, ["nats"], tokens[index])));
  const since = performance.now();
  await cluster.alone("stop");
  await cluster.up(first, ["nats"]);
  const said = await cluster.on(first, "run", "--rm", "carry-over").catch(async (error) => {
    for (const host of cluster.hosts) t.diagnostic(await saidBy(host, "nats"));
    throw error;
  });
  assert.match(said, /^KV_accounts: 1 messages$/m);
  assert.match(said, /everything is in the cluster/);
  await cluster.up(first);
  t.diagnostic(`${seconds(since)} s without service while it became one of three`);
  // One after the other: their nats-servers are started anew with it.
  for (const host of others) await cluster.up(host);
  assert.doesNotMatch(await first.docker("ps", "--format", "{{.Names}}"), /nats-before/);
});

/** For who reads why a test failed. */
function saidBy(host: Host, service: string): Promise<string> {
  return cluster.on(host, "logs", "--no-color", "--tail", "60", service).catch(String);
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}

type Stream = {
  readonly name: string;
  readonly config: { readonly num_replicas: number };
  readonly state: { readonly messages: number };
};

/** As the nats-server of that host has them. */
async function streamsOf(host: Host): Promise<readonly Stream[]> {
  const url = "http://127.0.0.1:8222/jsz?accounts=1&streams=1&config=1";
  const text = await cluster.on(host, "exec", "--no-TTY", "nats", "wget", "-q", "-O", "-", url);
  const { account_details: accounts = [] } = JSON.parse(text) as {
    readonly account_details?: readonly { readonly stream_detail?: readonly Stream[] }[];
  };
  return accounts.flatMap((account) => account.stream_detail ?? []);
}

test("every stream has three copies, and the account is there", { skip }, async (t) => {
  const [first] = cluster.hosts;
  await eventually(
    "three copies of each",
    async () => {
      const found = (await Promise.all(cluster.hosts.map(streamsOf))).flat();
      if (found.length === 0) return "no streams";
      const few = found.filter(({ config }) => config.num_replicas !== 3);
      return few.length === 0 ? undefined : few.map(({ name }) => name).join();
    },
    { timeoutMs: 30_000, pollMs: 1_000 },
  );
  for (const host of cluster.hosts) {
    const accounts = (await streamsOf(host)).find(({ name }) => name === "KV_accounts");
    assert.equal(accounts?.state.messages, 1, `${host.place.name}: ${JSON.stringify(accounts)}`);
  }
  const listed = await cluster.on(first, "exec", "--no-TTY", "xmpp", "users", "list");
  if (!/anna/.test(listed)) {
    for (const host of cluster.hosts) t.diagnostic(await saidBy(host, "nats"));
    t.diagnostic(await saidBy(first, "xmpp"));
  }
  assert.match(listed, /anna +teacher/);
});

test("all three show certificates of the authority that devices know already", { skip }, async () => {
  const [first] = cluster.hosts;
  const ca = await cluster.on(first, "exec", "--no-TTY", "web", "cat", "/data/ca.crt");
  for (const { place } of cluster.hosts) {
    const socket = connect({ host: place.address, port: 443, ca });
    await once(socket, "secureConnect");
    assert.equal(socket.authorized, true, place.name);
    socket.destroy();
  }
});

/** What xmpp and web of a host say of who serves. */
async function dutyOf(host: Host): Promise<string> {
  const ask = `fetch("http://127.0.0.1:5280/health/ready").then((it) => it.text()).then(console.log)`;
  return cluster.on(host, "exec", "--no-TTY", "xmpp", "node", "--eval", ask);
}

test("people who come in by different hosts see and hear each other", { skip }, async () => {
  const [, second, third] = cluster.hosts;
  await cluster.addBridge(second);
  await cluster.addBridge(third);
  const browser = await launchBrowser();
  stack.defer(() => browser.close());
  people.push(await Participant.join(browser, cluster.roomUrl(room), anna));
  people.push(await Participant.join(browser, `https://${third.place.address}/${room}`, boris));
  await allPerceiveAll(people, { timeoutMs: 60_000 });
});

/** From the first to the second, once it has arrived. */
async function talk(text: string, timeoutMs: number): Promise<void> {
  const [speaker, listener] = people as [Participant, Participant];
  await speaker.say(text);
  await listener.until(`reads "${text}"`, ({ chat }) => chat.some((each) => each.text === text), { timeoutMs });
}

test("the host on duty is lost for good: the call goes on, another host serves, and somebody new gets in", {
  skip,
}, async (t: TestContext) => {
  const [first, second] = cluster.hosts;
  const duties = await Promise.all(cluster.hosts.map(dutyOf));
  assert.deepEqual(
    duties.map((text) => text.includes("stands by")),
    [false, true, true],
    duties.join(),
  );
  await talk("before", 10_000);
  const endpoints = await Promise.all(people.map((each) => each.endpoint()));
  for (const { page } of people) await forgetGaps(page);

  const since = performance.now();
  await cluster.lose(first);
  await cluster.moveTo(second);
  await talk("after", takenOverMs);
  t.diagnostic(`${seconds(since)} s until a line of the chat passed again`);
  const gaps = (await Promise.all(people.map(({ page }) => gapsOf(page)))).flat();
  const [speaker] = people as [Participant];
  const newcomer = await Participant.arrive(speaker.page.context().browser() ?? assert.fail(), vera);
  await newcomer.open(cluster.roomUrl(room));
  await allPerceiveAll([...people, newcomer], { timeoutMs: 60_000 });
  t.diagnostic(`${seconds(since)} s until somebody new was seen and heard by all`);

  const mutual = gaps.filter(({ endpoint }) => endpoints.includes(endpoint)).map(({ longestMs }) => longestMs);
  assert.ok(mutual.length > 0);
  const gapMs = Math.max(...mutual) - longestStandstillMs(since);
  t.diagnostic(`${Math.round(gapMs)} ms: the longest that anything of one another was missed`);
  assert.ok(gapMs < unnoticedMs, `${gapMs} ms`);
  assert.deepEqual(await Promise.all(people.map((each) => each.endpoint())), endpoints, "nobody left the room");
});

test("the account is there on the hosts that are left", { skip }, async () => {
  const onDuty: Host[] = [];
  for (const host of cluster.hosts.slice(1)) if (!(await dutyOf(host)).includes("stands by")) onDuty.push(host);
  const [host] = onDuty;
  assert.ok(host && onDuty.length === 1, `${onDuty.length} hosts on duty`);
  assert.match(await cluster.on(host, "exec", "--no-TTY", "xmpp", "users", "list"), /anna +teacher/);
});
