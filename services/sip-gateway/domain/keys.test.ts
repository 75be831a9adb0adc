import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { limits } from "../limits.ts";
import { typeKey } from "./entry.ts";
import { type KeyWay, notePress, type Press, sameKeyMs } from "./key-presses.ts";
import { commandOf } from "./menu.ts";
import { readInfo, writeInfo } from "./phone-json.ts";

type Event = { readonly digit: string; readonly way: KeyWay; readonly atMs: number };

const countPresses = (events: readonly Event[]) => {
  let recent: readonly Press[] = [];
  let digits = "";
  for (const { digit, way, atMs } of events) {
    const noted = notePress(recent, digit, way, atMs);
    recent = noted.recent;
    if (noted.isNew) digits += digit;
  }
  return digits;
};

test("a press that comes several ways is one; pressed twice it is two", () => {
  const at = (digit: string, way: KeyWay, atMs: number) => ({ digit, way, atMs });
  assert.equal(countPresses([at("5", "rtp", 0), at("5", "info", 60), at("5", "inband", 90)]), "5");
  assert.equal(countPresses([at("5", "rtp", 0), at("5", "rtp", 200), at("5", "info", 60), at("5", "info", 260)]), "55");
  assert.equal(countPresses([at("5", "rtp", 0), at("6", "info", 60), at("5", "rtp", 2_000)]), "565");
  assert.equal(countPresses([at("5", "rtp", 0), at("5", "info", sameKeyMs)]), "55");
});

test("however many ways a phone has of saying its keys, and however late each is, they are as many as were pressed", () => {
  const press = fc.record({ digit: fc.constantFrom(..."0123456789*#"), pauseMs: fc.integer({ min: 80, max: 700 }) });
  const delays = fc.record({
    rtp: fc.integer({ min: 0, max: 150 }),
    info: fc.option(fc.integer({ min: 0, max: 600 })),
    inband: fc.option(fc.integer({ min: 0, max: 400 })),
  });
  fc.assert(
    fc.property(fc.array(press, { maxLength: 20 }), delays, (presses, late) => {
      let atMs = 0;
      const events: Event[] = [];
      for (const { digit, pauseMs } of presses) {
        atMs += pauseMs;
        for (const way of ["rtp", "info", "inband"] as const) {
          const delayMs = late[way];
          if (delayMs !== null) events.push({ digit, way, atMs: atMs + delayMs });
        }
      }
      events.sort((a, b) => a.atMs - b.atMs);
      const heard = [...countPresses(events)].sort().join("");
      assert.equal(
        heard,
        presses
          .map(({ digit }) => digit)
          .sort()
          .join(""),
      );
    }),
  );
});

test("digits are collected to a hash, or to as many as there may be", () => {
  const rules = { tries: 3, firstKeyMs: 10, nextKeyMs: 4, lastKeyMs: 1, mostDigits: limits.codeDigits };
  fc.assert(
    fc.property(fc.array(fc.constantFrom(..."0123456789ABCD#*"), { maxLength: 40 }), fc.nat(12), (keys, length) => {
      let entry = { digits: "", wrong: 0 };
      for (const key of keys) {
        const typed = typeKey(entry, key, length, rules);
        if (typed.type === "more") entry = typed.entry;
        else if (typed.type !== "nothing") entry = { digits: "", wrong: 0 };
        if (typed.type === "whole") assert.match(typed.digits, /^\d{1,15}$/);
        if (typed.type === "more") assert.equal(typed.waitMs, length > 0 && entry.digits.length >= length ? 1 : 4);
        assert.match(entry.digits, /^\d{0,14}$/);
      }
    }),
  );
});

test("keys of the menu, with and without a star", () => {
  assert.deepEqual(
    ["1", "2", "3", "0", "9", "4", "#", "A"].map((key) => commandOf(key, false)),
    ["mute", "hand", "count", "help", "language", undefined, undefined, undefined],
  );
  assert.equal(commandOf("*", false), "star");
  assert.deepEqual(
    ["6", "9", "*", "0", "1", "7"].map((key) => commandOf(key, true)),
    ["mute", "hand", "help", "help", "mute", undefined],
  );
});

test("keys by SIP INFO, as phones write them", () => {
  const relay = (body: string) => readInfo("application/dtmf-relay", body);
  assert.deepEqual(relay("Signal=5\r\nDuration=160"), { type: "key", key: "5" });
  assert.deepEqual(relay("Duration= 160\r\nSignal= *\r\n"), { type: "key", key: "*" });
  assert.deepEqual(relay("Signal=11\n"), { type: "key", key: "#" });
  assert.deepEqual(relay("signal=b"), { type: "key", key: "B" });
  assert.deepEqual(readInfo("application/dtmf", "7\r\n"), { type: "key", key: "7" });
  for (const body of ["", "Signal=", "Signal=55", "Signal=x", "5"]) assert.equal(relay(body), undefined, body);
  assert.equal(readInfo("text/plain", "5"), undefined);
});

test("Jigasi's JSON, read and written", () => {
  const json = (body: unknown) => readInfo("application/json", JSON.stringify(body));
  assert.deepEqual(json({ t: 4, i: 1, d: { pwd: "1234" } }), { type: "password", password: "1234" });
  assert.deepEqual(json({ t: 11 }), { type: "heartbeat" });
  assert.deepEqual(json({ type: "muteRequest", id: "9", data: { audio: true } }), {
    type: "mute",
    id: "9",
    isMuted: true,
  });
  assert.deepEqual(json({ type: "muteResponse", id: "9", status: "OK" }), { type: "answer" });
  assert.equal(json({ t: 4, d: { pwd: "x".repeat(200) } }), undefined);
  assert.equal(readInfo("application/json", "x".repeat(5_000)), undefined);
  assert.equal(writeInfo({ type: "lobby-entered" }, 4), '{"t":3,"i":4}');
  assert.equal(writeInfo({ type: "rejected" }, 5), '{"t":7,"i":5}');
  assert.equal(writeInfo({ type: "moderation", isOn: true }, 6), '{"t":8,"i":6,"d":true}');
  assert.equal(writeInfo({ type: "mute", isMuted: true }, 7), '{"type":"muteRequest","id":"7","data":{"audio":true}}');
  assert.equal(
    writeInfo({ type: "mute-answer", id: "9", isMuted: true, isDone: false }, 8),
    '{"type":"muteResponse","id":"9","status":"FAILED","data":{"audio":true}}',
  );
});

test("any body at all is read or ignored", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("application/json", "application/dtmf-relay", "application/dtmf", ""),
      fc.oneof(fc.string(), fc.json()),
      (type, body) => {
        readInfo(type, body);
      },
    ),
  );
});
