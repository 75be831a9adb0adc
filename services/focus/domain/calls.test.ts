import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { asked, factsOf, joined, left, Play, sourcesOf, told } from "../testing/play.ts";
import {
  aCall,
  aCamera,
  aMicrophone,
  anOccupant,
  aPlainTransport,
  aTransport,
  soundAlone,
} from "../testing/samples.ts";
import { aRoom } from "../testing/xmpp.ts";
import type { Occupant } from "./conference.ts";
import type { Effect } from "./effects.ts";
import type { Input } from "./inputs.ts";
import { emptyMemory, remember, restore } from "./memory.ts";
import { openPolicy } from "./policy.ts";

const rings = (endpoint: string, changes: Partial<Occupant> = {}): Input => ({
  type: "occupant-joined",
  occupant: aCall(endpoint, changes),
});

const owner: Input = { type: "affiliation-set", endpoint: "aaaa" };

/** A gateway accepts for a call. */
function accepts(play: Play, endpoint: string, changes: Partial<Extract<Input, { type: "session-accepted" }>> = {}) {
  const { jingleSession } = play.invite(endpoint);
  return play.play({
    type: "session-accepted",
    ask: 1,
    endpoint,
    jingleSession,
    descriptions: soundAlone,
    transport: aPlainTransport,
    sources: [aMicrophone(endpoint, 7_000)],
    ...changes,
  });
}

/** Somebody who moderates, and a telephone that is to accept. */
function aCallWith(rules = {}): Play {
  const play = new Play(rules);
  play.play(joined("aaaa"), owner, rings("cccc"));
  play.play(play.created("cccc"));
  return play;
}

const replies = (effects: readonly Effect[]) =>
  effects.flatMap((one) => (one.type === "reply" ? (one.failure?.code ?? "ok") : []));
const namesOf = (effects: readonly Effect[]) => factsOf(effects).map(({ name }) => name);

