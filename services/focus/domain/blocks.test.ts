import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Effect } from "../domain/effects.ts";
import { asked, factsOf, joined, left, Play, seenBy, sourcesOf } from "../testing/play.ts";
import { anOccupant } from "../testing/samples.ts";
import type { Input } from "./inputs.ts";
import { type AvMedia, type Moderation, openPolicy, type Policy } from "./policy.ts";

/** "a" moderates whatever is named; `allowed` may unmute all the same. */
function moderates(media: readonly AvMedia[], allowed: readonly string[] = []): Input {
  const moderated = new Map<AvMedia, Moderation>(media.map((one) => [one, { allowed, by: "a" }]));
  return { type: "room-updated", changed: ["moderation"], policy: { ...openPolicy, moderated }, by: "a" };
}

const moderator = { role: "moderator", isOwner: true } as const;
const speaking = (endpoint: string) => [{ name: `${endpoint}-a0`, muted: false, isDesktop: false }];

/** "a" is the moderator of a call of three; everybody's microphone is on. */
function aLesson(): Play {
  const play = new Play();
  play.play(joined("a", { ...moderator, sources: speaking("a") }));
  for (const endpoint of ["b", "c"]) play.play(joined(endpoint, { sources: speaking(endpoint) }));
  for (const [index, endpoint] of ["a", "b", "c"].entries()) {
    const names = [`${endpoint}-a0`, `${endpoint}-v0`];
    play.play(play.created(endpoint), play.accepts(endpoint, sourcesOf(endpoint, index)));
    play.play(play.connected(endpoint, names));
  }
  play.pass(1_000);
  return play;
}

/** "b: audio" for what the bridge is told. */
function mutes(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) => {
    if (effect.type !== "set-force-mute") return [];
    const media = (["audio", "video", "desktop"] as const).filter((one) => effect[one]);
    return `${effect.endpoint}: ${media.join(" ")}`;
  });
}

function said(effects: readonly Effect[]): string[] {
  return factsOf(effects).map((fact) => {
    const who = "participant" in fact.body ? ` ${fact.body.participant.endpoint}` : "";
    const media = "media" in fact.body ? ` ${fact.body.media}` : "";
    const by = "by" in fact.body ? ` by ${fact.body.by}` : "";
    return `${fact.name}${who}${media}${by}`;
  });
}

