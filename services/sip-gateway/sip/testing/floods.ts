/** Strangers: scanners, floods, rubbish, and those who look for somebody to relay for them. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { processesOf, ticksOf } from "./processes.ts";
import { PhoneCall, phoneSdp, type RawPhone } from "./raw-phone.ts";
import { type Scene, trunkTo } from "./scene.ts";
import type { Define } from "./signalling-suite.ts";

const options = (phone: RawPhone, callId: string, ...headers: string[]) =>
  [
    `OPTIONS sip:127.0.0.1:${phone.server} SIP/2.0`,
    `Via: ${phone.via}`,
    "Max-Forwards: 70",
    "From: <sip:a@example.org>;tag=1",
    "To: <sip:127.0.0.1>",
    `Call-ID: ${callId}`,
    "CSeq: 1 OPTIONS",
    ...headers,
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");

const againMs = 500;

/** Asks until it is answered: datagrams are lost where many come at once. */
async function ask(phone: RawPhone, callId: string): Promise<void> {
  const text = options(phone, callId);
  phone.say(text);
  const again = setInterval(() => phone.say(text), againMs);
  try {
    await phone.hear("an answer to OPTIONS", ({ header }) => header("Call-ID") === callId);
  } finally {
    clearInterval(again);
  }
}

/** Everything that was said before has been looked at when this is answered. */
async function settle(scene: Scene, phone: RawPhone): Promise<void> {
  assert.ok(scene.signalling.isReachable);
  await ask(phone, `settle-${Math.random()}`);
}

export function defineFloods(define: Define): void {
  define("scanners get no answer", async ({ open }) => {
    const scene = await open();
    const scanner = await scene.phone("udp", "127.0.0.3");
    for (const name of ["friendly-scanner", "sipvicious", "sipcli/v1.8", "VaxSIPUserAgent/3.1"]) {
      scanner.say(options(scanner, name, `User-Agent: ${name}`));
      PhoneCall.dial(scanner, { headers: [`User-Agent: ${name}`] });
    }
    await settle(scene, await scene.phone());
    assert.deepEqual(scanner.untaken, []);
    assert.deepEqual(scene.calls.all, []);
  });

  define("a stranger who asks too often is heard no more; others are, and a trunk always", async ({ open }) => {
    const scene = await open({ trunks: [trunkTo(9, { addresses: ["127.0.0.8/32"], dialsOut: false })] });
    const [flood, other, trunk] = [
      await scene.phone("udp", "127.0.0.3"),
      await scene.phone("udp", "127.0.0.4"),
      await scene.phone("udp", "127.0.0.8"),
    ];
    const asked = 400;
    for (let n = 0; n < asked; n++) {
      flood.say(options(flood, `flood-${n}`));
      await ask(trunk, `trunk-${n}`);
    }
    await settle(scene, other);
    assert.ok(flood.untaken.length < asked / 2, `${flood.untaken.length} of ${asked} were answered`);
  });

  define("what is too big is refused", async ({ open }) => {
    const scene = await open();
    const phone = await scene.phone();
    const call = PhoneCall.dial(phone, { headers: [`X-Big: ${"x".repeat(20_000)}`] });
    const refusal = await phone.hear("a refusal", ({ status }) => status >= 400);
    assert.ok([400, 413, 513].includes(refusal.status), refusal.start);
    call.acknowledgeRefusal(refusal);
    assert.deepEqual(scene.calls.all, []);
  });

  define("nobody is relayed for: neither requests nor answers go where strangers want them", async ({ open }) => {
    const scene = await open();
    const [stranger, victim] = [await scene.phone("udp", "127.0.0.3"), await scene.phone("udp", "127.0.0.5")];
    const there = `127.0.0.5:${victim.port}`;
    const request = (method: string, ...headers: string[]) =>
      stranger.say(
        [
          `${method} sip:victim@${there} SIP/2.0`,
          `Via: ${stranger.via}`,
          "Max-Forwards: 70",
          ...headers,
          "From: <sip:a@example.org>;tag=1",
          "Call-ID: relay",
          `CSeq: 1 ${method}`,
          `Contact: ${stranger.contact}`,
          "Content-Length: 0",
          "",
          "",
        ].join("\r\n"),
      );
    request("MESSAGE", `To: <sip:victim@${there}>`);
    request("OPTIONS", `To: <sip:victim@${there}>`, `Route: <sip:${there};lr>`);
    request(
      "BYE",
      `To: <sip:victim@${there}>;tag=2`,
      `Route: <sip:127.0.0.1:${stranger.server};lr>`,
      `Route: <sip:${there};lr>`,
    );
    request("ACK", `To: <sip:victim@${there}>;tag=2`, `Route: <sip:${there};lr>`);
    stranger.say(
      [
        "SIP/2.0 200 OK",
        `Via: SIP/2.0/UDP 127.0.0.1:${stranger.server};branch=z9hG4bK1`,
        `Via: SIP/2.0/UDP ${there};branch=z9hG4bK2`,
        "From: <sip:a@example.org>;tag=1",
        "To: <sip:b@example.org>;tag=2",
        "Call-ID: relay",
        "CSeq: 1 INVITE",
        "Content-Length: 0",
        "",
        "",
      ].join("\r\n"),
    );
    await settle(scene, await scene.phone());
    await settle(scene, stranger);
    assert.deepEqual(victim.untaken, []);
  });

  define("10,000 damaged datagrams crash nothing, cost little, and calls go on", async ({ open, subject }) => {
    // From a trunk, which no rate holds back.
    const scene = await open({ trunks: [trunkTo(9, { addresses: ["127.0.0.8/32"], dialsOut: false })] });
    const processId = await subject.processId(scene.options.directory);
    const group = await processesOf(processId);
    const phone = await scene.phone("udp", "127.0.0.8");
    const random = seeded(20_261_123);
    const before = { outside: await ticksOf(group), here: process.cpuUsage() };
    let refused = 0;
    for (let n = 0; n < 10_000; n++) {
      phone.say(damaged(sampleOf(phone, n, random), random));
      if (n % 50 !== 0) continue;
      await settle(scene, phone);
      for (; refused < scene.calls.all.length; refused++) scene.calls.all[refused]?.reject(486);
    }
    const outsideMs = ((await ticksOf(group)) - before.outside) * 10;
    const here = process.cpuUsage(before.here);
    const hereMs = (here.user + here.system) / 1000;
    console.log(
      `per datagram: ${(outsideMs / 10_000).toFixed(3)} ms in the SIP process, ${(hereMs / 10_000).toFixed(3)} ms here with the sender`,
    );
    assert.equal(await subject.processId(scene.options.directory), processId);
    assert.deepEqual(scene.reachable.all, [true]);
    const caller = await scene.phone();
    const call = PhoneCall.dial(caller);
    const incoming = await scene.calls.until("a call", ({ id }) => id === call.callId);
    incoming.reject(486);
    call.acknowledgeRefusal(await caller.hearStatus(486));
    // Half of what the whole machine may spend on it, with room for a machine that is busy.
    assert.ok(outsideMs / 10_000 < 2, `${outsideMs / 10_000} ms for each`);
  });

  define("no password stands in a file", async ({ open, subject }) => {
    const account = { user: "7495", domain: "provider.example", password: "a very secret password" };
    const scene = await open({ trunks: [trunkTo(9, { account })] });
    const { directory } = scene.options;
    assert.ok(await subject.processId(directory));
    const { readdir, stat } = await import("node:fs/promises");
    assert.equal((await stat(directory)).mode & 0o077, 0);
    for (const name of await readdir(directory)) {
      const path = `${directory}/${name}`;
      if ((await stat(path)).isFile()) assert.doesNotMatch(await readFile(path, "latin1"), /very secret/, name);
    }
  });
}