describe("a telephone in a conference", () => {
  test("is given a plain endpoint, and nobody else is", () => {
    const play = new Play();
    play.play(joined("aaaa"), owner);
    // Of another's gateway, and of somebody who only says so.
    const others = [rings("cccc"), rings("dddd", { gateway: "" }), rings("eeee", { isService: false })];
    const plain = play
      .play(...others)
      .flatMap((effect) =>
        effect.type === "create-endpoint" ? [[effect.endpoint, effect.plain, effect.fullIce]] : [],
      );
    assert.deepEqual(plain, [
      ["aaaa", false, true],
      ["cccc", true, false],
      ["dddd", false, false],
      ["eeee", false, false],
    ]);
  });

  test("is accepted with plain RTP, which goes to the bridge as it is", () => {
    const play = aCallWith();
    const [connect] = accepts(play, "cccc").filter(({ type }) => type === "connect-endpoint");
    assert.equal(connect?.type, "connect-endpoint");
    assert.deepEqual(connect.transport, aPlainTransport);
    const said = play.play(play.connected("cccc", ["cccc-a0"], []));
    const published = factsOf(said).find(({ name }) => name === "sourcePublished");
    assert.ok(published?.name === "sourcePublished");
    const { source, participant } = published.body;
    assert.deepEqual([source.kind, source.codec, participant.kind], ["sip", "opus", "sip"]);
  });

  test("an accept that no bridge could use is refused, and can be made again", () => {
    const play = aCallWith();
    const { plain } = aPlainTransport;
    assert.ok(plain);
    const wrong = [
      aTransport,
      undefined,
      { ...aPlainTransport, plain: { ...plain, ip: "" } },
      { ...aPlainTransport, plain: { ...plain, ip: "1".repeat(65) } },
      { ...aPlainTransport, plain: { ...plain, port: 70_000 } },
      { ...aPlainTransport, plain: { ...plain, srtpSuite: "NULL" } },
      { ...aPlainTransport, plain: { ...plain, srtpKey: new Uint8Array(30) } },
    ];
    for (const transport of wrong)
      assert.deepEqual(replies(accepts(play, "cccc", { transport })), ["invalid-argument"]);
    assert.deepEqual(asked(accepts(play, "cccc")), ["connect-endpoint cccc: cccc-a0"]);
  });

  test("a client may not pass for one", () => {
    const play = aCallWith();
    play.play(play.created("aaaa"));
    const said = accepts(play, "aaaa", { transport: { ...aTransport, ...aPlainTransport }, sources: [] });
    assert.deepEqual(replies(said), ["invalid-argument"]);
  });

  test("has no ICE to restart", () => {
    const play = aCallWith();
    accepts(play, "cccc");
    const { jingleSession, bridgeSession } = play.invite("cccc");
    const said = play.play({ type: "ice-restart-requested", ask: 2, endpoint: "cccc", jingleSession, bridgeSession });
    assert.deepEqual(told(said), ["reply failed-precondition"]);
  });

  test("which falls silent is connected again when it is heard, and is no failed connection", () => {
    const play = aCallWith();
    accepts(play, "cccc");
    play.play(play.connected("cccc", ["cccc-a0"], []));
    const { jingleSession } = play.invite("cccc");
    const of = { endpoint: "cccc", jingleSession };
    play.play({ type: "endpoint-connected", ...of });
    assert.equal(play.session("cccc")?.state, "connected");
    const said = play.play({ type: "endpoint-disconnected", ...of, stage: "rtp" });
    assert.deepEqual([play.session("cccc")?.state, namesOf(said)], ["accepted", []]);
    play.play({ type: "endpoint-connected", ...of });
    assert.equal(play.session("cccc")?.state, "connected");
  });

  test("never comes to own the room, though it was first", () => {
    const play = new Play();
    assert.ok(!asked(play.play(rings("cccc"), rings("dddd"))).includes("make-owner cccc"));
    assert.ok(asked(play.play(joined("aaaa"))).includes("make-owner aaaa"));
  });

  test("is muted by a moderator, and blocked by the bridge where moderators have reserved speaking", () => {
    const play = aCallWith();
    accepts(play, "cccc");
    play.play(play.connected("cccc", ["cccc-a0"], []));
    const mute: Input = {
      type: "mute-requested",
      ask: 3,
      endpoint: "aaaa",
      target: "cccc",
      media: "audio",
      muted: true,
    };
    play.play({ type: "occupant-updated", occupant: anOccupant("aaaa", { role: "moderator", isOwner: true }) });
    assert.deepEqual(asked(play.play(mute)), ["ask-to-mute cccc", "reply ok"]);
    const policy = { ...openPolicy, moderated: new Map([["audio", { allowed: [], by: "aaaa" }]] as const) };
    const said = asked(play.play({ type: "room-updated", changed: ["moderation"], policy, by: "aaaa" }));
    assert.ok(said.includes("set-force-mute cccc") && said.includes("ask-to-mute cccc"), said.join());
  });

  test("its number is in the record of the person and in no fact", () => {
    const play = aCallWith();
    accepts(play, "cccc");
    const number = "+74959999999";
    const profile = { displayName: "A caller", email: "", phone: number };
    play.play({ type: "occupant-updated", occupant: aCall("cccc", { profile }) }, left("cccc"));
    const remembered = play.effects.flatMap((one) => (one.type === "remember-person" ? one.profile.phone : []));
    assert.deepEqual(remembered, ["", "+74951234567", number]);
    assert.doesNotMatch(JSON.stringify(factsOf(play.effects)), /7495/);
  });
});

