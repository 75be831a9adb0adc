import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { key, occupant, room, Script, said, types } from "../testing/calls.ts";
import { nextDue } from "./call.ts";
import type { Effect } from "./effects.ts";
import type { Input } from "./inputs.ts";

const rung = (more: ConstructorParameters<typeof Script>[0] = {}, rules = {}) => {
  const script = new Script(more, rules);
  script.tell({ type: "rang" });
  return script;
};
const inside = (more: Parameters<typeof occupant>[1] = {}) => {
  const script = rung({ room });
  script.tell(occupant("inside", more), { type: "session-accepted", startMuted: false }, { type: "answered" });
  script.hear();
  script.effects = [];
  return script;
};
const over = (effects: readonly Effect[]) => effects.flatMap((one) => (one.type === "over" ? [one.ending] : []));

test("with a room, the phone is answered only once the conference's session was accepted", () => {
  const script = new Script({ room });
  assert.deepEqual(types(script.tell({ type: "rang" })), ["tell-incoming", "ring", "enter"]);
  assert.deepEqual(types(script.tell(occupant("inside"))), []);
  assert.deepEqual(types(script.tell({ type: "session-accepted", startMuted: false })), ["answer"]);
  assert.deepEqual(said(script.tell({ type: "answered" })), ["joined"]);
});

test("a call is told as started once, when it is answered and in its sitting", () => {
  const started = (effects: readonly Effect[]) => types(effects).filter((type) => type === "tell-started").length;
  const script = rung();
  assert.equal(started(script.tell({ type: "answered" }, ...[..."1#"].map(key), { type: "code-found", room })), 0);
  assert.equal(started(script.tell(occupant("inside"), { type: "session-accepted", startMuted: false })), 1);
  script.tell({ type: "session-ended" }, { type: "session-accepted", startMuted: false });
  const other = rung({ room });
  assert.equal(started(other.tell(occupant("inside"), { type: "session-accepted", startMuted: false })), 0);
  assert.equal(started(other.tell({ type: "answered" })), 1);
  assert.deepEqual([started(script.effects), started(other.effects)], [1, 1]);
});

test("with a code the phone is answered first, asked, and goes into the room that the code is of", () => {
  const script = rung();
  assert.deepEqual(types(script.effects), ["tell-incoming", "ring", "answer"]);
  assert.deepEqual(said(script.tell({ type: "answered" })), ["welcome", "press-star", "enter-code"]);
  assert.deepEqual(types(script.keys("1")), ["tell-key", "hush"]);
  assert.deepEqual(script.keys("23#").at(-1), { type: "look-up", code: "123" });
  assert.deepEqual(types(script.tell({ type: "code-found", room })), ["enter"]);
  script.tell(occupant("inside"));
  assert.deepEqual(said(script.tell({ type: "session-accepted", startMuted: false })), ["joined"]);
});

test("a code needs no hash: a whole one is looked up after a moment, a shorter one after a while", () => {
  const script = rung();
  script.tell({ type: "answered" });
  script.keys("123456789");
  assert.deepEqual(types(script.pass(script.rules.entry.lastKeyMs)), ["look-up"]);
  const other = rung();
  other.tell({ type: "answered" });
  other.keys("1234");
  assert.deepEqual(types(other.pass(other.rules.entry.lastKeyMs)), []);
  assert.deepEqual(types(other.pass(other.rules.entry.nextKeyMs)), ["look-up"]);
});

test("three wrong codes end the call, and each is counted", () => {
  const script = rung();
  script.tell({ type: "answered" });
  for (const tried of [1, 2]) {
    script.keys(`${tried}${tried}#`);
    assert.deepEqual(said(script.tell({ type: "code-unknown" })), ["wrong-code", "enter-code"]);
  }
  script.keys("33#");
  assert.deepEqual(said(script.tell({ type: "code-unknown" })), ["wrong-code", "too-many-codes"]);
  assert.equal(script.effects.filter(({ type }) => type === "count-wrong-code").length, 3);
  assert.deepEqual(types(script.hear()), ["hang-up", "over"]);
  assert.deepEqual(over(script.effects), [{ cause: "rejected", sipStatus: 403 }]);
});

test("who types nothing is asked three times and let go", () => {
  const script = rung();
  script.tell({ type: "answered" });
  for (let n = 0; n < 3; n += 1) {
    script.hear();
    script.pass(script.rules.entry.firstKeyMs);
  }
  assert.deepEqual(said(script.effects).slice(-2), ["enter-code", "goodbye"]);
  assert.deepEqual(over(script.hear()), [{ cause: "rejected", sipStatus: 403 }]);
});

