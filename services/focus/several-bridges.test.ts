import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import { assertCall, assertPromises, callOf } from "./testing/calls.ts";
import { aCamera } from "./testing/samples.ts";
import { Stage } from "./testing/stage.ts";
import type { FakeClient } from "./testing/xmpp.ts";

const split = { OCTO_BRIDGE_SELECTION_STRATEGY: "SplitBridgeSelectionStrategy" };

async function openThree(env: Readonly<Record<string, string>> = split): Promise<Stage> {
  const stage = await Stage.open(env);
  stage.addBridge("b2");
  stage.addBridge("b3");
  await stage.pass(1_000);
  return stage;
}

function placesOf(stage: Stage, clients: readonly FakeClient[]): string {
  const ids = ["b1", "b2", "b3"].filter((id) => !stage.bridge(id).isSilent);
  return clients.map(({ endpoint }) => ids.filter((id) => stage.bridge(id).endpoint(endpoint)).join("+")).join(" ");
}

/** What is fetched, by the bridge that has it: "b1: b2/bbbb-a0". */
function fetched(stage: Stage, id: string): string[] {
  const [held] = [...stage.bridge(id).conferences.values()];
  return [...(held?.remote ?? [])].map(([name, { bridge }]) => `${bridge}/${name}`).sort();
}

async function bridgeFacts(stage: Stage): Promise<string[]> {
  return (await stage.facts()).flatMap((fact) => {
    const isOfBridge = fact.name.startsWith("bridge") && "bridge" in fact.body && "reason" in fact.body;
    return isOfBridge ? `${fact.name} ${fact.body.bridge} ${fact.body.reason}` : [];
  });
}

function invitations(clients: readonly FakeClient[]): number[] {
  return clients.map((client) => client.invitations.length);
}

