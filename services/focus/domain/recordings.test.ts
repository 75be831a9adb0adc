import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { factsOf, joined, left, Play, told } from "../testing/play.ts";
import {
  aPool,
  aRecorder,
  aReport,
  asksRecording,
  asksStream,
  reported,
  stops,
  updates,
} from "../testing/recordings.ts";
import type { Effect } from "./effects.ts";
import { emptyMemory, remember, restore } from "./memory.ts";
import type { JobReport } from "./recording-job.ts";
import { wantedOf } from "./recordings.ts";

/** A room with a moderator "aaaa", a member "bbbb", and a recorder that has room. */
function aMeeting(rules: ConstructorParameters<typeof Play>[0] = {}): Play {
  const play = new Play(rules, []);
  play.pool = aPool(aRecorder("r1"));
  play.play(joined("aaaa", { role: "moderator", isOwner: true, userId: "anna" }), joined("bbbb"));
  return play;
}

function refusal(effects: readonly Effect[]): string | undefined {
  return effects.flatMap((effect) => (effect.type === "reply" ? (effect.failure?.code ?? "ok") : []))[0];
}

function shown(play: Play) {
  return play.state.presence.recordings.map(({ session, status }) => `${session} ${status}`).sort();
}

const names = (effects: readonly Effect[]) => factsOf(effects).map(({ name }) => name);

function report(play: Play, job: string, changes: Partial<JobReport>): readonly Effect[] {
  return play.play(reported(job, aReport(play.now, changes)));
}

