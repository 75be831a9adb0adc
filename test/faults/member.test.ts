/**
 * Ten thousand well-formed, wrong stanzas of people who are signed in: members, moderators, and who is in no room. Each
 * has a defined answer, who has no right changes nothing, nobody else notices, and nothing of it is left behind.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startTestStack, type TestStack } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";
import { holding, measurable } from "./burden.ts";
import { deliver, fill, type Sender } from "./sender.ts";
import { Someone } from "./someone.ts";
import { someStanzas } from "./stanza-rubbish.ts";
import { endConference, iqs, jingleStanzas, messages, presences } from "./stanza-templates.ts";

/** Given to fast-check: the same rubbish in every run. */
const seeds = { member: 201, moderator: 202, outsider: 203 };
const counts = { member: 5_000, moderator: 3_000, outsider: 2_000 };
/** What one person sends before another takes over: what a stream may send at once, with a ping after each; of moderators less, who end their meetings. */
const turn = { member: 50, moderator: 25, outsider: 50 };
const atOnce = 6;
const leftBehindBytes = 5 * 1024 * 1024;
/** How long who comes in waits for the focus to invite them. */
const invitationMs = 1_000;
const school = "school@muc.meet.jitsi";
const elsewhere = "elsewhere@muc.meet.jitsi";

type Kind = keyof typeof counts;

const common = [...jingleStanzas, ...presences, ...messages, ...iqs];
const templates: Readonly<Record<Kind, readonly string[]>> = {
  member: [...common, endConference],
  moderator: common,
  outsider: [...common, endConference],
};

let stack: TestStack;
let port: number;
let teacher: Someone;
let pupil: Someone;
let stranger: Someone;
let companion: Someone;
/** How often each answer was given. */
const told = new Map<string, number>();
const note = (what: string) => void told.set(what, (told.get(what) ?? 0) + 1);

before(async () => {
  stack = await startTestStack({ ...measurable, XMPP_ROOM_CREATION_PER_MINUTE: "100000" });
  port = stack.local.ports.xmpp;
  teacher = await inRoom(school);
  pupil = await inRoom(school);
  stranger = await inRoom(elsewhere);
  companion = await inRoom(elsewhere);
});
after(async () => {
  for (const each of [teacher, pupil, stranger, companion]) each?.[Symbol.dispose]();
  await stack?.[Symbol.asyncDispose]();
});

async function inRoom(room: string): Promise<Someone> {
  const someone = await Someone.signIn(port);
  assert.ok(await someone.enter(room));
  return someone;
}

type Debug = {
  readonly sessions: number;
  readonly rooms: readonly { readonly jid: string; readonly hasPassword: boolean }[];
};

async function debug(): Promise<Debug> {
  return (await (await fetch(`http://127.0.0.1:${port}/debug`)).json()) as Debug;
}

/** Nobody is there but the onlookers. */
async function quiet(): Promise<void> {
  await eventually(
    "everybody else is gone",
    async () => {
      const { sessions, rooms } = await debug();
      return sessions === 4 && rooms.length === 2
        ? undefined
        : JSON.stringify({ sessions, rooms: rooms.map(({ jid }) => jid) });
    },
    { timeoutMs: 90_000 },
  );
}

let rooms = 0;
const senders: Readonly<Record<Kind, () => Promise<Sender>>> = {
  member: async () => ({ someone: await inRoom(school), room: school, other: pupil }),
  moderator: async () => {
    const room = `own${++rooms}@muc.meet.jitsi`;
    return { someone: await inRoom(room), room, other: await inRoom(room) };
  },
  outsider: async () => ({ someone: await Someone.signIn(port), room: school, other: teacher }),
};