describe("with nobody but telephones left", () => {
  const ends = (effects: readonly Effect[]) => effects.some(({ type }) => type === "finish");

  test("a conference ends after a few seconds, and the room goes with them", () => {
    const play = aCallWith();
    play.play(left("aaaa"));
    assert.ok(!ends(play.pass(9_900)));
    const said = play.pass(200);
    assert.deepEqual(namesOf(said), ["participantLeft", "sessionEnded"]);
    const [gone, over] = factsOf(said);
    assert.equal(gone?.name === "participantLeft" && gone.body.reason, "ended");
    assert.equal(over?.name === "sessionEnded" && over.body.reason, "empty");
    const [close] = said.filter(({ type }) => type === "close-room");
    assert.deepEqual(close, { type: "close-room", reason: "empty", withoutPeople: true });
    assert.ok(ends(said));
  });

  test("it goes on where somebody comes back in time, and two telephones are no company", () => {
    const play = aCallWith();
    play.play(rings("dddd"), left("aaaa"));
    play.pass(9_000);
    play.play(joined("aaaa"));
    assert.ok(!ends(play.pass(60_000)));
    play.play(left("aaaa"));
    assert.ok(ends(play.pass(10_000)));
  });

  test("who rings first waits for people, for as long as the operator says", () => {
    const play = new Play({ callsWaitMs: 120_000 });
    play.play(rings("cccc"));
    assert.ok(!ends(play.pass(119_000)));
    assert.ok(ends(play.pass(1_000)));
    const other = new Play({ callsWaitMs: 120_000 });
    other.play(rings("cccc"));
    other.pass(119_000);
    other.play(joined("aaaa"));
    assert.ok(!ends(other.pass(300_000)));
  });

  test("a recorder does not keep it going", () => {
    const play = aCallWith();
    play.play(joined("rrrr", { hidden: true, kind: "recorder", isService: true }), left("aaaa"));
    assert.ok(ends(play.pass(10_000)));
  });

  test("people in breakout rooms keep it going, and so does a gateway that is not ours", () => {
    const play = aCallWith();
    const policy = { ...openPolicy, breakouts: [{ room: aRoom("b1"), occupants: 1, owners: 1 }] };
    play.play({ type: "room-updated", changed: ["breakouts"], policy, by: "aaaa" }, left("aaaa", "moved"));
    assert.ok(!ends(play.pass(60_000)));
    const other = aCallWith();
    other.play(rings("jjjj", { gateway: "" }), left("aaaa"));
    assert.ok(!ends(other.pass(60_000)));
  });

  test("a room that people left in the ordinary way is asked for as before", () => {
    const play = new Play();
    play.play(joined("aaaa"));
    const [close] = play.play(left("aaaa")).filter(({ type }) => type === "close-room");
    assert.deepEqual(close, { type: "close-room", reason: "empty", withoutPeople: false });
  });

  test("the next focus knows from the facts that people have been there", () => {
    const play = aCallWith();
    play.play(left("aaaa"));
    const memory = factsOf(play.effects).reduce(remember, emptyMemory);
    const restoring = { room: aRoom("standup"), session: "s", epoch: 8, unit: "main", messages: 0 };
    assert.equal(restore(memory, restoring, 0).hadPeople, true);
    const alone = new Play();
    alone.play(rings("cccc"));
    const calls = factsOf(alone.effects).reduce(remember, emptyMemory);
    assert.equal(restore(calls, restoring, 0).hadPeople, false);
  });
});

