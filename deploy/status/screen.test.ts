import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { emptyPicture, type Picture } from "./picture.ts";
import { screen } from "./screen.ts";
import { aBridge, aGateway, aPicture, aProcess, aRecorder, aRoom, nowMs } from "./testing/samples.ts";

const wide = { columns: 200, rows: 0, hasColour: false };

const busy: Picture = aPicture({
  processes: [...aPicture().processes, aProcess("recorder"), aProcess("sip-gateway")],
  rooms: [
    aRoom("algebra", { participants: 24, connected: 23, calls: 1, recordings: 1, waiting: 2 }),
    aRoom("biology", { isBreakout: true }),
  ],
  bridges: [aBridge("b1"), aBridge("b2", { warnings: ["198.51.100.9:10000/udp doesn't lead here"] })],
  recorders: [aRecorder({ composites: 1 })],
  gateways: [aGateway({ calls: 1 })],
});

test("one page shows warnings first, then rooms, bridges, recorders, gateways, hosts and certificates", () => {
  const page = screen(busy, wide);
  const [first, second] = page.split("\n");
  assert.match(first ?? "", /^Veche 0\.1\.0 {2}2 rooms {2}26 people {2}1 telephone {2}1 recording {2}NATS 0\.4 ms {2}/);
  assert.equal(second, "! bridge b2: 198.51.100.9:10000/udp doesn't lead here");
  const titles = page.split("\n").filter((line) => /^[A-Z][a-z]+$/.test(line));
  assert.deepEqual(titles, ["Rooms", "Bridges", "Recorders", "Gateways", "Hosts", "Certificates"]);
  assert.match(page, /^ {2}algebra +24 +23 +1 +2 +rec +12 min +b1 \(2\)$/m);
  assert.match(page, /^ {2}↳ biology /m);
  assert.match(page, /^ {2}b2 +school-1 +- +0\.10 +2 +1 +3\.4 +0\.1\.0 +well +203\.0\.113\.7:10000\/udp$/m);
  assert.match(page, /^ {2}g1 +school-1 +1 +20 +0\.00 +0\.1\.0 +well +provider registered$/m);
  assert.match(
    page,
    /^ {2}school-1 +right +0\.5 of 4 +4\.0 GiB of 8\.0 GiB +0\.4 ms +- +focus, recorder, sip-gateway, videobridge, web, xmpp$/m,
  );
  assert.match(page, /^ {2}public +web on school-1 +60 days +localhost, meet\.school\.example$/m);
});

test("nobody's name is there unless it was asked for", () => {
  const people = [
    { endpoint: "a1b2c3d4", name: "Anna", kind: "web", role: "moderator", bridge: "b1", isInterrupted: false },
  ];
  assert.match(
    screen(aPicture({ rooms: [aRoom("algebra", { people })] }), wide),
    /^ {6}a1b2c3d4 Anna .*b1 web moderator$/m,
  );
});

test("it fits the terminal: long lines are cut, and long tables say how much they leave out", () => {
  const rooms = Array.from({ length: 100 }, (_, n) => aRoom(`room-${n}`));
  for (const rows of [24, 40, 60]) {
    const page = screen({ ...busy, rooms }, { columns: 60, rows, hasColour: true });
    const lines = stripVTControlCharacters(page).split("\n");
    assert.ok(lines.every((line) => [...line].length <= 60));
    assert.ok(rows < 40 || lines.length <= rows, `${lines.length} of ${rows}`);
    assert.match(page, /… and \d+ more/);
  }
});

test("what strangers named can't steer the terminal", () => {
  const rooms = [aRoom("\x1b[2Jboom\n\u202e"), aRoom("a".repeat(500))];
  const page = screen(aPicture({ rooms }), wide);
  assert.ok(!page.includes("\x1b") && !page.includes("\u202e"));
  assert.match(page, /�\[2Jboom��/);
  assert.ok(page.includes(`${"a".repeat(39)}…`));
});

test("while NATS is away the page says so and nothing else", () => {
  const page = screen(emptyPicture(nowMs, "NATS is out of reach: is Veche running?"), wide);
  assert.deepEqual(page.split("\n").slice(1), ["✖ NATS is out of reach: is Veche running?", ""]);
});