describe("AV moderation", () => {
  test("turning it on blocks everybody but moderators on the bridge, asks their clients, and is told", () => {
    const play = aLesson();
    const effects = play.play(moderates(["audio"]));
    assert.deepEqual(mutes(effects), ["b: audio", "c: audio"]);
    assert.deepEqual(
      asked(effects).filter((line) => line.startsWith("ask")),
      ["ask-to-mute b", "ask-to-mute c"],
    );
    assert.deepEqual(said(effects), [
      "sessionUpdated",
      "moderationPolicyChanged by a",
      "moderationMutedAll audio by a",
      "sourceBlocked b audio by policy",
      "sourceMuted b by policy",
      "sourceBlocked c audio by policy",
      "sourceMuted c by policy",
    ]);
  });

  test("whoever is blocked may not unmute; what its presence claims changes nothing", () => {
    const play = aLesson();
    play.play(moderates(["audio", "desktop"]));
    const unmute = (endpoint: string, media: string): Input => {
      return { type: "mute-requested", ask: 5, endpoint, target: endpoint, media, muted: false };
    };
    assert.deepEqual(asked(play.play(unmute("b", "audio"))), ["reply permission-denied"]);
    assert.deepEqual(asked(play.play(unmute("b", "desktop"))), ["reply permission-denied"]);
    assert.deepEqual(asked(play.play(unmute("b", "video"))), ["reply ok"]);
    assert.deepEqual(asked(play.play(unmute("a", "audio"))), ["reply ok"]);
    const claims = (muted: boolean): Input => ({
      type: "occupant-updated",
      occupant: anOccupant("b", { sources: [{ name: "b-a0", muted, isDesktop: false }] }),
    });
    assert.deepEqual(said(play.play(claims(true), claims(false))), [], "it was muted and stays so");
  });

  test("a moderator lets one speak, and takes it back", () => {
    const play = aLesson();
    play.play(moderates(["audio"]));
    const allowed = play.play(moderates(["audio"], ["b"]));
    assert.deepEqual(mutes(allowed), ["b: "]);
    assert.deepEqual(said(allowed).slice(1), ["sourceUnblocked b audio by moderator", "sourceUnmuted b by moderator"]);
    const revoked = play.play(moderates(["audio"]));
    assert.deepEqual(asked(revoked), ["ask-to-mute b", "set-force-mute b"]);
    assert.deepEqual(said(revoked).slice(1), ["sourceBlocked b audio by moderator", "sourceMuted b by moderator"]);
    assert.deepEqual(mutes(play.play(moderates([]))), ["b: ", "c: "]);
  });

  test("microphone, camera and screen are each by itself", () => {
    const play = aLesson();
    assert.deepEqual(mutes(play.play(moderates(["desktop"]))), ["b: desktop", "c: desktop"]);
    assert.deepEqual(mutes(play.play(moderates(["video", "desktop"]))), ["b: video desktop", "c: video desktop"]);
    assert.deepEqual(mutes(play.play(moderates(["audio"]))), ["b: audio", "c: audio"]);
  });

  test("who becomes a moderator is free at once, who is one no more is blocked at once", () => {
    const play = aLesson();
    play.play(moderates(["audio"]));
    const updated = (changes: object): Input => ({ type: "occupant-updated", occupant: anOccupant("b", changes) });
    assert.deepEqual(mutes(play.play(updated(moderator))), ["b: "]);
    assert.deepEqual(mutes(play.play(updated({}))), ["b: audio"]);
  });

  test("a newcomer's place on the bridge is blocked from the beginning, and it starts muted", () => {
    const play = aLesson();
    play.play(moderates(["audio", "video"]));
    const came = play.play(joined("d"));
    const create = came.find((effect) => effect.type === "create-endpoint");
    assert.deepEqual(create?.type === "create-endpoint" && create.forceMute, {
      audio: true,
      video: true,
      desktop: false,
    });
    assert.deepEqual(said(came).slice(1), ["sourceBlocked d audio by policy", "sourceBlocked d video by policy"]);
    const offered = play.play(play.created("d")).find((effect) => effect.type === "initiate-session");
    assert.deepEqual(offered?.type === "initiate-session" && [offered.startAudioMuted, offered.startVideoMuted], [
      true,
      true,
    ]);
    assert.deepEqual(mutes(play.play({ type: "tick" })), [], "the bridge knows");
  });

  test("a teacher who comes into a moderated room is not blocked for the moment in which it becomes an owner", () => {
    const play = aLesson();
    play.play(moderates(["audio"]));
    const came = play.play(joined("t", { isEntitled: true, authenticated: true }));
    assert.ok(asked(came).includes("make-owner t"));
    assert.deepEqual(said(came), ["participantJoined t"]);
    play.play({ type: "affiliation-not-set", endpoint: "t" });
    assert.deepEqual(said(play.pass(2_000)), ["sourceBlocked t audio by policy"], "what is not given is not there");
  });

  test("an invitation to another bridge carries the block along", () => {
    const play = aLesson();
    play.play(moderates(["audio"]));
    const [bridge] = play.bridges;
    play.bridges = [{ ...(bridge as (typeof play.bridges)[0]), id: "b2", instance: "b2-1" }];
    const moved = play.play({ type: "bridge-lost", bridge: "b1", instance: "b1-1", reason: "failure" });
    const creates = moved.flatMap((effect) => (effect.type === "create-endpoint" ? [effect] : []));
    assert.deepEqual(
      creates.map(({ endpoint, bridge: id, forceMute }) => [endpoint, id, forceMute.audio]),
      [
        ["a", "b2", false],
        ["b", "b2", true],
        ["c", "b2", true],
      ],
    );
    for (const endpoint of ["b", "c"]) {
      const offered = play.play(play.created(endpoint)).find((effect) => effect.type === "initiate-session");
      assert.equal(offered?.type === "initiate-session" && offered.startAudioMuted, false, "it is muted already");
    }
  });

  test("a bridge that did not do it is asked again until it does", () => {
    const play = aLesson();
    play.play(moderates(["audio"], ["c"]));
    const { jingleSession } = play.invite("b");
    const failed = play.play({ type: "force-mute-not-set", endpoint: "b", jingleSession });
    assert.deepEqual(mutes(failed), []);
    assert.deepEqual(mutes(play.pass(249)), []);
    assert.deepEqual(mutes(play.pass(1)), ["b: audio"]);
    assert.deepEqual(mutes(play.pass(10_000)), []);
  });

  test("a gateway of ours that can't be muted is left alone; who only calls itself one is blocked", () => {
    const play = aLesson();
    play.play(joined("g", { kind: "sip", isService: true }), joined("l", { kind: "sip" }));
    const mutable = { kind: "sip", isService: true, features: ["http://jitsi.org/protocol/audio-mute"] } as const;
    play.play(joined("m", mutable));
    const effects = play.play(moderates(["audio"]));
    assert.deepEqual(mutes(effects), ["b: audio", "c: audio", "l: audio", "m: audio"]);
  });

  test("a source that is added while its medium is blocked is taken, and is muted", () => {
    const play = aLesson();
    play.play(moderates(["video"]));
    const { jingleSession } = play.invite("b");
    const [, camera] = sourcesOf("b", 1);
    assert.ok(camera);
    play.play({ type: "sources-removed", ask: 6, endpoint: "b", jingleSession, sources: [camera] });
    const sources = [{ ...camera, ssrcs: [7_001, 7_002], groups: [] }];
    const shown = anOccupant("b", { sources: [{ name: "b-v0", muted: false, isDesktop: false }] });
    play.play({ type: "occupant-updated", occupant: shown });
    assert.deepEqual(asked(play.play({ type: "sources-added", ask: 7, endpoint: "b", jingleSession, sources })), [
      "add-sources b: b-v0",
    ]);
    const announcements = [{ receiver: "c", sources: seenBy("c", sources) }];
    const taken = play.play({
      type: "bridge-took-sources",
      ask: 7,
      endpoint: "b",
      jingleSession,
      names: ["b-v0"],
      announcements,
    });
    const published = factsOf(taken).find(({ name }) => name === "sourcePublished");
    assert.equal(published?.name === "sourcePublished" && published.body.source.muted, true);
  });

  test("a policy that was there before anybody came is told at the beginning of the sitting", () => {
    const play = new Play();
    play.play(moderates(["audio"]));
    const came = play.play(joined("a", { ...moderator }));
    assert.deepEqual(said(came), ["sessionStarted", "moderationPolicyChanged by ", "participantJoined a"]);
  });
});