type Random = () => number;

/** Mulberry32: the same numbers in each run. */
function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function sampleOf(phone: RawPhone, n: number, random: Random): string {
  const methods = ["INVITE", "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO", "UPDATE", "REFER", "REGISTER"];
  const method = methods[Math.floor(random() * methods.length)] ?? "INVITE";
  const body = method === "INVITE" ? phoneSdp() : "";
  return [
    `${method} sip:1000@127.0.0.1:${phone.server} SIP/2.0`,
    `Via: ${phone.via}`,
    "Max-Forwards: 70",
    '"From": 1',
    `From: "A phone" <sip:42@127.0.0.1>;tag=${n}`,
    `To: <sip:1000@127.0.0.1>${random() < 0.3 ? ";tag=x" : ""}`,
    `Call-ID: rubbish-${n}`,
    `CSeq: 1 ${method}`,
    `Contact: ${phone.contact}`,
    "Supported: timer, 100rel",
    "Session-Expires: 1800;refresher=uac",
    ...(body === "" ? [] : ["Content-Type: application/sdp"]),
    `Content-Length: ${body.length}`,
    "",
    body,
  ]
    .filter((line) => random() > 0.02 && (line !== '"From": 1' || random() < 0.02))
    .join("\r\n");
}

function damaged(text: string, random: Random): string {
  let result = text;
  const times = Math.floor(random() * 5);
  for (let time = 0; time < times; time++) {
    const at = Math.floor(random() * result.length);
    const put = String.fromCharCode(
      ...Array.from({ length: Math.floor(random() * 8) }, () => Math.floor(random() * 256)),
    );
    result = result.slice(0, at) + put + result.slice(at + Math.floor(random() * 8));
  }
  return random() < 0.02 ? result.slice(0, Math.floor(random() * result.length)) : result;
}