describe("dialling a telephone", () => {
  type Dial = Extract<Input, { readonly type: "dial-asked" }>;
  const dials = (changes: Partial<Dial> = {}): Dial => ({
    type: "dial-asked",
    ask: 1,
    endpoint: "aaaa",
    to: "+74951234567",
    from: "",
    headers: { JvbRoomName: "Standup@muc.meet.jitsi" },
    granted: [],
    denied: [],
    ...changes,
  });

  function aModerated(rules = {}): Play {
    const play = new Play(rules);
    play.play(
      { type: "occupant-joined", occupant: anOccupant("aaaa", { role: "moderator", isOwner: true }) },
      joined("bbbb"),
      joined("hhhh", { hidden: true, role: "moderator" }),
      { type: "gateways-changed", dialsOut: true },
    );
    return play;
  }

  const refusals: readonly (readonly [string, string, Partial<Dial>])[] = [
    ["a moderator may", "ok", {}],
    ["nobody else may", "permission-denied", { endpoint: "bbbb" }],
    ["nobody hidden may", "permission-denied", { endpoint: "hhhh" }],
    ["a token may grant it", "ok", { endpoint: "bbbb", granted: ["outbound-call"] }],
    ["a token may deny it", "permission-denied", { denied: ["outbound-call"] }],
    ["an address is something else than a number", "ok", { to: "sip:x@example.org", denied: ["outbound-call"] }],
    ["which a token may deny, too", "permission-denied", { to: "x@example.org", denied: ["sip-outbound-call"] }],
    ["who isn't there may not", "not-found", { endpoint: "zzzz" }],
    ["into this room alone", "permission-denied", { headers: { JvbRoomName: "other@muc.meet.jitsi" } }],
    ["the room need not be named", "ok", { headers: {} }],
    ["somebody has to be dialled", "invalid-argument", { to: "" }],
    ["no number is that long", "invalid-argument", { to: "1".repeat(257) }],
    ["nor who dials", "invalid-argument", { from: "1".repeat(257) }],
    [
      "headers are few",
      "invalid-argument",
      { headers: Object.fromEntries([...Array(17)].map((_, i) => [`h${i}`, ""])) },
    ],
    ["and short", "invalid-argument", { headers: { a: "b".repeat(1_025) } }],
    ["nobody writes down what is said", "unavailable", { to: "jitsi_meet_transcribe" }],
  ];
  for (const [name, answer, changes] of refusals)
    test(`${name}: ${answer}`, () => {
      assert.deepEqual(replies(aModerated().play(dials(changes))), [answer]);
    });

  test("without a gateway there is nothing to dial with, and clients see so in the room", () => {
    const play = aModerated();
    const shown = play.play({ type: "gateways-changed", dialsOut: false });
    assert.deepEqual(
      shown.flatMap((one) => (one.type === "show-presence" ? one.presence.dialsOut : [])),
      [false],
    );
    assert.deepEqual(play.play({ type: "gateways-changed", dialsOut: false }), []);
    assert.deepEqual(replies(play.play(dials())), ["unavailable"]);
  });

  test("so many a minute from one room, refused ones not counted", () => {
    const play = aModerated({ dialsPerMinute: 2 });
    const outcomes = () => replies(play.play(dials({ to: "" }), dials()));
    assert.deepEqual(outcomes(), ["invalid-argument", "ok"]);
    play.pass(30_000);
    assert.deepEqual(outcomes(), ["invalid-argument", "ok"]);
    assert.deepEqual(outcomes(), ["invalid-argument", "resource-exhausted"]);
    play.pass(30_000);
    assert.deepEqual(outcomes(), ["invalid-argument", "ok"]);
    assert.deepEqual(outcomes(), ["invalid-argument", "resource-exhausted"]);
  });
});

test("a telephone sends sound alone: the bridge's word for pictures is the client's fault", () => {
  const play = aCallWith();
  const pictures = [...sourcesOf("cccc", 9).slice(0, 1), aCamera("cccc", 8_000)];
  const said = accepts(play, "cccc", { sources: pictures });
  assert.ok(asked(said).includes("connect-endpoint cccc: cccc-a0 cccc-v0"));
  const { jingleSession } = play.invite("cccc");
  const refused = play.play({
    type: "endpoint-not-accepted",
    ask: 1,
    endpoint: "cccc",
    jingleSession,
    names: ["cccc-a0", "cccc-v0"],
    failure: { code: "invalid-argument", message: "no codec" },
  });
  assert.deepEqual(told(refused), ["reply invalid-argument"]);
  assert.equal(play.session("cccc")?.state, "offered");
});