test("a star clears what was typed; without anything typed it changes the language", () => {
  const script = rung();
  script.tell({ type: "answered" });
  assert.deepEqual(said(script.keys("*")), ["language", "enter-code"]);
  assert.equal(script.state.language, "ru");
  assert.deepEqual(said(script.keys("12*")), ["enter-code"]);
  assert.deepEqual(script.keys("7#").at(-1), { type: "look-up", code: "7" });
});

test("which key it was is told only inside a room", () => {
  const script = rung();
  script.tell({ type: "answered" });
  assert.deepEqual(script.tell(key("5"))[0], { type: "tell-key", key: "", way: "rtp" });
  assert.deepEqual(inside().tell(key("3"))[0], { type: "tell-key", key: "3", way: "rtp" });
});

test("a password is asked for by keys, three times, and a right one lets in", () => {
  const script = rung({ room });
  assert.deepEqual(types(script.tell({ type: "not-entered", why: "password-wanted" })), ["answer"]);
  assert.deepEqual(said(script.tell({ type: "answered" })), ["enter-password"]);
  assert.deepEqual(types(script.keys("99#")).slice(-1), ["enter"]);
  assert.equal(script.state.password, "99");
  assert.deepEqual(said(script.tell({ type: "not-entered", why: "password-wrong" })), [
    "wrong-password",
    "enter-password",
  ]);
  script.keys("98#");
  script.tell(occupant("inside"));
  assert.equal(script.state.phase, "inside");
});

test("in the lobby the caller is answered, hears so again and again, and is told when he is let in or not", () => {
  const script = rung({ room });
  assert.deepEqual(types(script.tell(occupant("lobby"))), ["answer", "tell-phone"]);
  assert.deepEqual(said(script.tell({ type: "answered" })), ["lobby"]);
  assert.deepEqual(said(script.pass(script.rules.remindMs)), ["lobby"]);
  assert.deepEqual(types(script.tell(occupant("inside", { revision: 2n }))), ["tell-phone", "hush"]);
  const other = rung({ room });
  other.tell(occupant("lobby"), { type: "answered" });
  const ended = other.tell(occupant("out", { revision: 2n, reason: "rejected" }));
  assert.deepEqual(said(ended), ["lobby-refused"]);
  assert.deepEqual(over(other.hear()), [{ cause: "rejected", sipStatus: 603 }]);
});

test("nobody waits for ever in a lobby", () => {
  const script = rung({ room });
  script.tell(occupant("lobby"), { type: "answered" });
  script.pass(script.rules.waitMs + script.rules.lastMs);
  assert.deepEqual(over(script.effects), [{ cause: "limit", sipStatus: 480 }]);
});

test("who is alone is answered and hears so; who stays alone is let go", () => {
  const script = rung({ room });
  assert.deepEqual(types(script.tell(occupant("inside", { participants: 1, humans: 0 }))), ["answer"]);
  assert.deepEqual(said(script.tell({ type: "answered" })), ["alone"]);
  script.pass(script.rules.aloneMs - 1);
  assert.deepEqual(over(script.effects), []);
  script.pass(script.rules.lastMs + 1);
  assert.deepEqual(over(script.effects), [{ cause: "ended", sipStatus: 480 }]);
});

test("calls alone do not keep a conference: they end when the last human is gone for a while", () => {
  const script = inside();
  script.tell(occupant("inside", { revision: 2n, humans: 0, participants: 2 }));
  script.pass(script.rules.emptyMs - 1);
  assert.equal(script.state.phase, "inside");
  script.tell(occupant("inside", { revision: 3n, humans: 1, participants: 3 }));
  script.pass(60_000);
  assert.equal(script.state.phase, "inside");
  script.tell(occupant("inside", { revision: 4n, humans: 0, participants: 2 }));
  assert.deepEqual(said(script.pass(script.rules.emptyMs)), ["ended"]);
  assert.ok(script.effects.some(({ type }) => type === "leave"));
});

test("without an invitation to a bridge the call ends", () => {
  const script = rung({ room });
  script.tell(occupant("inside"));
  assert.deepEqual(over(script.pass(30_000)), [{ cause: "failed", sipStatus: 480 }]);
});