describe("starting", () => {
  test("a moderator's recording is stored, told to the room and answered once it is stored", () => {
    const play = aMeeting();
    const effects = play.play(asksRecording({ appData: '{"file_recording_metadata":{"share":true}}' }));
    assert.deepEqual(told(effects), ["put j1 file", "fact recordingRequested", "show-presence"]);
    const job = effects.find((effect) => effect.type === "put-job")?.job;
    assert.deepEqual(job?.file, {
      session: "f1",
      by: { endpoint: "aaaa", person: "p_aaaa", user: "anna" },
      requestedMs: play.now,
      ownerKey: "the-key-of-its-owner",
      metadata: '{"share":true}',
    });
    assert.deepEqual(shown(play), ["f1 pending"]);
    assert.equal(refusal(play.play({ type: "job-put", ask: 1 })), "ok");
  });

  test("members may not, unless their token grants it; a token that denies it decides too", () => {
    const play = aMeeting();
    const member = { endpoint: "bbbb" };
    assert.equal(refusal(play.play(asksRecording(member))), "permission-denied");
    assert.equal(refusal(play.play(asksRecording({ ...member, granted: ["stream"] }))), "permission-denied");
    assert.equal(refusal(play.play(asksRecording({ denied: ["file"] }))), "permission-denied");
    assert.equal(refusal(play.play(asksRecording({ endpoint: "nobody" }))), "not-found");
    play.play(joined("rec", { hidden: true, role: "moderator" }));
    assert.equal(refusal(play.play(asksRecording({ endpoint: "rec" }))), "permission-denied");
    assert.equal(refusal(play.play(asksRecording({ ...member, granted: ["file"] }))), undefined);
  });

  test("what the operator has switched off is not begun, and the other is", () => {
    const play = aMeeting({ mayRecord: { file: false, stream: true } });
    assert.equal(refusal(play.play(asksRecording())), "failed-precondition");
    assert.equal(refusal(play.play(asksRecording({ endpoint: "bbbb" }))), "permission-denied");
    assert.equal(refusal(play.play(asksStream())), undefined);
    assert.deepEqual(shown(play), ["s1 pending"]);
  });

  test("what is wrong with it is told, and nothing is begun", () => {
    const play = aMeeting();
    const cases: readonly (readonly [Parameters<typeof asksRecording>[0], string])[] = [
      [{ action: "dance" }, "invalid-argument"],
      [{ recordingMode: "film" }, "invalid-argument"],
      [{ appData: "{" }, "invalid-argument"],
      [{ recordingMode: "stream" }, "invalid-argument"],
      [{ recordingMode: "stream", streamId: "http://x" }, "invalid-argument"],
      [{ recordingMode: "stream", streamId: "a-key", broadcastId: "javascript:1" }, "invalid-argument"],
      [{ recordingMode: "stream", streamId: "a-key", appData: '{"veche":{"mode":"tracks"}}' }, "invalid-argument"],
      [{ recordingMode: "", sipAddress: "sip:room@example" }, "unimplemented"],
      [{ action: "stop", session: "unknown" }, "not-found"],
      [{ action: "update", session: "unknown" }, "not-found"],
    ];
    for (const [changes, code] of cases) {
      assert.equal(refusal(play.play(asksRecording(changes))), code, JSON.stringify(changes));
    }
    assert.deepEqual([play.state.recordings.jobs.size, shown(play)], [0, []]);
  });

  test("a second one of the same kind is refused, the same one asked again is not", () => {
    const play = aMeeting();
    play.play(asksRecording());
    assert.deepEqual(told(play.play(asksRecording({ ask: 2, job: "j9" }))), ["put j1 file"]);
    assert.equal(refusal(play.play(asksRecording({ ask: 3, session: "f2", job: "j9" }))), "failed-precondition");
    play.play(asksStream());
    assert.equal(refusal(play.play(asksStream({ session: "s2" }))), "failed-precondition");
    const tracks = asksRecording({ session: "f3", job: "j3", appData: '{"veche":{"mode":"tracks"}}' });
    assert.deepEqual(told(play.play(tracks)), ["put j3 file", "fact recordingRequested", "show-presence"]);
  });

  test("file and stream of one picture are one job", () => {
    const play = aMeeting();
    play.play(asksRecording());
    const effects = play.play(asksStream());
    assert.deepEqual(told(effects), ["put j1 file stream", "fact streamRequested", "show-presence"]);
    assert.equal(JSON.stringify(factsOf(effects)).includes("a-stream-key"), false);
    assert.equal(JSON.stringify(play.state.presence).includes("a-stream-key"), false);
    play.play(stops("f1"));
    assert.equal(play.state.recordings.jobs.get("j1")?.stream?.session, "s1");
  });

  test("without a recorder it is unavailable, with a full line exhausted, in between it waits", () => {
    const play = aMeeting({ recordingQueue: 2 });
    play.pool = aPool();
    assert.equal(refusal(play.play(asksRecording())), "unavailable");
    play.pool = aPool(aRecorder("r1", { draining: true }), aRecorder("r2", { healthy: false }));
    assert.equal(refusal(play.play(asksRecording())), "unavailable");
    const full = aPool(aRecorder("r1", { compositeFull: true }));
    const others = ["x", "y"].map((job) => ({ job, mode: "composite" as const }));
    play.pool = { ...full, waiting: others };
    assert.equal(refusal(play.play(asksRecording())), "resource-exhausted");
    play.pool = { ...full, waiting: others.slice(1) };
    assert.deepEqual(names(play.play(asksRecording())), ["recordingRequested", "recordingQueued"]);
    assert.equal(play.state.presence.recordings[0]?.position, 2);
    play.pool = { ...full, waiting: [{ job: "j1", mode: "composite" }] };
    play.play({ type: "recorders-changed" });
    assert.equal(play.state.presence.recordings[0]?.position, 1);
    const tracks = asksRecording({ session: "f3", job: "j3", appData: '{"veche":{"mode":"audio"}}' });
    assert.deepEqual(names(play.play(tracks)), ["recordingRequested"]);
  });

  test("with no line nobody waits, and one that others were quicker than is told so", () => {
    const play = aMeeting({ recordingQueue: 0 });
    play.pool = aPool(aRecorder("r1", { compositeFull: true }));
    assert.equal(refusal(play.play(asksRecording())), "resource-exhausted");
    play.pool = aPool(aRecorder("r1"));
    play.play(asksRecording());
    play.pool = aPool(aRecorder("r1", { compositeFull: true }));
    assert.deepEqual(names(play.play({ type: "recorders-changed" })), ["recordingQueued"]);
    assert.deepEqual(names(play.pass(6_000)), ["recordingFailed"]);
    assert.equal(play.state.presence.recordings[0]?.failure, "busy");
  });

  test("one that waits too long is busy", () => {
    const play = aMeeting();
    play.pool = aPool(aRecorder("r1", { compositeFull: true }));
    play.play(asksRecording());
    assert.deepEqual(names(play.pass(599_000)), []);
    const effects = play.pass(2_000);
    assert.deepEqual(told(effects), ["put j1", "fact recordingFailed", "show-presence"]);
    assert.deepEqual(play.state.presence.recordings[0]?.failure, "busy");
  });

  test("one that could not be stored never was", () => {
    const play = aMeeting();
    play.play(asksRecording());
    const failure = { code: "unavailable", message: "no JetStream" };
    const effects = play.play({ type: "job-not-put", job: "j1", ask: 1, failure });
    assert.deepEqual(told(effects), ["reply unavailable", "put j1", "fact recordingFailed", "show-presence"]);
  });
});

