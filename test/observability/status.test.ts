/** `npm run status` beside a call, and while what it asks is away. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { credsFileOf } from "@veche/deploy/nats/accounts.ts";
import type { Picture } from "@veche/deploy/status/picture.ts";
import { startTestStack, type TestStack } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";
import { Crowd } from "../load/crowd.ts";
import { placeOf } from "../load/place.ts";

const program = resolve(import.meta.dirname, "../../deploy/status/main.ts");
const people = 3;

let stack: TestStack;
let crowd: Crowd;

before(async () => {
  stack = await startTestStack({}, { bridges: 2 });
  crowd = await Crowd.open(placeOf(stack.local));
  const wishes = { lastN: -1, height: 180, onStage: [] };
  await crowd.join({ room: "algebra", people, transport: "websocket", wishes });
});

after(async () => {
  crowd?.[Symbol.dispose]();
  await stack?.[Symbol.asyncDispose]();
});

type Said = { readonly code: number; readonly text: string };
type SaidPicture = Picture & { readonly warnings: readonly { readonly severity: string; readonly text: string }[] };

function status(...args: string[]): Promise<Said> {
  const creds = credsFileOf(join(stack.local.dataDir, "secrets"), "operator");
  const env = {
    PATH: process.env.PATH,
    NATS_URL: `nats://127.0.0.1:${stack.local.ports.nats}`,
    NATS_CREDS_FILE: creds,
  };
  return new Promise((answer) => {
    const child = execFile(process.execPath, [program, ...args], { env }, (_, text, faults) =>
      answer({ code: child.exitCode ?? -1, text: text + faults }),
    );
  });
}

async function picture(...args: string[]): Promise<SaidPicture> {
  return JSON.parse((await status("--json", ...args)).text) as SaidPicture;
}

test("the call is there with its people and its bridge, and nobody's name", async () => {
  await eventually("everybody has media", async () => {
    const [room] = (await picture()).rooms;
    return room?.connected === people ? undefined : `${JSON.stringify(room)}`;
  });
  const { rooms, bridges, processes, ...rest } = await picture();
  assert.deepEqual(
    rooms.map(({ name, participants, people: listed }) => [name, participants, listed.length]),
    [["algebra", people, 0]],
  );
  assert.deepEqual(bridges.map(({ bridge }) => bridge).sort(), ["jvb-1", "jvb-2"]);
  assert.equal(
    rooms[0]?.bridges.reduce((sum, { endpoints }) => sum + endpoints, 0),
    people,
  );
  assert.ok(processes.every(({ isAnswering }) => isAnswering));
  assert.deepEqual(
    processes.map(({ role }) => role).filter((role) => role !== "webhooks"),
    ["focus", "videobridge", "videobridge", "web", "xmpp"],
  );
  assert.deepEqual(rest.faults, []);
  const { text } = await status();
  assert.match(text, /^Veche \S+ {2}1 room {2}3 people {2}/m);
  assert.match(text, /^ {2}algebra +3 +3 +- +- +- +\d+ \w+ +jvb-\d \(\d\)/m);
  const [listed] = (await picture("--people")).rooms;
  assert.equal(listed?.people.length, people);
});

test("a bridge that stands still is named, and the rest is there nevertheless", async () => {
  const pid = stack.local.pids()["videobridge-2"];
  assert.ok(pid);
  process.kill(pid, "SIGSTOP");
  try {
    const { warnings, rooms } = await picture();
    assert.equal(rooms.length, 1);
    assert.deepEqual(
      warnings
        .filter(({ severity, text }) => severity === "error" && text.includes("jvb-2 on"))
        .map(({ text }) => text.slice(0, 12)),
      ["bridge jvb-2"],
    );
    assert.equal((await status()).code, 1);
  } finally {
    process.kill(pid, "SIGCONT");
  }
});

test("without NATS it says so within seconds, and ends with 2", async () => {
  const pid = stack.local.pids().nats;
  assert.ok(pid);
  process.kill(pid, "SIGSTOP");
  try {
    const began = performance.now();
    const { code, text } = await status();
    assert.equal(code, 2);
    assert.match(text, /✖ NATS is out of reach/);
    assert.ok(performance.now() - began < 20_000);
  } finally {
    process.kill(pid, "SIGCONT");
  }
});

test("a wrong option is refused with what there is", async () => {
  const { code, text } = await status("--wacth");
  assert.equal(code, 2);
  assert.match(text, /^status: Unknown option '--wacth'/);
});