test("a session that ends is waited for as the first was", () => {
  const script = inside();
  script.tell({ type: "session-ended" });
  script.pass(29_000);
  script.tell({ type: "session-accepted", startMuted: true });
  assert.equal(script.state.presence.isMuted, false, "a later session does not mute");
  script.pass(60_000);
  assert.equal(script.state.phase, "inside");
});

test("keys: mute, hand, how many, help, language", () => {
  const script = inside();
  assert.deepEqual(types(script.tell(key("1"))), ["tell-key", "set-muted", "show", "say"]);
  script.now += 2_000;
  assert.deepEqual(types(script.keys("*6")), ["tell-key", "tell-key", "ask-unmute"]);
  assert.deepEqual(types(script.tell({ type: "unmute-allowed" })), ["set-muted", "show", "say"]);
  assert.deepEqual(said(script.keys("2")), ["hand-raised"]);
  script.now += 2_000;
  assert.deepEqual(said(script.keys("2")), ["hand-lowered"]);
  assert.deepEqual(said(script.keys("3")), [{ people: 3 }]);
  assert.deepEqual(said(script.keys("0")), ["menu"]);
  assert.deepEqual(said(script.keys("9")), ["language"]);
  assert.equal(script.state.language, "ru");
  script.keys("*");
  assert.deepEqual(said(script.pass(1_500)), ["menu"]);
});

test("a moderator mutes; while speaking is reserved the phone can't unmute and raises its hand", () => {
  const script = inside();
  const muted = script.tell({ type: "mute-asked" });
  assert.deepEqual(types(muted), ["set-muted", "show", "tell-phone", "say"]);
  assert.deepEqual(said(muted), ["muted-by-moderator"]);
  assert.deepEqual(script.tell({ type: "mute-asked" }), []);
  script.tell(occupant("inside", { revision: 2n, isModerated: true, maySpeak: false }));
  const refused = script.keys("1");
  assert.deepEqual(said(refused), ["only-moderator-unmutes", "hand-raised"]);
  assert.ok(script.state.presence.raisedHandMs > 0);
  assert.equal(script.state.presence.isMuted, true);
  const approved = script.tell(occupant("inside", { revision: 3n, isModerated: true, maySpeak: true }));
  assert.deepEqual(said(approved), ["may-speak"]);
  script.now += 2_000;
  assert.equal(script.keys("1").at(-1)?.type, "ask-unmute");
  script.tell({ type: "unmute-allowed" });
  assert.deepEqual([script.state.presence.isMuted, script.state.presence.raisedHandMs], [false, 0]);
});

test("when speaking becomes reserved, whoever speaks by phone is muted and told", () => {
  const script = inside();
  const effects = script.tell(occupant("inside", { revision: 2n, isModerated: true, maySpeak: false }));
  assert.deepEqual(types(effects), ["tell-phone", "set-muted", "show", "say"]);
});

test("the focus may refuse to unmute", () => {
  const script = inside();
  script.tell({ type: "mute-asked" });
  script.keys("1");
  assert.deepEqual(said(script.tell({ type: "unmute-refused" })), ["only-moderator-unmutes", "hand-raised"]);
});

test("a phone that mutes itself by JSON is answered", () => {
  const script = inside();
  const muted = script.tell({ type: "phone-said", says: { type: "mute", id: "7", isMuted: true } });
  assert.deepEqual(muted.at(-1), {
    type: "tell-phone",
    tell: { type: "mute-answer", id: "7", isMuted: true, isDone: true },
  });
  script.tell({ type: "phone-said", says: { type: "mute", id: "8", isMuted: false } });
  assert.deepEqual(script.tell({ type: "unmute-refused" })[0], {
    type: "tell-phone",
    tell: { type: "mute-answer", id: "8", isMuted: true, isDone: false },
  });
});

test("who is kicked hears why, and then the line ends", () => {
  const script = inside();
  const kicked = script.tell(occupant("out", { revision: 2n, reason: "kicked" }));
  assert.deepEqual(types(kicked), ["set-muted", "say"]);
  assert.deepEqual(types(script.hear()), ["hang-up", "over"]);
  assert.deepEqual(over(script.effects), [{ cause: "kicked", sipStatus: 603 }]);
});

test("last words that never come to an end do not keep the line", () => {
  const script = inside();
  script.tell(occupant("out", { revision: 2n, reason: "ended" }));
  assert.deepEqual(types(script.pass(script.rules.lastMs)), ["hang-up", "over"]);
});

