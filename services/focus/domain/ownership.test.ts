import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { factsOf, joined, left, Play, told } from "../testing/play.ts";
import { anOccupant } from "../testing/samples.ts";
import { aRoom } from "../testing/xmpp.ts";
import type { Effect } from "./effects.ts";
import type { Input } from "./inputs.ts";
import { emptyMemory, remember, restore } from "./memory.ts";
import { openPolicy } from "./policy.ts";

const teacher = { isEntitled: true, authenticated: true } as const;
const pupil = { authenticated: true, userId: "petya", person: "p_petya" } as const;

function owners(effects: readonly Effect[]): string[] {
  return told(effects).filter((line) => line.startsWith("make-owner"));
}

function updated(endpoint: string, changes: object): Input {
  return { type: "occupant-updated", occupant: anOccupant(endpoint, changes) };
}

describe("who is entitled", () => {
  test("owns every room it enters, also when it comes last; whom the room had elected stays an owner", () => {
    const play = new Play();
    assert.deepEqual(owners(play.play(joined("a"))), ["make-owner a"]);
    play.play({ type: "affiliation-set", endpoint: "a" });
    assert.deepEqual(owners(play.play(joined("t", teacher))), ["make-owner t"]);
    play.play({ type: "affiliation-set", endpoint: "t" });
    assert.equal(play.state.members.get("a")?.isOwner, true);
  });

  test("owns it again after a reload", () => {
    const play = new Play({ secureDomain: true });
    play.play(joined("t", teacher), joined("a"), { type: "affiliation-set", endpoint: "t" });
    play.play(left("t"));
    assert.deepEqual(owners(play.play(joined("t2", teacher))), ["make-owner t2"]);
  });

  test("owns it as soon as it signs in where it stands", () => {
    const play = new Play({ secureDomain: true });
    play.play(joined("x"));
    assert.deepEqual(owners(play.effects), []);
    const effects = play.play(updated("x", teacher));
    assert.deepEqual(owners(effects), ["make-owner x"]);
    assert.ok(told(effects).includes("fact participantUpdated"));
  });

  test("does not get back in the same stay what a moderator took away", () => {
    const play = new Play({ secureDomain: true });
    play.play(joined("t", teacher), { type: "affiliation-set", endpoint: "t" });
    assert.deepEqual(owners(play.play(updated("t", { ...teacher, isOwner: false }))), []);
    assert.deepEqual(owners(play.pass(60_000)), []);
  });

  test("is asked for again where the XMPP server did not do it", () => {
    const play = new Play({ secureDomain: true });
    play.play(joined("t", teacher), { type: "affiliation-not-set", endpoint: "t" });
    assert.deepEqual(owners(play.pass(2_000)), ["make-owner t"]);
  });
});

describe("with the secure domain", () => {
  test("nobody is elected: neither the anonymous nor a pupil who did not open the room", () => {
    const play = new Play({ secureDomain: true });
    play.play(joined("t", teacher), { type: "affiliation-set", endpoint: "t" }, joined("a"), joined("p", pupil));
    play.play(left("t"));
    assert.deepEqual(owners(play.effects), ["make-owner t"]);
  });

  test("a pupil who signed in and opened the room owns it, whoever is in before, also after a reload", () => {
    const play = new Play({ secureDomain: true });
    play.state = { ...play.state, opener: "p_petya" };
    play.play(joined("a"));
    assert.deepEqual(owners(play.effects), []);
    assert.deepEqual(owners(play.play(joined("p", pupil))), ["make-owner p"]);
    play.play({ type: "affiliation-set", endpoint: "p" }, left("p"));
    assert.deepEqual(owners(play.play(joined("p2", pupil))), ["make-owner p2"]);
  });

  test("somebody who only bears the opener's reference and did not sign in is no opener", () => {
    const play = new Play({ secureDomain: true });
    play.state = { ...play.state, opener: "p_petya" };
    assert.deepEqual(owners(play.play(joined("x", { person: "p_petya" }))), []);
  });

  test("turned off while a room runs, its first member is elected; turned on, owners stay", () => {
    const secure = new Play({ secureDomain: true });
    secure.play(joined("a"), joined("b"));
    const open = new Play();
    open.state = secure.state;
    assert.deepEqual(owners(open.play({ type: "rules-changed" })), ["make-owner a"]);
    open.play({ type: "affiliation-set", endpoint: "a" });
    secure.state = open.state;
    assert.deepEqual(owners(secure.play({ type: "rules-changed" })), []);
    assert.equal(secure.state.members.get("a")?.isOwner, true);
  });
});

test("in a breakout room the focus makes nobody an owner", () => {
  const play = new Play();
  play.state = { ...play.state, policy: { ...openPolicy, mainRoom: "main" } };
  play.play(joined("a"), joined("t", teacher));
  assert.deepEqual(owners([...play.effects, ...play.pass(60_000)]), []);
});

test("nobody is elected while an owner is in a group or on the way there; when the owner has gone, somebody is", () => {
  const groups = (occupants: number, ownersThere: number): Input => ({
    type: "room-updated",
    changed: ["breakouts"],
    policy: { ...openPolicy, breakouts: [{ room: aRoom("r1"), occupants, owners: ownersThere }] },
    by: "",
  });
  const play = new Play();
  play.play(joined("t"), { type: "affiliation-set", endpoint: "t" }, joined("a"), groups(0, 0));
  assert.deepEqual(owners(play.play(left("t", "moved"))), []);
  assert.deepEqual(owners(play.play(groups(1, 1))), []);
  assert.deepEqual(owners(play.pass(60_000)), []);
  assert.deepEqual(owners(play.play(groups(1, 0))), ["make-owner a"]);
});

test("an owner who never arrives in the group is waited for no longer than the way takes", () => {
  const play = new Play();
  const policy = { ...openPolicy, breakouts: [{ room: aRoom("r1"), occupants: 0, owners: 0 }] };
  play.play(joined("t"), { type: "affiliation-set", endpoint: "t" }, joined("a"));
  play.play({ type: "room-updated", changed: ["breakouts"], policy, by: "" }, left("t", "moved"));
  assert.deepEqual(owners(play.pass(9_999)), []);
  assert.deepEqual(owners(play.pass(1)), ["make-owner a"]);
});

test("without automatic owners only the entitled become one", () => {
  const play = new Play({ autoOwner: false });
  play.play(joined("a"), joined("t", teacher));
  assert.deepEqual(owners(play.effects), ["make-owner t"]);
});

test("what a moderator took from somebody entitled stays taken when the focus starts anew", () => {
  const play = new Play();
  play.play(joined("a"), joined("t", teacher));
  play.play({ type: "affiliation-set", endpoint: "t" }, updated("t", { ...teacher, role: "moderator", isOwner: true }));
  play.play(updated("t", { ...teacher, role: "member", isOwner: false }));
  const { room, session } = play.state;
  const memory = factsOf(play.effects).reduce(remember, emptyMemory);
  const after = new Play();
  after.state = restore(memory, { room, session, epoch: 8, unit: "main", messages: 0 }, after.now);
  const occupants = [anOccupant("a", { isOwner: true, role: "moderator" }), anOccupant("t", teacher)];
  const taken = after.play({ type: "taken-over", occupants, policy: undefined, held: [], sessions: new Map() });
  assert.deepEqual(owners([...taken, ...after.pass(10_000)]), []);
});
