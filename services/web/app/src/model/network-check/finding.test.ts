import assert from "node:assert/strict";
import { test } from "node:test";
import { type Finding, type Findings, outcomeOf, type StepName, verdictOf } from "./finding.ts";
import { judgeSample } from "./line-sample.ts";
import { judgeClock, judgeDevices } from "./page-steps.ts";
import { reportOf } from "./report.ts";

const well: Readonly<Record<StepName, string>> = {
  page: "good",
  clock: "good",
  websocket: "good",
  bosh: "good",
  room: "good",
  udp: "good",
  tcp: "good",
  turn: "absent",
  channel: "good",
  quality: "good",
  devices: "good",
};

function findings(found: Partial<Record<StepName, string>>): Findings {
  const all = Object.entries({ ...well, ...found });
  return new Map(
    all.map(([step, what]) => [step as StepName, { step, what, values: {}, detail: "as seen" } as Finding]),
  );
}

const verdict = (found: Partial<Record<StepName, string>>) => {
  const { name, reason } = verdictOf(findings(found));
  return `${name} ${reason}`;
};

test("a network where the first ways are open is good, whatever those in reserve are", () => {
  assert.equal(verdict({}), "good all");
  assert.equal(verdict({ bosh: "blocked", tcp: "blocked", turn: "blocked" }), "good all");
  assert.equal(verdict({ clock: "unknown", devices: "unknown" }), "good all");
});

test("what goes by a way in reserve only is limited, and the verdict says by which", () => {
  assert.equal(verdict({ udp: "blocked" }), "limited tcpOnly");
  assert.equal(verdict({ udp: "blocked", tcp: "blocked", turn: "good" }), "limited relayOnly");
  assert.equal(verdict({ websocket: "blocked" }), "limited noWebSocket");
});

test("a line that loses, a missing microphone or a closed bridge channel are limits", () => {
  for (const found of [
    { quality: "lossUp" },
    { devices: "noMicrophone" },
    { channel: "blocked" },
    { page: "insecure" },
  ])
    assert.equal(verdict(found), "limited listed");
});

test("no call without server, bridge, a way for media or a browser that can", () => {
  assert.equal(verdict({ websocket: "blocked", bosh: "blocked" }), "none noServer");
  assert.equal(verdict({ websocket: "absent", bosh: "blocked" }), "none noServer");
  assert.equal(verdict({ udp: "blocked", tcp: "blocked" }), "none noMedia");
  assert.equal(verdict({ room: "noBridge" }), "none noMedia");
  assert.equal(verdict({ page: "noWebRtc" }), "none noWebRtc");
});

test("where no room may be opened nothing is claimed of the media", () => {
  for (const room of ["signIn", "busy"]) assert.equal(verdict({ room, udp: "untried" }), "open untried");
});

test("what is known to nobody counts as broken, not as fine", () => {
  assert.equal(outcomeOf({ what: "blocked" }), "bad");
  assert.equal(outcomeOf({ what: "silent" }), "bad");
});

const sample = {
  seconds: 8,
  rttMs: 20,
  uploadLoss: 0,
  downloadLoss: 0,
  jitterMs: 3,
  uploadKbps: 600,
  downloadKbps: 600,
  availableKbps: 900,
  limitKbps: undefined,
  frames: 100,
  remote: "udp 192.0.2.1:10000",
};

test("figures of a line become one thing to say", () => {
  assert.equal(judgeSample(sample).what, "good");
  assert.equal(judgeSample({ ...sample, uploadLoss: 7 }).what, "lossUp");
  assert.equal(judgeSample({ ...sample, downloadLoss: 7 }).what, "lossDown");
  assert.equal(judgeSample({ ...sample, rttMs: 600 }).what, "delay");
  assert.equal(judgeSample({ ...sample, jitterMs: 200 }).what, "delay");
  assert.equal(judgeSample({ ...sample, limitKbps: 90 }).what, "narrow");
  assert.equal(judgeSample({ ...sample, frames: 0 }).what, "silent");
});

test("a clock may be a minute off, since the server cuts its time to seconds", () => {
  assert.equal(judgeClock(59_000, 10).what, "good");
  assert.deepEqual(judgeClock(-300_000, 10).values, { minutes: 5 });
  assert.equal(judgeClock(-300_000, 10).what, "off");
});

test("devices are told apart by what others would miss", () => {
  const told = [judgeDevices(1, 1), judgeDevices(1, 0), judgeDevices(0, 1), judgeDevices(0, 0)];
  assert.deepEqual(
    told.map(({ what }) => what),
    ["good", "noCamera", "noMicrophone", "none"],
  );
});

test("the report has a line for each step and the verdict", () => {
  const all = findings({ udp: "blocked" });
  const head = { origin: "https://meet.school", browser: "Some/1", at: new Date(0), verdict: verdictOf(all) };
  const lines = reportOf(all, head).split("\n");
  assert.equal(lines.length, 4 + all.size);
  assert.ok(lines.includes("verdict  limited (tcpOnly)"));
  assert.ok(lines.includes("bad     udp.blocked: as seen"));
});
