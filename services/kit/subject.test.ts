import assert from "node:assert/strict";
import { test } from "node:test";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { event } from "@veche/proto/contract.ts";
import { muc } from "@veche/proto/subjects.ts";
import { VecheError } from "./errors.ts";
import {
  commonFilter,
  escapeToken,
  filterOf,
  matchesFilter,
  maxTokenBytes,
  parseSubject,
  subjectOf,
  unescapeToken,
  withoutCovered,
} from "./subject.ts";
import { randomText, seeded } from "./testing/stage.ts";

const left = muc.occupantLeft;
const isTooLong = (error: unknown) => error instanceof VecheError && error.code === "invalid-argument";

test("any text becomes one safe token, another text another token, and it can be read back", () => {
  const random = seeded(2024);
  const texts = new Map<string, string>();
  for (let round = 0; round < 20_000; round++) {
    const text = randomText(random, 24);
    const token = escapeToken(text);
    assert.match(token, /^[A-Za-z0-9_=-]+$/);
    assert.equal(unescapeToken(token), text);
    assert.equal(texts.get(token) ?? text, text);
    texts.set(token, text);
  }
});

test("ids of our own stay as they are", () => {
  for (const id of ["0198f2bf-a1c2-7d3e-9b1f-6a0c5d4e3f21", "k3vq2m7yd5t4c6xw2a9b", "p_305", "-", "A"]) {
    assert.equal(escapeToken(id), id);
  }
});

test("what has a meaning for NATS is escaped", () => {
  const tokens = ["", " ", ".", "*", ">", "$SYS", "a\r\nPUB x 0", "=", "Я", "/"].map((text) => escapeToken(text));
  assert.deepEqual(tokens, ["=", "=20", "=2e", "=2a", "=3e", "=24SYS", "a=0d=0aPUB=20x=200", "=3d", "==042f", "=2f"]);
});

test("a token that escaping never gives is not read", () => {
  for (const token of ["=41", "=2E", "==0041", "=2", "==04", "a b", "*", "", "=zz", "a=", "==", "==042F", "é"]) {
    assert.equal(unescapeToken(token), undefined, token);
  }
});

test("a token is at most its limit once escaped", () => {
  assert.equal(escapeToken("a".repeat(maxTokenBytes)).length, maxTokenBytes);
  assert.throws(() => escapeToken("a".repeat(maxTokenBytes + 1)), isTooLong);
  assert.throws(() => escapeToken(" ".repeat(maxTokenBytes / 3 + 1)), isTooLong);
});

test("a subject is read back into its values, and a foreign one is not", () => {
  const random = seeded(5);
  for (let round = 0; round < 1000; round++) {
    const values = { unit: randomText(random, 6), room: randomText(random, 6) };
    assert.deepEqual(parseSubject(left, subjectOf(left, values)), values);
  }
  for (const subject of [
    "evt.muc.main.r.occupant-joined",
    "evt.muc.main.occupant-left",
    "evt.muc.=41.r.occupant-left",
    "",
  ]) {
    assert.equal(parseSubject(left, subject), undefined, subject);
  }
});

test("a filter leaves open what is not given", () => {
  assert.equal(filterOf(left), "evt.muc.*.*.occupant-left");
  assert.equal(filterOf(left, { room: "a b" }), "evt.muc.*.a=20b.occupant-left");
  assert.ok(matchesFilter(filterOf(left, { room: "a b" }), subjectOf(left, { unit: "u", room: "a b" })));
});

test("filters match as NATS does", () => {
  const matches = [
    ["a.>", "a.b"],
    ["a.>", "a.b.c"],
    [">", "a"],
    ["a.*.c", "a.b.c"],
    ["a.b", "a.b"],
  ];
  const misses = [
    ["a.>", "a"],
    ["a.*", "a.b.c"],
    ["a.*", "a"],
    ["a.b", "a.c"],
    ["a.b.c", "a.b"],
  ];
  for (const [filter = "", subject = ""] of matches) assert.ok(matchesFilter(filter, subject), `${filter} ${subject}`);
  for (const [filter = "", subject = ""] of misses) assert.ok(!matchesFilter(filter, subject), `${filter} ${subject}`);
});

test("a value that is missing is named", () => {
  const contract = event("evt.x.{room}.said", StringValueSchema);
  const values: object = {};
  assert.throws(
    () => subjectOf(contract, values as { room: string }),
    /a text for \{room\} is wanted, found undefined/,
  );
});

test("of several filters those that others take in are left out", () => {
  const joined = "conference.v1.*.*.*.participant.joined";
  assert.deepEqual(withoutCovered([joined, "conference.v1.*.*.*.participant.*", joined]), [
    "conference.v1.*.*.*.participant.*",
  ]);
  assert.deepEqual(withoutCovered([joined, "conference.v1.>"]), ["conference.v1.>"]);
  const apart = [joined, "conference.v1.*.*.*.participant.left", "service.v1.>"];
  assert.deepEqual(withoutCovered(apart), apart);
  assert.deepEqual(withoutCovered(["a.*", "a.>", "a"]), ["a.>", "a"]);
});

test("one filter stands for several, and lets through all that they do", () => {
  assert.equal(commonFilter(["a.b.c"]), "a.b.c");
  assert.equal(commonFilter(["a.b.c", "a.*.c", "a.d.c"]), "a.*.c");
  assert.equal(commonFilter(["a.b.c", "a.b"]), "a.>");
  assert.equal(commonFilter(["a.b", "a.b.c"]), "a.>");
  assert.equal(commonFilter(["a.b.>", "a.b.c.d"]), "a.b.>");
  assert.equal(commonFilter(["a.b", "c.>"]), "*.>");
});
