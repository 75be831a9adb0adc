/**
 * Ten thousand wrong messages over NATS for the focus and the bridge, from users that may say and ask such things: each
 * request has a defined answer, nothing dies, and two who talk meanwhile notice nothing. Others may not send them at all.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connect, type NatsConnection, PermissionViolationError } from "@nats-io/transport-node";
import { natsUsers } from "@veche/deploy/nats/permissions.ts";
import { readError } from "@veche/kit/nats-errors.ts";
import type { EventContract, RequestContract } from "@veche/proto/contract.ts";
import { type RoleContract, type RoleName, roles } from "@veche/proto/roles.ts";
import { bridge, focus, muc, relay } from "@veche/proto/subjects.ts";
import { Random } from "@veche/videobridge/testing/random.ts";
import { signInTo } from "../harness/nats.ts";
import { startTestStack, type TestStack } from "../harness/stack.ts";
import { measurable, measured } from "./burden.ts";
import { anySubject, badBody } from "./nats-rubbish.ts";
import { Onlookers } from "./onlookers.ts";
import { counting, describe, type Told } from "./told.ts";

const counts = { requests: 6_000, events: 4_000 };
const warmUpShare = 0.05;
const atOnce = 8;
const answerMs = 15_000;

const table: Readonly<Record<RoleName, RoleContract>> = roles;
const heard: readonly (EventContract | RequestContract)[] = [
  ...Object.values(focus),
  ...Object.values(bridge),
  ...Object.values(muc),
  ...Object.values(relay),
].filter(({ subject }) => !subject.endsWith("focus-up"));

let stack: TestStack;
let onlookers: Onlookers;
const connections = new Map<string, NatsConnection>();

before(async () => {
  stack = await startTestStack(measurable);
  onlookers = await Onlookers.join(stack, "onlookers");
});
after(async () => {
  for (const connection of connections.values()) await connection.close();
  onlookers?.[Symbol.dispose]();
  await stack?.[Symbol.asyncDispose]();
});

async function connectionOf(user: string): Promise<NatsConnection> {
  const known = connections.get(user);
  if (known) return known;
  const connection = await connect(signInTo(stack.local, user));
  connections.set(user, connection);
  return connection;
}

/** Whether it is theirs to say or ask that. */
function isOf(user: string, contract: EventContract | RequestContract): boolean {
  const role = Object.hasOwn(table, user) ? table[user as RoleName] : undefined;
  return role !== undefined && [...role.says, ...role.calls].some((each) => each === contract);
}

function sayerOf(contract: EventContract | RequestContract): string | undefined {
  return Object.keys(table).find((name) => isOf(name, contract));
}

type Sent = { readonly subject: string; readonly user: string; readonly body: Buffer };

/** Made one by one, so that whoever looks on in this process is not kept waiting. */
function bad(contracts: readonly (EventContract | RequestContract)[], seed: number): Sent {
  const random = new Random(seed);
  const contract = random.pick(contracts);
  return { subject: anySubject(contract, random), user: sayerOf(contract) ?? "", body: badBody(contract, random) };
}

async function ask({ subject, user, body }: Sent): Promise<string> {
  const connection = await connectionOf(user);
  const answer = await connection.request(subject, body, { timeout: answerMs });
  const error = readError(answer.headers, answer.string());
  assert.notEqual(error?.code, "internal", `${subject} ${body.subarray(0, 600)} → ${error?.message}`);
  return error?.code ?? "ok";
}

const requests = heard.filter(({ type }) => type === "request");
const events = heard.filter(({ type }) => type === "event");

/** `share` of them all, from seeds of their own. */
async function sendAll(seed: number, share: number, told: Told): Promise<void> {
  const note = counting(told);
  let next = 0;
  const work = async () => {
    while (next < counts.requests * share) note(await ask(bad(requests, seed + next++)));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  for (let index = 0; index < counts.events * share; index++) {
    const { subject, user, body } = bad(events, seed + counts.requests + index);
    const connection = await connectionOf(user);
    connection.publish(subject, body);
    if (index % 100 !== 99) continue;
    await connection.flush();
    // Who hears all this still answers.
    for (const contract of [focus.requestMute, bridge.snapshot]) await ask(bad([contract], index));
  }
}

test("ten thousand wrong messages of those who may send them", async (t) => {
  const told: Told = new Map();
  await sendAll(5_000_000, warmUpShare, new Map());
  const lines = stack.lines.length;
  await measured(t, stack, ["focus", "videobridge", "worker"], 10_000, () => sendAll(1, 1, told));
  t.diagnostic(describe(told));
  const failed = stack.lines.slice(lines).filter(({ text }) => /"level":"fatal"|a handler failed/.test(text));
  assert.deepEqual(failed.slice(0, 3), []);
  await onlookers.noticedNothing(t);
});

test("nobody else may send them", async (t) => {
  const refused: string[] = [];
  const owners = new Set(heard.map(sayerOf));
  const others = natsUsers.filter(({ name }) => !owners.has(name)).map(({ name }) => name);
  assert.ok(others.includes("web") && others.includes("operator"));
  for (const user of others) {
    const connection = await connectionOf(user);
    const foreign = heard.filter((contract) => !isOf(user, contract));
    const sent = new Set(foreign.map((contract) => anySubject(contract, new Random(1))));
    const told = new Set<string>();
    const status = connection.status();
    const listening = (async () => {
      for await (const each of status) {
        if (each.type === "error" && each.error instanceof PermissionViolationError) told.add(each.error.subject);
        if (told.size === sent.size) return;
      }
    })();
    for (const subject of sent) connection.publish(subject, badBody(heard[0] as EventContract, new Random(2)));
    await Promise.race([listening, pause(answerMs, undefined, { ref: false })]);
    assert.deepEqual(
      [...sent].filter((subject) => !told.has(subject)),
      [],
      user,
    );
    refused.push(`${user} ${told.size}`);
  }
  t.diagnostic(refused.join(", "));
  const { url } = stack.local.nats;
  await assert.rejects(connect({ servers: url, user: "focus", pass: "guessed", reconnect: false }), /uthorization/);
  await assert.rejects(connect({ servers: url, reconnect: false }), /uthorization/);
  await onlookers.noticedNothing(t);
});