describe("a conference on three bridges", () => {
  test("everybody knows everybody, and each source is fetched once by each other bridge", async () => {
    await using stage = await openThree();
    const clients = await callOf(stage, "aaaa", "bbbb", "cccc", "dddd");
    assert.equal(placesOf(stage, clients), "b1 b2 b3 b1");
    const [a, b, c, d] = clients.map(({ sources }) => sources.map(({ name }) => name));
    const from = (bridge: string, ...names: (string | undefined)[]) => names.map((name) => `${bridge}/${name}`);
    const [ofB1, ofB2, ofB3] = [
      from("b1", ...(a ?? []), ...(d ?? [])),
      from("b2", ...(b ?? [])),
      from("b3", ...(c ?? [])),
    ];
    assert.deepEqual(fetched(stage, "b1"), [...ofB2, ...ofB3].sort());
    assert.deepEqual(fetched(stage, "b2"), [...ofB1, ...ofB3].sort());
    assert.deepEqual(fetched(stage, "b3"), [...ofB1, ...ofB2].sort());
    assert.deepEqual(await bridgeFacts(stage), [
      "bridgeAssigned b1 load",
      "bridgeRelayUp b2 load",
      "bridgeRelayUp b3 load",
    ]);
    await assertPromises(stage, false);
  });

  test("a source that comes reaches everybody, and one that goes is fetched no more", async () => {
    await using stage = await openThree();
    const clients = await callOf(stage, "aaaa", "bbbb", "cccc");
    const [a] = clients;
    assert.ok(a);
    const screen = aCamera("aaaa", 9_000, 1);
    a.sources.push(screen);
    await stage.settled(stage.xmpp.addSources(a, screen));
    await stage.pass(1_000);
    assertCall(stage, clients);
    assert.ok(fetched(stage, "b3").includes("b1/aaaa-v1"));
    a.sources.pop();
    await stage.settled(stage.xmpp.removeSources(a, screen));
    await stage.pass(1_000);
    assertCall(stage, clients);
    assert.ok(!fetched(stage, "b2").includes("b1/aaaa-v1"));
    assert.ok(!fetched(stage, "b3").includes("b1/aaaa-v1"));
  });

  test("a lost bridge concerns its own people alone; nobody has left", async () => {
    await using stage = await openThree();
    const clients = await callOf(stage, "aaaa", "bbbb", "cccc", "dddd");
    stage.bridge("b2").stop();
    await stage.pass(5_000);
    assert.deepEqual(invitations(clients), [1, 2, 1, 1]);
    assertCall(stage, clients);
    assert.equal((await bridgeFacts(stage)).at(-1), "bridgeRelayDown b2 failure");
    assert.ok(!(await stage.factNames()).includes("participantLeft"));
    assert.deepEqual(
      fetched(stage, "b1").filter((one) => one.startsWith("b2/")),
      [],
    );
    stage.bridge("b2").wake();
    await stage.pass(200);
    assert.equal(stage.bridge("b2").conferences.size, 0, "no ghosts when it wakes up");
    assertCall(stage, clients);
    await assertPromises(stage, false);
  });

  test("a lost main bridge is followed by the next", async () => {
    await using stage = await openThree();
    const clients = await callOf(stage, "aaaa", "bbbb", "cccc");
    stage.bridge("b1").stop();
    await stage.pass(5_000);
    assert.deepEqual(invitations(clients), [2, 1, 1]);
    assertCall(stage, clients);
    assert.equal((await bridgeFacts(stage)).at(-1), "bridgeMoved b2 failure");
    await assertPromises(stage, false);
  });

  test("one that is started again begins with nothing", async () => {
    await using stage = await openThree();
    const clients = await callOf(stage, "aaaa", "bbbb", "cccc");
    stage.bridge("b3").restart();
    await stage.pass(2_000);
    assert.deepEqual(invitations(clients), [1, 1, 2]);
    assertCall(stage, clients);
    const late = await stage.xmpp.join("standup", "dddd");
    await stage.pass(1_000);
    assert.equal(placesOf(stage, [late]), "b3");
    assertCall(stage, [...clients, late]);
  });

  test("a bridge that drains is left one by one, without a word of leaving, and is let go", async () => {
    await using stage = await openThree();
    const clients = await callOf(stage, "aaaa", "bbbb", "cccc", "dddd");
    stage.bridge("b1").draining = true;
    stage.bridge("b1").beat();
    await stage.pass(50);
    assert.deepEqual(invitations(clients).toSorted(), [1, 1, 1, 2], "one at a time");
    await stage.pass(3_000);
    assert.deepEqual(invitations(clients), [2, 1, 1, 2]);
    assertCall(stage, clients);
    assert.equal(stage.bridge("b1").conferences.size, 0);
    assert.equal((await bridgeFacts(stage)).at(-1), "bridgeMoved b2 drain");
    assert.ok(!(await stage.factNames()).includes("participantLeft"));
    const late = await stage.xmpp.join("standup", "eeee");
    await stage.pass(1_000);
    assert.ok(["b2", "b3"].includes(placesOf(stage, [late])), "nobody comes to a bridge that drains");
    assertCall(stage, [...clients, late]);
    await assertPromises(stage, false);
  });

  test("when all drain, people stay where they are", async () => {
    await using stage = await openThree();
    const clients = await callOf(stage, "aaaa", "bbbb", "cccc");
    for (const id of ["b1", "b2", "b3"]) {
      stage.bridge(id).draining = true;
      await stage.pass(5_000);
    }
    assert.equal(placesOf(stage, clients), "b3 b3 b3");
    const before = invitations(clients);
    await stage.pass(5_000);
    assert.deepEqual(invitations(clients), before);
    const late = await stage.xmpp.join("standup", "dddd");
    await stage.pass(1_000);
    assertCall(stage, [...clients, late]);
  });

  test("endpoints lost with a worker come back, and what the bridge had fetched is fetched anew", async () => {
    await using stage = await openThree();
    const clients = await callOf(stage, "aaaa", "bbbb", "cccc", "dddd");
    stage.bridge("b1").lose("aaaa", "dddd");
    await stage.pass(2_000);
    assert.deepEqual(invitations(clients), [2, 1, 1, 2]);
    assertCall(stage, clients);
  });

  test("what a bridge does not do at first is asked again", async () => {
    await using stage = await openThree();
    const failures = Array.from({ length: 3 }, () => new VecheError("internal", "made up"));
    for (const verb of ["fetch", "forget", "drop"]) stage.bridge("b1").refusals.set(verb, [...failures]);
    const clients = [await stage.xmpp.join("standup", "aaaa"), await stage.xmpp.join("standup", "bbbb")];
    await stage.pass(5_000);
    assertCall(stage, clients);
    stage.xmpp.leave(clients[1] ?? assert.fail());
    await stage.pass(5_000);
    assert.deepEqual(fetched(stage, "b1"), []);
  });

  test("the focus is killed: nobody is invited again, and who left meanwhile is fetched no more", async () => {
    await using stage = await openThree();
    const [a, b, c, d] = await callOf(stage, "aaaa", "bbbb", "cccc", "dddd");
    assert.ok(a && b && c && d);
    stage.killFocus();
    stage.xmpp.leave(b);
    for (const client of [a, c, d]) for (const { name } of b.sources) client.remote.delete(name);
    await stage.startFocus();
    await stage.pass(1_000);
    assert.deepEqual(invitations([a, c, d]), [1, 1, 1]);
    assertCall(stage, [a, c, d]);
    for (const id of ["b1", "b3"]) assert.ok(!fetched(stage, id).some((one) => one.includes("bbbb")), id);
    const e = await stage.xmpp.join("standup", "eeee");
    await stage.pass(1_000);
    assertCall(stage, [a, c, d, e]);
    await assertPromises(stage, false);
  });

  test("the focus is killed and a bridge with it: its people alone are invited anew", async () => {
    await using stage = await openThree();
    const clients = await callOf(stage, "aaaa", "bbbb", "cccc");
    stage.killFocus();
    stage.bridge("b1").stop();
    await stage.pass(4_000);
    await stage.startFocus();
    await stage.pass(5_000);
    assert.deepEqual(invitations(clients), [2, 1, 1]);
    assertCall(stage, clients);
    await assertPromises(stage, false);
  });
});