describe("while it is under way", () => {
  test("it is on when its recorder says so, once, whatever else it says", () => {
    const play = aMeeting();
    play.play(asksRecording());
    assert.deepEqual(names(report(play, "j1", { file: { session: "f1", status: "pending" } })), []);
    assert.deepEqual(names(report(play, "j1", { file: { session: "f1", status: "on" } })), ["recordingStarted"]);
    assert.deepEqual(shown(play), ["f1 on"]);
    for (let second = 0; second < 5; second += 1) {
      play.pass(1_000);
      assert.deepEqual(told(report(play, "j1", { file: { session: "f1", status: "on" } })), []);
    }
  });

  test("a recorder that is silent leaves it pending until another has it, and off after a minute", () => {
    const play = aMeeting();
    play.play(asksRecording());
    report(play, "j1", { file: { session: "f1", status: "on" } });
    assert.deepEqual(told(play.pass(3_000)), ["fact recordingWarned", "show-presence"]);
    assert.deepEqual(shown(play), ["f1 pending"]);
    play.pass(20_000);
    report(play, "j1", { recorder: "r2", instance: "r2-1", file: { session: "f1", status: "on" } });
    assert.deepEqual(shown(play), ["f1 on"]);
    play.pass(3_000);
    play.play(reported("j1", undefined));
    assert.deepEqual(names(play.pass(59_000)), []);
    const effects = play.pass(1_000);
    assert.deepEqual(told(effects), ["put j1", "fact recordingFailed", "show-presence"]);
    assert.deepEqual(
      factsOf(effects).map(({ body }) => "error" in body && body.error.code),
      ["recorder-lost"],
    );
  });

  test("one that was given up waits for the next without a warning", () => {
    const play = aMeeting();
    play.play(asksRecording());
    report(play, "j1", { file: { session: "f1", status: "on" } });
    const effects = report(play, "j1", { recorder: "", file: { session: "f1", status: "pending" } });
    assert.deepEqual(told(effects), ["show-presence"]);
    assert.deepEqual(shown(play), ["f1 pending"]);
  });

  test("while NATS is away silence proves nothing", () => {
    const play = aMeeting();
    play.play(asksRecording());
    report(play, "j1", { file: { session: "f1", status: "on" } });
    play.pool = { ...play.pool, trustedFromMs: Number.POSITIVE_INFINITY };
    play.play({ type: "recorders-changed" });
    play.pass(100_000);
    assert.deepEqual(shown(play), ["f1 on"]);
    play.pool = { ...play.pool, trustedFromMs: play.now + 5_000 };
    play.play({ type: "recorders-changed" });
    play.pass(7_900);
    assert.deepEqual(shown(play), ["f1 on"]);
    play.pass(200);
    assert.deepEqual(shown(play), ["f1 pending"]);
  });

  test("what its recorder says of an earlier file is not said of this one", () => {
    const play = aMeeting();
    play.play(asksStream());
    report(play, "j2", { stream: { session: "s1", status: "on" } });
    play.play(asksRecording());
    assert.equal(play.state.recordings.jobs.get("j2")?.file?.session, "f1");
    report(play, "j2", { stream: { session: "s1", status: "on" }, file: { session: "f0", status: "off" } });
    assert.deepEqual(shown(play), ["f1 pending", "s1 on"]);
  });

  test("warnings are told once each", () => {
    const play = aMeeting();
    play.play(asksRecording());
    const file = { session: "f1", status: "on" } as const;
    const effects = report(play, "j1", { file, warnings: ["disk-nearly-full: 3 GB are left", "odd"] });
    const errors = factsOf(effects).flatMap(({ body }) => ("error" in body ? body.error : []));
    assert.deepEqual(errors, [
      { code: "disk-nearly-full", text: "3 GB are left" },
      { code: "warning", text: "odd" },
    ]);
    assert.deepEqual(names(report(play, "j1", { file, warnings: ["odd"] })), []);
  });

  test("targets come and go, at most five, and what becomes of them is shown without keys", () => {
    const play = aMeeting();
    play.play(asksStream());
    for (const place of [2, 3, 4, 5]) {
      const addTarget = `rtmps://host${place}.example/live/secret`;
      assert.deepEqual(told(play.play(updates("s1", { addTarget }))), ["put j2 stream", "show-presence"]);
    }
    const more = (addTarget: string) => refusal(play.play(updates("s1", { addTarget })));
    assert.equal(more("rtmp://six.example/live/secret"), "resource-exhausted");
    assert.equal(more("rtmps://host5.example/live/secret"), "failed-precondition");
    assert.equal(more("gopher://x"), "invalid-argument");
    assert.equal(refusal(play.play(updates("s1", { removeTarget: "9" }))), "not-found");
    play.play(updates("s1", { removeTarget: "1" }));
    assert.deepEqual(
      play.state.presence.recordings[0]?.targets.map(({ id, host, state }) => `${id} ${host} ${state}`),
      [2, 3, 4, 5].map((place) => `${place} host${place}.example pending`),
    );
    const target = { id: "2", host: "host2.example", protocol: "rtmps", retries: 1, status: "pending" } as const;
    const effects = report(play, "j2", { stream: { session: "s1", status: "on" }, targets: [target] });
    assert.deepEqual(names(effects), ["streamStarted", "streamRetrying"]);
    assert.equal(play.state.presence.recordings[0]?.targets[0]?.state, "retrying");
    assert.deepEqual(names(report(play, "j2", { stream: { session: "s1", status: "on" }, targets: [target] })), []);
    assert.equal(JSON.stringify([play.state.presence, factsOf(play.effects)]).includes("secret"), false);
    for (const removeTarget of ["2", "3", "4"]) play.play(updates("s1", { removeTarget }));
    assert.equal(refusal(play.play(updates("s1", { removeTarget: "5" }))), "failed-precondition");
  });

  test("the layout is changed by those who may, where there is a picture", () => {
    const play = aMeeting();
    play.play(asksRecording());
    assert.deepEqual(told(play.play(updates("f1", { layout: "grid" }))), ["put j1 file", "show-presence"]);
    assert.equal(play.state.presence.recordings[0]?.layout, "grid");
    assert.equal(refusal(play.play(updates("f1", { layout: "pie" }))), "invalid-argument");
    assert.equal(refusal(play.play(updates("f1"))), "invalid-argument");
    assert.equal(refusal(play.play(updates("f1", { addTarget: "rtmp://a.example/b" }))), "invalid-argument");
    assert.equal(refusal(play.play(updates("f1", { layout: "grid", endpoint: "bbbb" }))), "permission-denied");
    play.play(asksRecording({ session: "f2", job: "j3", appData: '{"veche":{"mode":"audio"}}' }));
    assert.equal(refusal(play.play(updates("f2", { layout: "grid" }))), "invalid-argument");
  });

  test("a recorder of tracks taps the conference while it has the job", () => {
    const play = aMeeting();
    play.play(asksRecording({ appData: '{"veche":{"mode":"tracks"}}' }));
    assert.deepEqual(play.state.taps, []);
    report(play, "j1", { file: { session: "f1", status: "pending" } });
    assert.deepEqual(play.state.taps, [{ id: "r1", instance: "r1-1" }]);
    play.pass(3_000);
    assert.deepEqual(play.state.taps, []);
    report(play, "j1", { recorder: "r2", instance: "r2-7", file: { session: "f1", status: "on" } });
    assert.deepEqual(play.state.taps, [{ id: "r2", instance: "r2-7" }]);
    play.play(stops("f1"));
    assert.deepEqual(play.state.taps, []);
  });
});

