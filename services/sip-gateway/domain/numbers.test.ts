import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type DialRules, dialString, excessOf, forgetOld, refusalOf } from "./dial-rules.ts";
import { numberKey, readDialled } from "./numbers.ts";

const rules: DialRules = {
  country: "7",
  nationalPrefix: "8",
  nationalLength: 10,
  internationalPrefixes: ["00", "810"],
  allowed: ["+7495", "+7800", "+49", "1"],
  forbidden: ["+7495666", "112"],
  allowsInternational: false,
  hosts: ["sip.school.example"],
  format: "plus",
  prefix: "",
};
const read = (text: string) => readDialled(text, rules);
const refusal = (text: string, more: Partial<DialRules> = {}) => {
  const dialled = read(text);
  assert.ok(dialled, text);
  return refusalOf(dialled, { ...rules, ...more });
};

test("one number in all its writings is one number", () => {
  for (const text of [
    "+7 (495) 123-45-67",
    "8 495 123 45 67",
    "8(495)123-45-67",
    "74951234567",
    "4951234567",
    "tel:+7-495-123-45-67",
    "00 7 495 123 45 67",
    "+7 495\u00a0123\u201145\u201167",
  ])
    assert.deepEqual(read(text), { type: "number", digits: "74951234567" }, text);
  assert.deepEqual(read("8 10 49 30 123456"), { type: "number", digits: "4930123456" });
  assert.deepEqual(read("112"), { type: "short", digits: "112" });
  assert.equal(numberKey("+7 495 123-45-67", rules), numberKey("84951234567", rules));
  assert.equal(numberKey("Reception", rules), "reception");
});

test("what is neither number nor address is nothing, however it is written", () => {
  for (const text of ["", " ", "+", "+0123456789", "12345678", "123a", "sip:", "sip:a@", "sip:a b@c", "sip:a@b;x=1"])
    assert.equal(read(text), undefined, text);
  for (const text of [
    "sip:a@b\r\nVia: x",
    "sip:a@b?Replaces=1",
    "<sip:a@b>",
    `${"1".repeat(300)}`,
    "+1234567890123456",
  ])
    assert.equal(read(text), undefined, text);
  assert.deepEqual(read("sip:a@10.0.0.7:5071"), { type: "address", uri: "sip:a@10.0.0.7:5071", host: "10.0.0.7" });
  assert.deepEqual(read("Room.5@SIP.School.Example"), {
    type: "address",
    uri: "sip:Room.5@sip.school.example",
    host: "sip.school.example",
  });
});

test("nothing but what the operator has named may be dialled", () => {
  assert.equal(refusal("+74951234567"), undefined);
  assert.equal(refusal("8 800 555 35 35"), undefined);
  assert.equal(refusal("101"), undefined);
  assert.match(refusal("+74956661234") ?? "", /may not/);
  assert.match(refusal("112") ?? "", /may not/);
  assert.match(refusal("+79031234567") ?? "", /not among/);
  assert.match(refusal("+4930123456") ?? "", /other countries/);
  assert.equal(refusal("+4930123456", { allowsInternational: true }), undefined);
  assert.match(refusal("+74951234567", { allowed: [] }) ?? "", /not among/);
  assert.equal(refusal("room@sip.school.example"), undefined);
  assert.match(refusal("room@sip.elsewhere.example") ?? "", /host/);
});

test("trunks are given numbers as they want them", () => {
  const of = (text: string, more: Partial<DialRules>) => {
    const dialled = read(text);
    return dialled && dialString(dialled, { ...rules, ...more });
  };
  assert.equal(of("84951234567", { format: "plus" }), "+74951234567");
  assert.equal(of("84951234567", { format: "digits" }), "74951234567");
  assert.equal(of("+74951234567", { format: "national", prefix: "9" }), "984951234567");
  assert.equal(of("+4930123456", { format: "national" }), "8104930123456");
  assert.equal(of("101", { prefix: "9" }), "9101");
  assert.equal(of("a@sip.school.example", { prefix: "9" }), "sip:a@sip.school.example");
});

test("a number never comes to mean one that is not allowed: what is dialled was looked at as it is dialled", () => {
  const writing = fc.array(fc.constantFrom(..."0123456789+ -().810"), { maxLength: 24 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(writing, fc.constantFrom("plus" as const, "digits" as const, "national" as const), (text, format) => {
      const dialled = read(text);
      if (dialled === undefined || refusalOf(dialled, rules) !== undefined) return;
      const again = read(dialString(dialled, { ...rules, format }));
      assert.deepEqual(again, dialled);
    }),
    { numRuns: 5_000 },
  );
});

test("any text at all is read or refused", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const dialled = read(text);
      if (dialled?.type === "address") assert.match(dialled.uri, /^sips?:[^\s<>;?"]+@[a-z0-9.-]+(:\d+)?$/);
      else if (dialled) assert.match(dialled.digits, /^\d{1,15}$/);
    }),
  );
});

test("calls out are bounded at a time and by the hour, for all, for a room and for a person", () => {
  const limits = { calls: 3, callsOfRoom: 2, callsOfPerson: 1, hourlyOfPerson: 2, hourly: 4 };
  const one = (room: string, person: string) => ({ room, person, atMs: 0 });
  const excess = (underWay: ReturnType<typeof one>[], begun: ReturnType<typeof one>[], now = 1) =>
    excessOf({ room: "r", person: "p" }, { underWay, begun }, limits, now);
  assert.equal(excess([], []), undefined);
  assert.match(excess([one("a", "a"), one("b", "b"), one("c", "c")], []) ?? "", /under way/);
  assert.match(excess([one("r", "a"), one("r", "b")], []) ?? "", /this room/);
  assert.match(excess([one("x", "p")], []) ?? "", /you have/);
  const busyPerson = [one("x", "p"), one("y", "p")];
  assert.match(excess([], busyPerson) ?? "", /too often/);
  assert.equal(excess([], busyPerson, 3_600_000), undefined);
  assert.match(
    excess(
      [],
      ["a", "b", "c", "d"].map((person) => one("x", person)),
    ) ?? "",
    /within an hour/,
  );
  assert.deepEqual(forgetOld(busyPerson, 3_600_000), []);
});