async function sendAll(kind: Kind, count: number, seed: number): Promise<void> {
  const stanzas = someStanzas(templates[kind], count, seed);
  let next = 0;
  const work = async () => {
    while (next < stanzas.length) {
      const sender = await senders[kind]();
      // The invitation, where one comes: answers to it then say whose they are.
      if (kind === "member") await sender.someone.invited(invitationMs);
      for (let sent = 0; sent < turn[kind] && next < stanzas.length && sender.someone.ended === ""; sent++) {
        await deliver(sender, fill(stanzas[next++] as string, sender), note);
      }
      const { ended } = sender.someone;
      if (ended !== "") note(`stream ${ended}`);
      assert.doesNotMatch(ended, /internal|undefined|unknown/);
      await sender.someone.leave();
      if (sender.other.room !== school) await sender.other.leave();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** What a room is, as its owner is told. */
async function stateOf(owner: Someone): Promise<string> {
  const parts = [
    await owner.ask('<query xmlns="http://jabber.org/protocol/muc#owner"/>', owner.room, "get"),
    await owner.ask('<query xmlns="http://jabber.org/protocol/disco#info"/>', owner.room, "get"),
    ...(await Promise.all(
      ["owner", "admin", "member", "outcast"].map((affiliation) =>
        owner.ask(
          `<query xmlns="http://jabber.org/protocol/muc#admin"><item affiliation="${affiliation}"/></query>`,
          owner.room,
          "get",
        ),
      ),
    )),
  ];
  return parts.map((part) => String(part).replace(/ id="[^"]*"/, "")).join("\n");
}

const components = /^(avmoderation|metadata|breakout|endconference)\./;

test("ten thousand wrong stanzas of members, moderators and strangers", { timeout: 900_000 }, async (t) => {
  const kinds = Object.keys(counts) as Kind[];
  for (const kind of kinds) await sendAll(kind, 400, seeds[kind] + 1_000);
  await quiet();
  told.clear();
  for (const each of [teacher, pupil]) each.heard.length = 0;
  const first = { xmpp: await holding(stack, "xmpp"), focus: await holding(stack, "focus") };
  const [stateBefore, strangersBefore] = [await stateOf(teacher), await stateOf(stranger)];
  const lines = stack.lines.length;
  const pids = stack.local.pids();
  const pings: number[] = [];
  let isOver = false;
  const looking = [pupil, stranger].map(async (onlooker) => {
    while (!isOver && onlooker.ended === "") {
      const asked = performance.now();
      await onlooker.ping();
      pings.push(performance.now() - asked);
      await delay(100);
    }
  });
  try {
    for (const kind of kinds) {
      const started = performance.now();
      await sendAll(kind, counts[kind], seeds[kind]);
      t.diagnostic(`${kind}: ${counts[kind]} in ${Math.round((performance.now() - started) / 1000)} s`);
    }
  } finally {
    isOver = true;
  }
  await Promise.all(looking);
  await quiet();

  t.diagnostic(
    [...told]
      .sort(([, a], [, b]) => b - a)
      .map(([what, count]) => `${what} ${count}`)
      .join(", "),
  );

  assert.deepEqual(stack.local.pids(), pids, "no process died");
  const faults = stack.lines.slice(lines).filter(({ text }) => /"level":"(error|fatal)"/.test(text));
  assert.deepEqual(faults.slice(0, 5), [], "nothing is the servers' own fault");
  for (const onlooker of [teacher, pupil]) {
    assert.equal(onlooker.ended, "");
    assert.deepEqual([...onlooker.roster.keys()].sort(), ["focus", pupil.nick, teacher.nick].sort());
    assert.equal(onlooker.roster.get(teacher.nick), "moderator owner");
    assert.match(onlooker.roster.get(pupil.nick) ?? "", /^participant /);
  }
  assert.equal(await stateOf(teacher), stateBefore, "who has no right changes nothing");
  assert.equal(await stateOf(stranger), strangersBefore);
  const commands = [teacher, pupil].flatMap(({ heard }) =>
    heard.filter(({ attrs }) => components.test(attrs.from ?? "")),
  );
  assert.deepEqual(commands.slice(0, 3).map(String), [], "no command of theirs was obeyed");

  const last = { xmpp: await holding(stack, "xmpp"), focus: await holding(stack, "focus") };
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  for (const role of ["xmpp", "focus"] as const) {
    const grown = last[role].heldBytes - first[role].heldBytes;
    const cpuMs = (last[role].cpuMs - first[role].cpuMs) / total;
    t.diagnostic(
      `${role}: ${cpuMs.toFixed(2)} ms of CPU for each; ${(last[role].heldBytes / 1024 / 1024).toFixed(1)} MiB held, ${(grown / 1024).toFixed(0)} KiB more than before`,
    );
    assert.ok(grown <= leftBehindBytes, `${role}: ${grown} bytes are left behind`);
  }
  pings.sort((a, b) => a - b);
  const p = (part: number) => (pings[Math.floor(part * (pings.length - 1))] ?? 0).toFixed(1);
  t.diagnostic(`the onlookers' pings: p50 ${p(0.5)} ms, p99 ${p(0.99)} ms, of ${pings.length}`);
  assert.equal(total, 10_000);
});
