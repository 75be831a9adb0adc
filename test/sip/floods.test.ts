/** Many calls at once, and rubbish at every port, while others talk: nobody notices, and nothing is left behind. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Random } from "@veche/videobridge/testing/random.ts";
import { withoutFfmpeg } from "../harness/recording/ffmpeg.ts";
import { startTestStack, type TestStack } from "../harness/stack.ts";
import { callsOf, dialIn, dialInNumber, oneGateway, withoutGateway } from "../harness/telephone/gateway.ts";
import { Phone, withoutPhones } from "../harness/telephone/phone.ts";
import { SippCall, withoutSipp } from "../harness/telephone/sipp.ts";
import { storedIn } from "../harness/telephone/stored.ts";
import { systemAddress, type TrunksFile, trustedSystem, writeTrunks } from "../harness/telephone/trunks.ts";
import { eventually } from "../harness/wait.ts";
import { WireClient } from "../harness/wire-client.ts";

const skip = withoutFfmpeg() || withoutPhones() || withoutSipp() || withoutGateway();
const room = "telephonefloods";
const ports = { min: 22_000, max: 22_400 };
const most = 60;
const stranger = "127.0.0.66";
const rubbish = { count: 10_000, atOnce: 100, everyMs: 80 };
const leakBytes = 100 * 1024 ** 2;

let stack: TestStack;
let trunks: TrunksFile | undefined;
let person: WireClient | undefined;
let usedBytes = 0;
const phones: Phone[] = [];

before(async () => {
  if (skip !== false) return;
  trunks = await writeTrunks([trustedSystem]);
  const env = {
    ...oneGateway.env,
    VECHE_SIP_TRUNKS_FILE: trunks.path,
    JIGASI_PORT_MIN: String(ports.min),
    JIGASI_PORT_MAX: String(ports.max),
    VECHE_SIP_MAX_CALLS: String(most),
  };
  stack = await startTestStack(env, { gateways: 1 });
  person = await WireClient.connect(stack.local.urls.http, room);
  await person.signIn();
  await person.join(room);
});

after(async () => {
  for (const phone of phones) await phone[Symbol.asyncDispose]();
  person?.[Symbol.dispose]();
  await stack?.[Symbol.asyncDispose]();
  await trunks?.[Symbol.asyncDispose]();
});

async function insideAre(count: number): Promise<void> {
  await eventually(`${count} calls`, async () => {
    const calls = await callsOf(stack);
    const inside = calls.filter(({ stands }) => stands === "inside");
    return calls.length === count && inside.length === count ? undefined : JSON.stringify(calls);
  });
}

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${stack.local.pids()["sip-gateway"]}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024;
}

/** A hundred that are asked for a code, and hang up after two seconds. */
async function flood(perSecond: number, mayBeRefused: boolean): Promise<void> {
  await using calls = await SippCall.dial({
    port: stack.local.ports.sip,
    to: dialInNumber,
    user: "74950000099",
    // Of other addresses so many are not heard.
    address: systemAddress,
    calls: 100,
    perSecond,
    mayBeRefused,
    steps: [{ type: "pause", ms: 2_000 }],
    hangsUp: true,
  });
  await calls.succeeds();
}

test("two telephones talk", { skip }, async () => {
  for (const [user, toneHz] of [
    ["74951111111", 600],
    ["74952222222", 1000],
  ] as const) {
    const phone = await Phone.start({ user, toneHz });
    phones.push(phone);
    await dialIn(stack, phone, room);
  }
  await insideAre(2);
});

test("a hundred calls in ten seconds are answered, and nothing of them is left", { skip }, async () => {
  await flood(10, false);
  await insideAre(2);
  usedBytes = await residentBytes();
});

test("of a hundred within two seconds those beyond the limit are told that there is no room", { skip }, async () => {
  await flood(50, true);
  await insideAre(2);
  const grown = (await residentBytes()) - usedBytes;
  assert.ok(grown < leakBytes, `${Math.round(grown / 1024 ** 2)} MiB more`);
  assert.match(await (await fetch(`http://127.0.0.1:${stack.local.ports.gateway}/metrics`)).text(), /why="full"/);
});

