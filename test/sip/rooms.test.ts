/** Into which room a telephone comes: by a header of who is trusted, by the number, by the default, by a code; and what is told of it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestStack, type TestStack } from "../harness/stack.ts";
import { callsOf, codeOf, dialInNumber, oneGateway, withoutGateway } from "../harness/telephone/gateway.ts";
import { SippCall, type SippOptions, type Step, withoutSipp } from "../harness/telephone/sipp.ts";
import { storedIn } from "../harness/telephone/stored.ts";
import { systemAddress, type TrunksFile, trustedSystem, writeTrunks } from "../harness/telephone/trunks.ts";
import { eventually } from "../harness/wait.ts";
import { mucDomain, WireClient } from "../harness/wire-client.ts";

const skip = withoutSipp() || withoutGateway();
const rooms = { header: "headerroom", table: "tableroom", hall: "hallroom", code: "coderoom" } as const;
/** So long that it stands nowhere by chance. */
const password = "4711081547";
const numberOfTable = "+74950000002";

let stack: TestStack;
let trunks: TrunksFile | undefined;
const people: WireClient[] = [];
const callers: string[] = [];
let lastCaller = 74_957_770_000;

before(async () => {
  if (skip !== false) return;
  trunks = await writeTrunks([trustedSystem]);
  const env = {
    ...oneGateway.env,
    VECHE_SIP_TRUNKS_FILE: trunks.path,
    VECHE_SIP_ROOMS: `${numberOfTable}=${rooms.table}`,
    JIGASI_SIP_DEFAULT_ROOM: rooms.hall,
  };
  stack = await startTestStack(env, { gateways: 1 });
  for (const room of Object.values(rooms)) {
    const person = await WireClient.connect(stack.local.urls.http, room);
    people.push(person);
    await person.signIn();
    await person.join(room);
  }
});

after(async () => {
  for (const person of people) person[Symbol.dispose]();
  await stack?.[Symbol.asyncDispose]();
  await trunks?.[Symbol.asyncDispose]();
});

const personIn = (room: (typeof rooms)[keyof typeof rooms]): WireClient =>
  people[Object.values(rooms).indexOf(room)] as WireClient;

/** Each time from another number, by which it is known in its room. */
async function call(options: Omit<SippOptions, "port" | "user">): Promise<SippCall & { readonly user: string }> {
  lastCaller += 1;
  const user = String(lastCaller);
  callers.push(user);
  return Object.assign(await SippCall.dial({ ...options, user, port: stack.local.ports.sip }), { user });
}

/** It is in that room, and is sent away. */
async function comesInto(room: (typeof rooms)[keyof typeof rooms], phone: { readonly user: string }): Promise<void> {
  const presence = await personIn(room).heard(
    new RegExp(`<presence(?![^>]*unavailable)[^>]*from=["'][^"']*${room}@.*${phone.user}`, "s"),
  );
  const [, nick = ""] = /from=["'][^"'/]*\/([^"']+)["']/.exec(presence) ?? [];
  // While it rings it would be declined, and not hung up.
  await eventually("the call is answered", async () => {
    const calls = await callsOf(stack);
    return calls.every(({ line }) => line === "answered") ? undefined : JSON.stringify(calls);
  });
  const item = `<query xmlns="http://jabber.org/protocol/muc#admin"><item nick="${nick}" role="none"/></query>`;
  assert.match(await personIn(room).ask(item, `${room}@${mucDomain}`), /type=["']result/);
}

const byInfo = (keys: string): Step[] => [...keys].map((key) => ({ type: "info", key }));
const header = `Jitsi-Conference-Room: ${rooms.header}@${mucDomain}`;

test("a trusted telephone system names the room, and its password", { skip }, async () => {
  await using first = await call({ to: "100", address: systemAddress, headers: [header] });
  await comesInto(rooms.header, first);
  await first.succeeds();
  const field = (name: string, value: string) => `<field var="muc#roomconfig_${name}"><value>${value}</value></field>`;
  const locked = `<query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit">${field("passwordprotectedroom", "1")}${field("roomsecret", password)}</x></query>`;
  assert.match(await personIn(rooms.header).ask(locked, `${rooms.header}@${mucDomain}`), /type=["']result/);
  const secret = `Jitsi-Conference-Room-Pass: ${password}`;
  await using second = await call({ to: "100", address: systemAddress, headers: [header, secret] });
  await comesInto(rooms.header, second);
  await second.succeeds();
});

test("a wrong password there is asked for by keys", { skip }, async () => {
  const wrong = "Jitsi-Conference-Room-Pass: 1234";
  const steps = [...byInfo("1111#"), { type: "pause", ms: 2_000 } as const, ...byInfo(`${password}#`)];
  await using phone = await call({ to: "100", address: systemAddress, headers: [header, wrong], steps });
  await comesInto(rooms.header, phone);
  await phone.succeeds();
});

test("a stranger's headers are nothing: the default room", { skip }, async () => {
  await using phone = await call({ to: "100", headers: [header, `Jitsi-Conference-Room-Pass: ${password}`] });
  await comesInto(rooms.hall, phone);
  await phone.succeeds();
  assert.ok(!personIn(rooms.header).received.some((frame) => frame.includes(phone.user)));
});

test("a number of a room leads there, however it is written", { skip }, async () => {
  for (const to of [numberOfTable, "84950000002", "4950000002"]) {
    await using phone = await call({ to });
    await comesInto(rooms.table, phone);
    await phone.succeeds();
  }
});

test("a code that is typed slowly, without #, is a code", { skip }, async () => {
  const code = await codeOf(stack, rooms.code);
  const steps = byInfo(code).flatMap((step): Step[] => [{ type: "pause", ms: 1_500 }, step]);
  await using phone = await call({ to: dialInNumber, steps });
  await comesInto(rooms.code, phone);
  await phone.succeeds();
});

test("three wrong codes end the call", { skip }, async () => {
  const steps = [1, 2, 3].flatMap((): Step[] => [...byInfo("000000#"), { type: "pause", ms: 1_000 }]);
  await using phone = await call({ to: dialInNumber, address: "127.0.0.9", steps });
  await phone.succeeds();
});

test("numbers are in the persons, and neither in the log nor in what the operator reads", { skip }, async () => {
  await using phone = await call({ to: numberOfTable });
  await eventually("the call is in its room", async () => {
    const calls = await callsOf(stack);
    return calls.some(({ stands, session }) => stands === "inside" && session) ? undefined : JSON.stringify(calls);
  });
  const secrets = [...callers, password, await codeOf(stack, rooms.code)];
  const port = stack.local.ports.gateway;
  for (const path of ["/debug", "/about/stats", "/metrics"]) {
    const text = await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    for (const secret of secrets) assert.ok(!text.includes(secret), `${path} says ${secret}`);
  }
  await comesInto(rooms.table, phone);
  await phone.succeeds();
  for (const { from, text } of stack.lines)
    for (const secret of secrets) assert.ok(!text.includes(secret), `${from} says ${secret}: ${text}`);
  assert.deepEqual(await callsOf(stack), []);
  const facts = (await storedIn(stack, "CONFERENCE")).join("\n");
  assert.match(facts, /sip\.call-ended/);
  for (const secret of secrets) assert.ok(!facts.includes(secret), `the facts say ${secret}`);
  assert.ok((await storedIn(stack, "KV_persons")).some((text) => text.includes(phone.user)));
});