describe("the end", () => {
  test("a stop takes the output away, and it is off when the recorder says so; off is shown for a while", () => {
    const play = aMeeting();
    play.play(asksRecording());
    report(play, "j1", { file: { session: "f1", status: "on" } });
    assert.deepEqual(told(play.play(stops("f1", { endpoint: "bbbb" }))), ["reply permission-denied"]);
    assert.deepEqual(told(play.play(stops("f1"))), ["put j1"]);
    assert.deepEqual(shown(play), ["f1 on"]);
    const effects = report(play, "j1", { file: { session: "f1", status: "off" }, finished: true });
    assert.deepEqual(told(effects), ["fact recordingStopped", "show-presence"]);
    assert.deepEqual(
      factsOf(effects).map(({ body }) => "reason" in body && body.reason),
      ["client"],
    );
    assert.deepEqual(shown(play), ["f1 off"]);
    assert.equal(refusal(play.play(stops("f1"))), "not-found");
    play.pass(5_000);
    assert.deepEqual([shown(play), play.state.recordings.jobs.size], [[], 0]);
  });

  test("a stop by the mode alone, as Jitsi's clients ask for it, ends the one of that kind", () => {
    const play = aMeeting();
    play.play(asksRecording(), asksStream());
    assert.equal(refusal(play.play(stops("", { recordingMode: "stream", endpoint: "bbbb" }))), "permission-denied");
    play.play(stops("", { recordingMode: "stream" }));
    assert.deepEqual(shown(play), ["f1 pending", "s1 off"]);
    assert.equal(refusal(play.play(stops("", { recordingMode: "stream" }))), "not-found");
    assert.equal(refusal(play.play(stops(""))), "not-found");
  });

  test("each change is first in a presence of its own: Jitsi's clients read no further", () => {
    const play = aMeeting();
    play.play(asksRecording(), asksStream());
    const effects = report(play, "j1", {
      file: { session: "f1", status: "on" },
      stream: { session: "s1", status: "on" },
    });
    const firsts = effects.flatMap((effect) =>
      effect.type === "show-presence" ? (effect.presence.recordings[0]?.session ?? "") : [],
    );
    assert.deepEqual(firsts, ["f1", "s1"]);
  });

  test("a recorder that does not answer a stop is not waited for", () => {
    const play = aMeeting();
    play.play(asksRecording());
    report(play, "j1", { file: { session: "f1", status: "on" } });
    play.play(stops("f1"));
    assert.deepEqual(names(play.pass(4_000)), ["recordingStopped"]);
  });

  test("one that goes on and never says that it has ended is shown as off after 10 s", () => {
    const play = aMeeting();
    play.play(asksRecording());
    report(play, "j1", { file: { session: "f1", status: "on" } });
    play.play(stops("f1"));
    for (let second = 1; second <= 10; second += 1) {
      assert.deepEqual(shown(play), ["f1 on"]);
      play.pass(1_000);
      report(play, "j1", { file: { session: "f1", status: "on" } });
    }
    assert.deepEqual(shown(play), ["f1 off"]);
  });

  test("one that waits is off at once, and another may be started", () => {
    const play = aMeeting();
    play.play(asksRecording());
    assert.deepEqual(told(play.play(stops("f1"))), ["put j1", "fact recordingStopped", "show-presence"]);
    assert.equal(refusal(play.play(asksRecording({ session: "f2", job: "j5" }))), undefined);
    assert.deepEqual(shown(play), ["f1 off", "f2 pending"]);
  });

  test("what fails is told with its reason; a limit and an empty room are no failures", () => {
    const failure = { reason: "error", code: "target-refused", text: "the server refused it" };
    const ends: readonly (readonly [JobReport["file"], string, string])[] = [
      [{ session: "f1", status: "off", failure }, "recordingFailed", "error"],
      [{ session: "f1", status: "off", failure: { ...failure, reason: "busy" } }, "recordingFailed", "busy"],
      [{ session: "f1", status: "off", failure: { reason: "", code: "limit", text: "" } }, "recordingStopped", ""],
      [{ session: "f1", status: "off" }, "recordingStopped", ""],
    ];
    for (const [file, fact, shownFailure] of ends) {
      const play = aMeeting();
      play.play(asksRecording());
      assert.deepEqual(told(report(play, "j1", { file })), ["put j1", `fact ${fact}`, "show-presence"]);
      assert.equal(play.state.presence.recordings[0]?.failure, shownFailure);
    }
  });

  test("the sitting's end is theirs, and is said before its own", () => {
    const play = aMeeting();
    play.play(asksRecording(), asksStream());
    const effects = play.play({ type: "room-destroyed", reason: "moderator", by: "aaaa" });
    const all = names(effects);
    assert.deepEqual([all.at(1), all.at(2), all.at(-1)], ["recordingStopped", "streamStopped", "sessionEnded"]);
    const last = effects.findLast((effect) => effect.type === "put-job");
    assert.deepEqual([last?.job.file, last?.job.stream, last?.job.endReason], [undefined, undefined, "ended"]);
  });

  test("a room with nobody but recorders is empty after a while, one that is reloaded is not", () => {
    const play = aMeeting();
    play.play(asksRecording(), joined("rec", { hidden: true }));
    report(play, "j1", { file: { session: "f1", status: "on" } });
    play.play(left("aaaa"), left("bbbb"));
    const alive = (ms: number) => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        play.pass(1_000);
        report(play, "j1", { file: { session: "f1", status: "on" } });
      }
    };
    alive(29_000);
    play.play(joined("aaaa"));
    alive(29_000);
    assert.equal(play.state.recordings.jobs.get("j1")?.file?.session, "f1");
    play.play(left("aaaa"));
    alive(31_000);
    assert.equal(play.state.recordings.jobs.get("j1")?.file, undefined);
    assert.equal(play.state.recordings.jobs.get("j1")?.endReason, "empty");
  });
});

