import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyPicture, type Picture } from "./picture.ts";
import { aBridge, aGateway, aPicture, aProcess, aRecorder, nowMs } from "./testing/samples.ts";
import { warningsOf } from "./warnings.ts";

function said(picture: Picture): string[] {
  return warningsOf(picture).map(({ severity, text }) => `${severity}: ${text}`);
}

function withProcess(changes: Parameters<typeof aProcess>[1]): Picture {
  const { processes } = aPicture();
  return aPicture({ processes: [...processes, aProcess("recorder", { host: "school-2", ...changes })] });
}

test("nothing is said while everything is well", () => {
  assert.deepEqual(said(aPicture()), []);
});

test("an absent NATS is the one thing that is said", () => {
  assert.deepEqual(said(emptyPicture(nowMs, "NATS is out of reach")), ["error: NATS is out of reach"]);
});

test("a role without which nobody can meet is missed", () => {
  const processes = [aProcess("web"), aProcess("xmpp"), aProcess("videobridge")];
  assert.deepEqual(said(aPicture({ processes })), ["error: no focus is there: nobody can meet without one"]);
});

test("a bridge that is unwell, full, drained or badly advertised is named, the worst first", () => {
  const bridges = [
    aBridge("b1", { isDraining: true }),
    aBridge("b2", { warnings: ["203.0.113.7:10000/udp doesn't lead here"], stress: 0.93 }),
    aBridge("b3", { isHealthy: false }),
  ];
  assert.deepEqual(said(aPicture({ bridges })), [
    "error: bridge b3 is unwell: it gets no new conferences",
    "warning: bridge b2: 203.0.113.7:10000/udp doesn't lead here",
    "warning: bridge b2 carries 93 % of what it should: add a bridge",
    "note: bridge b1 is being drained",
  ]);
});

test("where every bridge is drained or unwell nobody can begin", () => {
  const bridges = [aBridge("b1", { isDraining: true })];
  assert.match(said(aPicture({ bridges }))[0] ?? "", /^error: no bridge takes conferences/);
});

test("a process that doesn't answer, or isn't ready, is named with its host", () => {
  assert.match(
    said(withProcess({ isAnswering: false }))[0] ?? "",
    /^error: recorder recorder-1 on school-2 doesn't answer/,
  );
  const problems = [{ part: "nats", text: "NATS is out of reach" }];
  assert.deepEqual(said(withProcess({ problems })), [
    "error: recorder recorder-1 on school-2: nats: NATS is out of reach",
  ]);
});

test("a clock that is wrong is so against the focus's host, not against this machine's", () => {
  const processes = aPicture().processes.map((one) => ({ ...one, clockOffsetMs: -3600_000 }));
  assert.deepEqual(said(aPicture({ processes })), [], "this machine's clock is the wrong one");
  const [first, ...rest] = [...processes, aProcess("recorder", { host: "school-2", clockOffsetMs: -3597_500 })];
  assert.ok(first);
  assert.deepEqual(said(aPicture({ processes: [first, ...rest] })), [
    "error: the clock of host school-2 is 2.5 s ahead: let it keep time by NTP",
  ]);
  const unsure = { clockOffsetMs: -1_500, clockErrorMs: 900 };
  assert.deepEqual(said(withProcess(unsure)), [], "a slow answer may explain it");
});

test("disks, memory, load and a far NATS are warned of by host", () => {
  const disks = [
    { name: "recordings", path: "/recordings", total: 100 * 1024 ** 3, free: 4 * 1024 ** 3 },
    { name: "data", path: "/data", total: 0, free: 0 },
  ];
  assert.deepEqual(said(withProcess({ disks, availableMemory: 1024 ** 2 * 300, load: 9, natsRoundTripMs: 80 })), [
    "warning: host school-2: 4.0 GiB of 100 GiB are free for recordings (/recordings)",
    "warning: host school-2: data (/data) can't be read",
    "warning: host school-2: 300 MiB of memory are left",
    "warning: host school-2: load 9.0 on 4 processors",
    "warning: host school-2: NATS is 80 ms away",
  ]);
});

test("a certificate is warned of 14 days ahead, and is an error once it has ended", () => {
  const ending = (notAfterMs: number) =>
    said(withProcess({ certificates: [{ use: "public", names: ["meet.school.example"], notAfterMs }] }));
  const day = 86_400_000;
  assert.deepEqual(ending(nowMs + 14.5 * day), []);
  assert.deepEqual(ending(nowMs + 13.5 * day), [
    "warning: the public certificate of recorder on school-2 (meet.school.example) ends in 13 days",
  ]);
  assert.match(ending(nowMs - 1)[0] ?? "", /^error: .* has ended: browsers refuse it$/);
});

test("who was there some seconds ago and answers no more is missed", () => {
  const bridges = [aBridge("b1"), aBridge("b2", { instance: "gone", host: "school-2" })];
  assert.deepEqual(said(aPicture({ bridges })), [
    "error: bridge b2 on school-2 no longer answers: was it stopped, or is the way there cut?",
  ]);
});

test("recorders and gateways say what they lack", () => {
  const recorders = [aRecorder({ isFull: true, warnings: ["12 MiB are free for recordings"] })];
  const gateways = [aGateway({ trunks: [{ trunk: "provider", registration: "refused", sipStatus: 403 }] })];
  const processes = [...aPicture().processes, aProcess("recorder"), aProcess("sip-gateway")];
  assert.deepEqual(said(aPicture({ processes, recorders, gateways })), [
    "error: gateway g1: trunk provider is refused (SIP 403)",
    "warning: recorder r1: 12 MiB are free for recordings",
    "warning: recorder r1 is full: the next recording waits, or add a recorder",
  ]);
});

test("focus and xmpp of one unit on two hosts are a warning, several versions a note", () => {
  const processes = aPicture().processes.map((one) =>
    one.role === "xmpp" ? { ...one, host: "school-2", version: "0.2.0" } : one,
  );
  assert.deepEqual(said(aPicture({ processes })), [
    "warning: unit main is torn apart (focus on school-1, xmpp on school-2): put both on one host",
    "note: several versions run: 0.1.0, 0.2.0",
  ]);
});
