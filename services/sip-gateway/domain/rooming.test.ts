import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { chooseRoom, type RoomingRules } from "./rooming.ts";
import { forgetFailures, isShutOut, noteFailure, sourcesAtMost } from "./source-rates.ts";

const rules: RoomingRules = {
  roomHeader: "jitsi-conference-room",
  passwordHeader: "jitsi-conference-room-pass",
  tenantHeader: "jitsi-conference-domain-tenant",
  rooms: new Map([["74950000001", "5a"]]),
  dialIn: new Set(["74950000002"]),
  asksForCode: true,
  defaultRoom: "",
  numbers: { country: "7", nationalPrefix: "8", nationalLength: 10, internationalPrefixes: ["00", "810"] },
};
const caller = (dialled: string, headers: Record<string, string> = {}, isTrusted = true) => ({
  dialled,
  headers: new Map(Object.entries(headers)),
  isTrusted,
});
const named = { "jitsi-conference-room": "5b", "jitsi-conference-room-pass": "s3cret" };

test("a header of a trusted trunk goes first, with its password", () => {
  assert.deepEqual(chooseRoom(caller("84950000001", named), rules), {
    type: "room",
    address: "5b",
    tenant: "",
    password: "s3cret",
    by: "header",
  });
});

test("a header from anybody else is not believed", () => {
  const chosen = chooseRoom(caller("84950000001", named, false), rules);
  assert.deepEqual(chosen, { type: "room", address: "5a", tenant: "", password: "", by: "number" });
});

test("then the number that was dialled, then a code, then the default room, then 486", () => {
  assert.equal(chooseRoom(caller("+7 495 000-00-01"), rules).type, "room");
  assert.equal(chooseRoom(caller("gateway"), rules).type, "code");
  const withDefault = { ...rules, defaultRoom: "hall" };
  assert.equal(chooseRoom(caller("84950000002"), withDefault).type, "code");
  const chosen = chooseRoom(caller("gateway"), withDefault);
  assert.equal(chosen.type === "room" && chosen.address, "hall");
  const refused = chooseRoom(caller("gateway"), { ...rules, asksForCode: false });
  assert.equal(refused.type === "refused" && refused.status, 486);
});

const rate = { most: 3, withinMs: 1_000 };

test("who fails too often is shut out for a while, and nobody else is", () => {
  let failures = noteFailure(new Map(), "a", 0, rate);
  failures = noteFailure(failures, "a", 100, rate);
  assert.equal(isShutOut(failures, "a", 100, rate), false);
  failures = noteFailure(failures, "a", 200, rate);
  assert.equal(isShutOut(failures, "a", 200, rate), true);
  assert.equal(isShutOut(failures, "b", 200, rate), false);
  assert.equal(isShutOut(failures, "a", 1_000, rate), false);
  assert.equal(forgetFailures(failures, 5_000, rate).size, 0);
});

test("however many sources fail, memory is bounded and the latest are known", () => {
  let failures: ReturnType<typeof noteFailure> = new Map(
    Array.from({ length: sourcesAtMost }, (_, n) => [`old${n}`, [0, 0, 0]]),
  );
  failures = noteFailure(failures, "new", 1, rate);
  assert.equal(failures.size, sourcesAtMost);
  assert.ok(failures.has("new") && !failures.has("old0"));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.nat(500))), (events) => {
      let known: ReturnType<typeof noteFailure> = new Map();
      let now = 0;
      const all: { source: string; at: number }[] = [];
      for (const [source, ms] of events) {
        now += ms;
        known = noteFailure(known, source, now, rate);
        all.push({ source, at: now });
        const recent = all.filter((one) => one.source === source && now - one.at < rate.withinMs).length;
        assert.equal(isShutOut(known, source, now, rate), recent >= rate.most);
      }
    }),
  );
});