describe("where people are placed", () => {
  test("a conference stays on one bridge until that has the most it may have, and a bridge nobody uses is let go", async () => {
    await using stage = await openThree({ MAX_BRIDGE_PARTICIPANTS: "2" });
    const clients = await callOf(stage, "aaaa", "bbbb", "cccc");
    assert.equal(placesOf(stage, clients), "b1 b1 b2");
    const [a, b, c] = clients;
    assert.ok(a && b && c);
    stage.xmpp.leave(c);
    for (const client of [a, b]) for (const { name } of c.sources) client.remote.delete(name);
    await stage.pass(9_000);
    assert.equal(stage.bridge("b2").conferences.size, 1, "somebody may come");
    await stage.pass(2_000);
    assert.equal(stage.bridge("b2").conferences.size, 0);
    assert.equal((await bridgeFacts(stage)).at(-1), "bridgeRelayDown b2 load");
    assertCall(stage, [a, b]);
  });

  test("near a bridge of their region", async () => {
    await using stage = await openThree({});
    stage.bridge("b3").region = "eu";
    await stage.pass(1_000);
    const clients = [
      await stage.xmpp.join("standup", "aaaa"),
      await stage.xmpp.join("standup", "bbbb", { region: "eu" }),
    ];
    await stage.pass(1_500);
    assert.equal(placesOf(stage, clients), "b1 b3");
    assertCall(stage, clients);
    assert.equal((await bridgeFacts(stage)).at(-1), "bridgeRelayUp b3 region");
  });

  test("on one bridge where there are to be no several; when it drains, all of it goes at once", async () => {
    await using stage = await openThree({ ...split, ENABLE_OCTO: "0" });
    const clients = await callOf(stage, "aaaa", "bbbb", "cccc");
    assert.equal(placesOf(stage, clients), "b1 b1 b1");
    stage.bridge("b1").draining = true;
    stage.bridge("b1").beat();
    await stage.pass(1_500);
    assert.equal(placesOf(stage, clients), "b2 b2 b2");
    assertCall(stage, clients);
    const asked = ["b1", "b2", "b3"].flatMap((id) => stage.bridge(id).asked);
    assert.ok(!asked.some((one) => one.startsWith("fetch")), "nothing crosses");
    assert.deepEqual(await bridgeFacts(stage), ["bridgeAssigned b1 load", "bridgeMoved b2 drain"]);
  });

  test("where an operator moves them", async () => {
    await using stage = await openThree({});
    const clients = await callOf(stage, "aaaa", "bbbb", "cccc", "dddd");
    const ask = async (path: string) => {
      const { status, body } = await stage.http(`/move-endpoints/${path}`);
      await stage.pass(1_500);
      return status === 200 ? JSON.parse(body) : status;
    };
    const one = await ask("move-endpoint?conference=standup&endpoint=aaaa&bridge=b1");
    assert.deepEqual(one, { movedEndpoints: 1, conferences: 1 });
    assert.equal(placesOf(stage, clients), "b2 b1 b1 b1");
    assertCall(stage, clients);
    assert.deepEqual(await ask("move-endpoints?bridge=b1&numEndpoints=2"), { movedEndpoints: 2, conferences: 1 });
    assert.equal(placesOf(stage, clients), "b2 b1 b2 b2");
    assertCall(stage, clients);
    assert.deepEqual(await ask("move-fraction?bridge=b2&fraction=0.5"), { movedEndpoints: 2, conferences: 1 });
    assertCall(stage, clients);
    assert.deepEqual(await ask("move-fraction?bridge=nowhere"), { movedEndpoints: 0, conferences: 0 });
    assert.equal(await ask("move-endpoint?conference=standup&endpoint=aaaa&bridge=b3"), 404);
    assert.equal(await ask("move-endpoint?conference=nowhere&endpoint=aaaa"), 404);
    assert.equal(await ask("move-fraction?bridge=b2&fraction=2"), 400);
    assert.equal(await ask("move-endpoints"), 400);
    await assertPromises(stage, false);
  });

  test("on bridges of the version that the conference is pinned to", async () => {
    await using stage = await openThree({});
    stage.bridge("b3").version = "2";
    stage.bridge("b3").stress = 0.5;
    await stage.pass(1_000);
    const post = async (path: string, body: object) => {
      const headers = { "content-type": "application/json" };
      return (await stage.http(path, { method: "POST", headers, body: JSON.stringify(body) })).status;
    };
    const conferenceId = "standup@muc.meet.jitsi";
    assert.equal(await post("/pin", { conferenceId, jvbVersion: "2", durationMinutes: 10 }), 200);
    assert.equal(await post("/pin", { conferenceId, jvbVersion: "", durationMinutes: 10 }), 400);
    assert.equal(await post("/pin", { conferenceId, jvbVersion: "2", durationMinutes: 0 }), 400);
    assert.equal(await post("/pin", { conferenceId: "standup", jvbVersion: "2", durationMinutes: 1 }), 400);
    const [pin] = JSON.parse((await stage.http("/pin")).body);
    assert.deepEqual([pin.conferenceId, pin.jvbVersion], [conferenceId, "2"]);
    const clients = await callOf(stage, "aaaa", "bbbb");
    assert.equal(placesOf(stage, clients), "b3 b3");
    assert.equal(await post("/pin/remove", { conferenceId }), 200);
    assert.equal(await post("/pin/remove", { conferenceId }), 404);
    await stage.pass(1_000);
    assert.equal(placesOf(stage, clients), "b3 b3", "those who are there stay");
  });
});
