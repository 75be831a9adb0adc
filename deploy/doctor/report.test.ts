import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyPicture } from "../status/picture.ts";
import { aPicture, nowMs } from "../status/testing/samples.ts";
import { findingsOf } from "./findings.ts";
import { report } from "./report.ts";
import { anAddress, aWebTry } from "./testing/samples.ts";
import { nothingTried, type Tries } from "./tries.ts";

const tries: Tries = {
  ...nothingTried,
  publicUrl: "https://meet.school.example",
  media: [anAddress("203.0.113.7:10000/udp", { "school-1": "reached", "school-2": "silent" })],
  web: [aWebTry("school-2", { outcome: "silent", addresses: [], certificate: undefined })],
  faults: ["recorder on school-3: no answer in time"],
};

test("the worst stands first, each with what to do in one line", () => {
  const picture = aPicture();
  const lines = report(picture, tries, findingsOf(picture, tries), false).split("\n");
  const marks = lines.filter((line) => /^[✖!·]/.test(line)).map((line) => line[0]);
  assert.deepEqual(
    marks,
    [...marks].sort((one, other) => "✖!·".indexOf(one ?? "") - "✖!·".indexOf(other ?? "")),
  );
  assert.ok(lines.includes("✖ meet.school.example, seen from school-2: the name stands for no address"));
  assert.ok(lines.includes("! not everything could be tried: recorder on school-3: no answer in time"));
  assert.ok(lines.some((line) => /^ {2}→ let the firewall of school-1/.test(line)));
  assert.ok(lines.includes("2 errors, 1 warning."));
  assert.match(lines.at(-1) ?? "", /1 media address in 2 tries; https:\/\/meet\.school\.example from 1 host\.$/);
});

test("an absent NATS is the one finding", () => {
  const picture = emptyPicture(nowMs, "NATS is out of reach: is Veche running?");
  assert.deepEqual(
    findingsOf(picture, nothingTried).map(({ text }) => text),
    ["NATS is out of reach: is Veche running?"],
  );
});

test("notes alone mean that nothing is wrong", () => {
  const picture = aPicture();
  const good: Tries = { ...nothingTried, media: [anAddress("10.0.0.5:10000/udp", { "school-1": "reached" })] };
  assert.match(report(picture, good, findingsOf(picture, good), false), /^Nothing is wrong\.$/m);
});