describe("another focus process", () => {
  test("goes on with what is under way, and says nothing twice", () => {
    const play = aMeeting();
    play.play(asksRecording(), asksStream());
    const file = { session: "f1", status: "on" } as const;
    report(play, "j1", { file, warnings: ["odd"] });
    const jobs = [...play.state.recordings.jobs.values()].map(({ report: found, lostSinceMs: _, ...job }) => {
      return { job, report: found };
    });
    const memory = factsOf(play.effects).reduce(remember, emptyMemory);
    const { room, session } = play.state;
    play.state = restore(memory, { room, session, epoch: 8, unit: "main", messages: 0 }, play.now);
    const occupants = [joined("aaaa"), joined("bbbb")].flatMap((input) => ("occupant" in input ? input.occupant : []));
    const taken = { occupants, policy: undefined, held: [], sessions: new Map<string, string>() };
    const effects = play.play({ type: "taken-over", ...taken, jobs });
    assert.deepEqual(
      names(effects).filter((name) => /recording|stream/.test(name)),
      [],
    );
    assert.deepEqual(shown(play), ["f1 on", "s1 pending"]);
    assert.deepEqual(names(report(play, "j1", { file, stream: { session: "s1", status: "on" } })), ["streamStarted"]);
  });

  test("gives one whose recorder was lost meanwhile the time to be taken over", () => {
    const play = aMeeting();
    play.play(asksRecording());
    report(play, "j1", { file: { session: "f1", status: "on" } });
    const job = play.state.recordings.jobs.get("j1");
    assert.ok(job);
    const memory = factsOf(play.effects).reduce(remember, emptyMemory);
    const { room, session } = play.state;
    play.now += 3_600_000;
    play.state = restore(memory, { room, session, epoch: 8, unit: "main", messages: 0 }, play.now);
    const occupants = [joined("aaaa")].flatMap((input) => ("occupant" in input ? input.occupant : []));
    const taken = { occupants, policy: undefined, held: [], sessions: new Map<string, string>() };
    play.play({ type: "taken-over", ...taken, jobs: [{ job: wantedOf(job) }] });
    play.pass(59_000);
    assert.deepEqual(shown(play), ["f1 pending"]);
    play.pass(2_000);
    assert.equal(play.state.presence.recordings[0]?.failure, "error");
  });

  test("tells what was stored and not told, and the end of what is not there", () => {
    const play = aMeeting();
    play.play(asksRecording());
    const job = play.state.recordings.jobs.get("j1");
    assert.ok(job?.file);
    const memory = factsOf(play.effects).reduce(remember, emptyMemory);
    const { room, session } = play.state;
    play.state = restore(memory, { room, session, epoch: 8, unit: "main", messages: 0 }, play.now);
    const occupants = [joined("aaaa")].flatMap((input) => ("occupant" in input ? input.occupant : []));
    const taken = { occupants, policy: undefined, held: [], sessions: new Map<string, string>() };
    const other = { ...job, id: "j7", file: { ...job.file, session: "f7" } };
    const effects = play.play({ type: "taken-over", ...taken, jobs: [{ job: other }] });
    const said = factsOf(effects).flatMap(({ name, body }) => ("recording" in body ? `${name} ${body.recording}` : []));
    assert.deepEqual(said, ["recordingRequested f7", "recordingFailed f1"]);
    assert.ok(told(effects).includes("show-presence"));
  });
});

test("an XMPP server that was looked at anew is told again what it shows", () => {
  const play = aMeeting();
  play.play(asksRecording());
  const occupants = [joined("aaaa"), joined("bbbb")].flatMap((input) => ("occupant" in input ? input.occupant : []));
  const effects = play.play({ type: "room-seen", occupants, policy: undefined });
  assert.equal(told(effects).filter((effect) => effect === "show-presence").length, 1);
  assert.deepEqual(told(play.play({ type: "recorders-changed" })), []);
});

test("a room is told that a recorder is there, and that none is", () => {
  const play = aMeeting();
  assert.deepEqual(play.state.presence.recorderModes, ["file", "stream"]);
  play.pool = aPool();
  assert.deepEqual(told(play.play({ type: "recorders-changed" })), ["show-presence"]);
  assert.deepEqual(play.state.presence.recorderModes, []);
});
