import assert from "node:assert/strict";
import { test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import { changeLiveSettings } from "@veche/kit/live-settings.ts";
import { roomId } from "@veche/proto/ids.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { aCamera } from "../testing/samples.ts";
import { Stage } from "../testing/stage.ts";

const json = { "content-type": "application/json" };

test("health is 500 with Jicofo's words while there is no bridge, 200 with one, 503 while NATS is away", async () => {
  await using stage = new Stage();
  await stage.startFocus();
  const none = await stage.http("/about/health");
  assert.deepEqual(none, { status: 500, body: "No operational bridges available (total bridge count: 0)" });
  const bridge = stage.addBridge("b1");
  bridge.healthy = false;
  bridge.beat();
  await stage.pass(10);
  const unwell = await stage.http("/about/health");
  assert.deepEqual(unwell, { status: 500, body: "No operational bridges available (total bridge count: 1)" });
  bridge.healthy = true;
  await stage.pass(1_000);
  assert.deepEqual(await stage.http("/about/health"), { status: 200, body: "OK" });
  stage.network.disconnect(stage.focus.bus);
  assert.equal((await stage.http("/about/health")).status, 503);
  stage.network.reconnect(stage.focus.bus);
  assert.equal((await stage.http("/about/health")).status, 200);
});

test("an XMPP server on another host is named in the health's detail, and fails nothing", async () => {
  await using stage = new Stage({ VECHE_HOST_ID: "elsewhere" });
  stage.addBridge("b1");
  await stage.startFocus();
  await stage.pass(1_000);
  const { status, body } = await stage.http("/about/health?detail");
  assert.equal(status, 200);
  assert.match(body, /different hosts \(\\"elsewhere\\" and \\"here\\"\)/);
});

test("a conference request over HTTP opens the room that clients then join", async () => {
  await using stage = await Stage.open();
  const request = { room: "Standup@muc.meet.jitsi", properties: { startAudioMuted: "10" } };
  const init = { method: "POST", headers: json, body: JSON.stringify(request) };
  const answer = await stage.settled(stage.http("/conference-request/v1?room=standup", init));
  assert.equal(answer.status, 200);
  const { ready, focusJid, room } = JSON.parse(answer.body) as Record<string, unknown>;
  assert.deepEqual([ready, focusJid, room], [true, "focus@auth.meet.jitsi", "standup@muc.meet.jitsi"]);
  assert.ok(stage.xmpp.rooms.has(roomId("standup")));
  assert.equal((await stage.http("/conference-request/v1", { method: "OPTIONS" })).status, 200);
});

test("on a secure domain a request over HTTP shows who asks by its token or session id", async () => {
  await using stage = await Stage.open();
  const by = { name: "operator", nowMs: 0 };
  await stage.settled(changeLiveSettings(stage.bus, { secureDomain: true }, by));
  const asked: string[] = [];
  const serving = stage.bus.serve(
    xmpp.identify,
    ({ token, sessionId, machineUid, room }) => {
      asked.push(`${token}|${sessionId}|${machineUid}|${room?.name}`);
      if (token === "forged") throw new VecheError("permission-denied", "that token does not hold here");
      if (sessionId === "old") throw new VecheError("failed-precondition", "no such session");
      const identity = { kind: "account", person: "p_anna", userId: "anna", entitledModerator: true };
      return { identity, sessionId: "s-1" };
    },
    { unit: "main" },
  );
  const ask = async (given: object, authorization?: string) => {
    const headers = authorization === undefined ? json : { ...json, authorization };
    const body = JSON.stringify({ room: "lesson@muc.meet.jitsi", machineUid: "m-1", ...given });
    return stage.settled(stage.http("/conference-request/v1", { method: "POST", headers, body }));
  };
  assert.equal((await ask({})).status, 403, "nobody");
  assert.equal((await ask({}, "Bearer forged")).status, 403);
  const old = await ask({ sessionId: "old" });
  assert.deepEqual([old.status, old.body], [400, "Error 400 invalid-session"]);
  assert.equal(stage.xmpp.rooms.size, 0);
  const opened = await ask({ sessionId: "s-1" });
  assert.equal(opened.status, 200);
  const answer = JSON.parse(opened.body) as Record<string, unknown>;
  assert.deepEqual([answer.sessionId, answer.identity], ["s-1", "anna@meet.jitsi"]);
  assert.deepEqual((answer.properties as Record<string, string>).authentication, "true");
  assert.equal(stage.focus.service.state("lesson")?.opener, "p_anna");
  assert.equal((await ask({}, "Bearer good")).status, 200);
  assert.equal((await ask({})).status, 200, "it is open now");
  assert.deepEqual(asked, ["forged||m-1|lesson", "|old|m-1|lesson", "|s-1|m-1|lesson", "good||m-1|lesson"]);
  serving.close();
});

test("bad conference requests are 400 and open nothing", async () => {
  await using stage = await Stage.open();
  const bodies = [{}, { room: 5 }, { room: "standup" }, { room: "a@elsewhere" }, { room: "a b@muc.meet.jitsi" }, []];
  bodies.push({ room: `${"x".repeat(1_024)}@muc.meet.jitsi` });
  for (const body of bodies) {
    const init = { method: "POST", headers: json, body: JSON.stringify(body) };
    assert.equal((await stage.http("/conference-request/v1", init)).status, 400, JSON.stringify(body));
  }
  const broken = await stage.http("/conference-request/v1", { method: "POST", headers: json, body: "{" });
  assert.equal(broken.status, 400);
  const large = await stage.http("/conference-request/v1", {
    method: "POST",
    headers: json,
    body: "x".repeat(2 ** 21),
  });
  assert.equal(large.status, 413);
  assert.equal(stage.xmpp.rooms.size, 0);
});

test("statistics, metrics and debug show the call without names or passwords", async () => {
  await using stage = await Stage.open();
  for (const endpoint of ["aaaa", "bbbb", "cccc"]) await stage.xmpp.join("standup", endpoint);
  await stage.pass(1_000);
  const stats = JSON.parse((await stage.http("/stats")).body) as Record<string, unknown>;
  assert.deepEqual(
    [stats.conferences, stats.participants, stats.largest_conference, stats.endpoint_pairs, stats.total_participants],
    [1, 3, 3, 6, 3],
  );
  assert.deepEqual(
    [stats.breakout_conferences, stats.lobby_participants, stats.av_moderated_conferences, stats.secure_domain],
    [0, 0, 0, false],
  );
  const openMetrics = { headers: { accept: "application/openmetrics-text" } };
  for (const metrics of [await stage.http("/metrics"), await stage.http("/metrics?x=1", openMetrics)]) {
    assert.match(metrics.body, /veche_focus_participants_current_count 3/);
  }
  const paths = ["/debug?full=true", "/debug/conferences", `/debug/conference/${roomId("standup")}`];
  paths.push("/debug/xmpp-caps", "/rtcstats");
  for (const path of paths) {
    const { status, body } = await stage.http(path);
    assert.equal(status, 200, path);
    assert.ok(!/Name of|pwd|password/.test(body), path);
  }
  assert.equal((await stage.http("/debug/conference/nowhere")).status, 404);
  assert.match((await stage.http("/about/version")).body, /veche-focus/);
});

test("statistics have Jicofo's names, each with what is so", async () => {
  await using stage = await Stage.open({ JICOFO_RESTART_INTERVAL: "0" });
  const features = ["urn:a", "urn:b"];
  const [a, b] = [
    await stage.xmpp.join("standup", "aaaa", { features }),
    await stage.xmpp.join("standup", "bbbb", { features }),
  ];
  await stage.pass(1_000);
  await stage.settled(stage.xmpp.addSources(a, aCamera("aaaa", 9_000, 1)));
  await stage.pass(1_000);
  await stage.settled(stage.xmpp.removeSources(a, aCamera("aaaa", 9_000, 1)));
  stage.bridge().disconnected("aaaa", "ice");
  await stage.settled(stage.xmpp.terminate(b, true));
  await stage.pass(1_000);
  const stats = JSON.parse((await stage.http("/stats")).body) as Record<string, unknown>;
  const { conference_sizes: sizes, threads, version, ...rest } = stats;
  assert.deepEqual(sizes, [0, 0, 1, ...Array.from({ length: 19 }, () => 0)]);
  assert.ok(typeof threads === "number" && threads > 0);
  assert.equal(typeof version, "string");
  assert.deepEqual(rest, {
    total_participants: 2,
    total_conferences_created: 1,
    conferences: 1,
    participants: 2,
    visitors: 0,
    largest_conference: 2,
    breakout_conferences: 0,
    lobby_participants: 0,
    av_moderated_conferences: 0,
    secure_domain: false,
    endpoint_pairs: 2,
    bridge_failures: { participants_moved: 0, bridges_removed: 0 },
    participant_notifications: { ice_failed: 2, request_restart: 1 },
    bridge_selector: {
      bridge_count: 1,
      operational_bridge_count: 1,
      in_shutdown_bridge_count: 0,
      lost_bridges: 0,
      total_split_due_to_load: 0,
      total_split_due_to_region: 0,
    },
    jibri_detector: { count: 0, available: 0 },
    jibri: {
      total_live_streaming_failures: 0,
      total_recording_failures: 0,
      total_sip_call_failures: 0,
      live_streaming_active: 0,
      recording_active: 0,
      jobs_waiting: 0,
    },
    jigasi_detector: {
      sip_count: 0,
      sip_in_graceful_shutdown_count: 0,
      transcriber_count: 0,
      transcriber_in_graceful_shutdown_count: 0,
    },
    jigasi: {
      rejected_requests: 0,
      accepted_requests: 0,
      retries: 0,
      instance_errors: 0,
      instance_timeout: 0,
      requests_failed_no_instance: 0,
      requests_failed_xmpp_not_connected: 0,
    },
    jingle: {
      sent: { "session-initiate": 3, "source-add": 4, "source-remove": 2 },
      received: { "session-accept": 3, "session-terminate": 1, "source-add": 1, "source-remove": 1 },
    },
    healthy: true,
  });
  const caps = JSON.parse((await stage.http("/debug/xmpp-caps")).body) as unknown;
  assert.deepEqual(caps, [{ count: 2, features }]);
  const rtcstats = JSON.parse((await stage.http("/rtcstats")).body) as Record<string, { participants: object }>;
  assert.deepEqual(Object.keys(rtcstats["meeting-standup"]?.participants ?? {}), ["aaaa", "bbbb"]);
});