describe("muting everybody", () => {
  const mute = (target: string, media = "audio"): Input => {
    return { type: "mute-requested", ask: 8, endpoint: "a", target, media, muted: true };
  };
  const all = (effects: readonly Effect[]) => said(effects).filter((line) => line.startsWith("moderationMutedAll"));

  test("requests of one moderator that leave nobody else unmuted are one fact", () => {
    const play = aLesson();
    assert.deepEqual(all(play.play(mute("b"))), []);
    assert.deepEqual(all(play.play(mute("c"))), ["moderationMutedAll audio by a"]);
    assert.deepEqual(all(play.play(mute("b"))), [], "once");
  });

  test("one after the other with a second between them is no such thing, nor is one person", () => {
    const play = aLesson();
    play.play(mute("b"));
    play.pass(1_000);
    assert.deepEqual(all(play.play(mute("c"))), []);
    const two = new Play().callOf("a", "b");
    two.play({ type: "occupant-updated", occupant: anOccupant("a", { ...moderator }) });
    assert.deepEqual(all(two.play(mute("b"))), []);
  });
});

describe("who starts muted", () => {
  const policy: Policy = { ...openPolicy, startAudioMuted: true };
  const change: Input = { type: "room-updated", changed: ["start-muted"], policy, by: "a" };
  const startsMuted = (effects: readonly Effect[]) =>
    effects.flatMap((effect) => (effect.type === "initiate-session" ? [effect.startAudioMuted] : []));

  test("newcomers, as the room's policy says; whoever is invited again goes on as it was", () => {
    const play = new Play().callOf("a", "b");
    const told = play.play(change);
    assert.deepEqual(said(told), ["moderationPolicyChanged by a"]);
    play.play(joined("c"));
    assert.deepEqual(startsMuted(play.play(play.created("c"))), [true]);
    play.play({ type: "endpoints-lost", bridge: "b1", endpoints: ["a", "c"] });
    assert.deepEqual(startsMuted(play.play(play.created("a"), play.created("c"))), [false, false]);
    play.play(left("c"), joined("c"));
    assert.deepEqual(startsMuted(play.play(play.created("c"))), [true], "somebody new again");
  });

  test("those after the first few, as the request said", () => {
    const play = new Play();
    play.play({ type: "start-muted-requested", audioAfter: 1, videoAfter: 0 }, joined("a"), joined("b"));
    assert.deepEqual(startsMuted(play.play(play.created("a"), play.created("b"))), [false, true]);
  });
});