test("ten thousand datagrams of rubbish: who talks does not notice", { skip }, async () => {
  const random = new Random(7);
  const socket = createSocket("udp4");
  socket.bind(0, stranger);
  await once(socket, "listening");
  const beganAt = performance.now();
  try {
    for (let sent = 0; sent < rubbish.count; sent += rubbish.atOnce) {
      for (let n = 0; n < rubbish.atOnce; n += 1) {
        const isSignalling = random.chance(0.5);
        const port = isSignalling ? stack.local.ports.sip : ports.min + Math.floor(random.next() * 12);
        socket.send(isSignalling ? likeSip(random) : likeRtp(random), port, "127.0.0.1");
      }
      await pause(rubbish.everyMs);
    }
  } finally {
    socket.close();
  }
  const lastedSeconds = (performance.now() - beganAt) / 1_000;
  assert.equal(phones.filter((phone) => phone.count("CALL_CLOSED") > 0).length, 0);
  for (const phone of phones) phone.hangUp();
  for (const [index, phone] of phones.entries()) {
    const sound = await phone.heard();
    const [own = 0, other = 0] = index === 0 ? [600, 1000] : [1000, 600];
    const [from, seconds] = [sound.seconds - lastedSeconds, lastedSeconds - 0.5];
    assert.ok(sound.hears(other, from, seconds), `${phone.user}: ${sound.level(other, from, seconds)} dB`);
    assert.ok(sound.level(own, from, seconds) < -55, `${phone.user} hears itself`);
  }
});

test("afterwards nothing is left, and the next call comes in", { skip }, async () => {
  await insideAre(0);
  const stats = await (await fetch(`http://127.0.0.1:${stack.local.ports.gateway}/about/stats`)).json();
  assert.equal((stats as { readonly participants: number }).participants, 0);
  await eventually("no records of calls", async () => {
    const records = await storedIn(stack, "KV_sip-calls");
    return records.length === 0 ? undefined : records.join("\n");
  });
  const quoted = stack.lines.filter(({ text }) => /sip:.?7495/.test(text));
  assert.deepEqual(quoted, [], "what could not be read is not written down");
  const phone = await Phone.start({ user: "74953333333", toneHz: 600 });
  phones.push(phone);
  await dialIn(stack, phone, room);
  await insideAre(1);
});

const request = [
  "INVITE sip:+74950000001@127.0.0.1 SIP/2.0",
  "Via: SIP/2.0/UDP 127.0.0.66:5060;branch=z9hG4bK1;rport",
  'From: "a" <sip:a@b>;tag=1',
  "To: <sip:+74950000001@127.0.0.1>",
  "Call-ID: rubbish",
  "CSeq: 1 INVITE",
  "Contact: <sip:a@127.0.0.66>",
  "Content-Type: application/sdp",
  "Content-Length: 10",
  "",
  "v=0\r\nm=aud",
].join("\r\n");

/** Noise, or a request with some bytes changed. */
function likeSip(random: Random): Buffer {
  if (random.chance(0.3)) return noise(random, 1 + Math.floor(random.next() * 1_200));
  const bytes = Buffer.from(request);
  for (let n = 0; n < 8; n += 1) bytes[Math.floor(random.next() * bytes.length)] = Math.floor(random.next() * 256);
  return bytes;
}

/** Noise, or what has the head of RTP with A-law or a key behind it. */
function likeRtp(random: Random): Buffer {
  const bytes = noise(random, 1 + Math.floor(random.next() * 300));
  if (bytes.length > 12 && random.chance(0.8)) {
    bytes[0] = 0x80;
    bytes[1] = random.chance(0.5) ? 8 : 101;
  }
  return bytes;
}

function noise(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random.next() * 256)));
}