test("a server that had forgotten the call has it again", () => {
  const script = inside();
  assert.deepEqual(types(script.tell(occupant("out", { instance: "x2", reason: "timeout" }))), ["leave", "enter"]);
  script.tell(occupant("inside", { instance: "x2", revision: 2n }));
  assert.equal(script.state.phase, "inside");
});

test("news that is older than what is known is none", () => {
  const script = inside({ revision: 5n });
  assert.deepEqual(script.tell(occupant("out", { revision: 4n, reason: "kicked" })), []);
});

test("a server that does not answer ends the call only after a while", () => {
  const script = inside();
  const failing = () => script.tell({ type: "not-entered", why: "unavailable" });
  for (let n = 0; n < 10; n += 1) {
    failing();
    script.pass(5_000);
  }
  assert.equal(script.state.phase, "inside");
  script.tell(occupant("inside", { revision: 9n }));
  failing();
  script.pass(50_000);
  assert.equal(script.state.phase, "inside");
  script.pass(10_000);
  assert.equal(script.state.phase, "ending");
});

test("a phone that falls silent is let go, but not while it is on hold", () => {
  const script = inside();
  script.tell({ type: "held", isHeld: true }, { type: "silent", isSilent: true });
  assert.equal(script.state.presence.status, "On Hold");
  script.pass(600_000);
  assert.equal(script.state.phase, "inside");
  script.tell({ type: "held", isHeld: false });
  assert.equal(script.state.presence.status, "Connected");
  script.pass(script.rules.silentMs - 1);
  assert.equal(script.state.phase, "inside");
  assert.deepEqual(over(script.pass(1)), [{ cause: "media-timeout", sipStatus: 0 }]);
  const other = inside();
  assert.deepEqual(over(other.tell({ type: "silent", isSilent: true })), [{ cause: "media-timeout", sipStatus: 0 }]);
});

test("a call has its longest time", () => {
  const script = rung({ room }, { longestMs: 60_000 });
  script.tell(occupant("inside"), { type: "session-accepted", startMuted: false }, { type: "answered" });
  assert.deepEqual(said(script.pass(60_000)), ["call-limit"]);
  assert.deepEqual(over(script.hear()), [{ cause: "limit", sipStatus: 480 }]);
});

test("dialling out: it rings, is shown ringing, is answered, and shown connected", () => {
  const script = new Script({ direction: "out", room });
  assert.deepEqual(types(script.tell({ type: "dialled" })), ["enter"]);
  script.tell(occupant("inside"));
  assert.deepEqual(types(script.tell({ type: "ringing", status: 180 })), ["show", "tell-ringing"]);
  assert.equal(script.state.presence.status, "Ringing…");
  assert.deepEqual(script.tell({ type: "ringing", status: 183 }), []);
  assert.deepEqual(types(script.tell({ type: "session-accepted", startMuted: false })), []);
  const answered = script.tell({ type: "answered" });
  assert.deepEqual(types(answered), ["tell-started", "show", "say"]);
  assert.equal(script.state.presence.status, "Connected");
});

for (const [status, cause, shown] of [
  [486, "busy", "Busy"],
  [480, "no-answer", "No answer"],
  [603, "refused", "Rejected"],
  [404, "unreachable", "Not found"],
  [503, "unreachable", "Failed"],
] as const) {
  test(`dialling out: ${status} is shown as ${shown} for a moment, and is ${cause}`, () => {
    const script = new Script({ direction: "out", room });
    script.tell({ type: "dialled" }, occupant("inside"), { type: "dial-failed", status });
    assert.equal(script.state.presence.status, shown);
    assert.deepEqual(types(script.pass(script.rules.failedShownMs)), ["leave", "over"]);
    assert.deepEqual(over(script.effects), [{ cause, sipStatus: status }]);
  });
}

test("dialling out: nobody answers, or the moderator hangs up first", () => {
  const script = new Script({ direction: "out", room });
  script.tell({ type: "dialled" }, occupant("inside"), { type: "ringing", status: 180 });
  script.tell({ type: "session-accepted", startMuted: false });
  assert.ok(types(script.pass(script.rules.ringMs)).includes("hang-up"));
  script.pass(script.rules.failedShownMs);
  assert.deepEqual(over(script.effects), [{ cause: "no-answer", sipStatus: 408 }]);
  const other = new Script({ direction: "out", room });
  other.tell({ type: "dialled" }, occupant("inside"));
  const ended = other.tell({ type: "end-asked", cause: "gateway", why: "moderator" });
  assert.deepEqual(types(ended), ["leave", "hang-up", "over"]);
});

test("who hangs up while he still rings leaves the room", () => {
  const script = rung({ room });
  assert.deepEqual(types(script.tell({ type: "line-ended", cause: "remote" })), ["leave", "over"]);
  assert.deepEqual(over(script.effects), [{ cause: "caller", sipStatus: 0 }]);
});

const anyInput: fc.Arbitrary<Input> = fc.oneof(
  fc.constantFrom<Input>(
    { type: "answered" },
    { type: "not-answered" },
    { type: "code-unknown" },
    { type: "code-not-looked-up" },
    { type: "session-ended" },
    { type: "mute-asked" },
    { type: "unmute-allowed" },
    { type: "unmute-refused" },
    { type: "tick" },
    { type: "code-found", room },
    { type: "ringing", status: 180 },
    { type: "dial-failed", status: 486 },
    { type: "line-ended", cause: "remote" },
    { type: "end-asked", cause: "gateway", why: "restart" },
    { type: "phone-said", says: { type: "password", password: "1" } },
    { type: "phone-said", says: { type: "mute", id: "1", isMuted: false } },
  ),
  fc.record({
    type: fc.constant("key" as const),
    key: fc.constantFrom(..."0123456789*#A"),
    way: fc.constantFrom("rtp", "info", "inband"),
  }),
  fc.record({ type: fc.constant("held" as const), isHeld: fc.boolean() }),
  fc.record({ type: fc.constant("silent" as const), isSilent: fc.boolean() }),
  fc.record({ type: fc.constant("played" as const), number: fc.nat(12) }),
  fc.record({ type: fc.constant("session-accepted" as const), startMuted: fc.boolean() }),
  fc.record({
    type: fc.constant("not-entered" as const),
    why: fc.constantFrom("password-wanted", "password-wrong", "refused", "full", "invalid", "unavailable"),
  }),
  fc
    .record({
      state: fc.constantFrom("waiting" as const, "lobby" as const, "inside" as const, "out" as const),
      reason: fc.constantFrom("", "kicked", "ended", "timeout", "rejected", "replaced"),
      revision: fc.bigInt(0n, 9n),
      isModerated: fc.boolean(),
      maySpeak: fc.boolean(),
      participants: fc.nat(3),
      humans: fc.nat(2),
    })
    .map(({ state, ...more }) => occupant(state, more)),
);

test("whatever happens: it ends once, is answered or rejected once, leaves what it entered, and never waits for ever", () => {
  const history = fc.array(fc.tuple(anyInput, fc.constantFrom(0, 100, 1_500, 12_000)), { maxLength: 40 });
  fc.assert(
    fc.property(history, fc.constantFrom("in" as const, "out" as const), fc.boolean(), (inputs, direction, hasRoom) => {
      const script = new Script(
        { direction, room: hasRoom || direction === "out" ? room : undefined },
        { longestMs: 3_600_000 },
      );
      script.tell({ type: direction === "in" ? "rang" : "dialled" });
      for (const [input, ms] of inputs) {
        script.tell(input);
        script.pass(ms);
        if (script.state.phase !== "over") assert.ok(nextDue(script.state) !== undefined);
      }
      // The limit, last words, and nothing more.
      script.pass(4_000_000);
      assert.equal(script.state.phase, "over");
      assert.deepEqual(script.tell({ type: "tick" }, { type: "answered" }), []);
      const count = (type: Effect["type"]) => script.effects.filter((effect) => effect.type === type).length;
      assert.equal(count("over"), 1);
      assert.equal(script.effects.at(-1)?.type, "over");
      assert.ok(count("answer") + count("reject") <= 1);
      assert.ok(count("hang-up") <= 1);
      assert.ok(direction === "in" || count("answer") + count("reject") + count("ring") === 0);
      const presence = script.effects.map(({ type }) => type).filter((type) => type === "enter" || type === "leave");
      if (
        presence.includes("enter") &&
        !inputs.some(([input]) => input.type === "occupant" && input.occupant.state === "out")
      )
        assert.equal(presence.at(-1), "leave");
      const isFound = inputs.some(([input]) => input.type === "code-found");
      if (!hasRoom && direction === "in" && !isFound) assert.deepEqual(presence, []);
    }),
    { numRuns: 2_000 },
  );
});
