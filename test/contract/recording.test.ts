/** Recordings from a client's IQ to the buckets of recorders and back: the real XMPP server, the real focus, real NATS. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { schema } from "@veche/focus/config.ts";
import { start as startFocus } from "@veche/focus/service.ts";
import { FakeRecorder } from "@veche/focus/testing/recorder.ts";
import { FakeXmpp } from "@veche/focus/testing/xmpp.ts";
import { systemClock } from "@veche/kit/clock.ts";
import { readConfig } from "@veche/kit/config.ts";
import { Health } from "@veche/kit/health.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus } from "@veche/kit/memory-bus.ts";
import { Metrics } from "@veche/kit/metrics.ts";
import { ns } from "@veche/xmpp/codec/namespaces.ts";
import { childOf, type Element } from "@veche/xmpp/codec/xml/element.ts";
import { conditionOf, type ScriptedClient } from "@veche/xmpp/testing/scripted-client.ts";
import { eventually } from "../harness/wait.ts";
import { openBus, startServerWithAccounts } from "./accounts.ts";
import { FocusAndXmpp } from "./focus-and-xmpp.ts";

const room = "lesson@muc.meet.jitsi";

function ask(client: ScriptedClient, attributes: string): Promise<Element> {
  const jibri = `<jibri xmlns="${ns.jibri}" ${attributes}/>`;
  return client.ask(`<iq type="set" id="${client.id()}" to="${room}/focus">${jibri}</iq>`);
}

const shows = (status: string) => (stanza: Element) =>
  childOf(stanza, "jibri-recording-status", ns.jibri)?.attrs.status === status;

test("a moderator records a lesson: everybody sees it begin and end, and a focus that dies changes nothing", async () => {
  await using pair = await FocusAndXmpp.start();
  await using bus = new MemoryBus(pair.xmpp.network, { role: "recorder" });
  const [owner, pupil] = [await pair.xmpp.client(), await pair.xmpp.client()];
  await owner.enter(room);
  await eventually("the first moderates", () => (pair.member(room, owner.nick)?.isOwner ? undefined : "not yet"));
  await pupil.enter(room);
  const wish = `action="start" recording_mode="file"`;
  assert.equal(conditionOf(await ask(pupil, wish)), "not-allowed");
  assert.equal(conditionOf(await ask(owner, wish)), "service-unavailable");
  using recorder = await FakeRecorder.start(bus, systemClock);
  await eventually("the recorder is known", async () => {
    const answer = await ask(owner, wish);
    return answer.attrs.type === "result" ? undefined : conditionOf(answer);
  });
  assert.equal(conditionOf(await ask(owner, wish)), "unexpected-request");
  const pending = childOf(await pupil.next(shows("pending")), "jibri-recording-status", ns.jibri);
  assert.equal(pending?.attrs.initiator, `${room}/${owner.nick}`);
  await eventually("the job is taken", () => (recorder.taken.size === 1 ? undefined : "not yet"));
  const [job = ""] = recorder.jobs.keys();
  await recorder.begin(job);
  await pupil.next(shows("on"));
  await pair.restartFocus();
  await eventually("the next focus serves the room", () => (pair.state(room) ? undefined : "not yet"));
  assert.equal(
    (await ask(owner, `action="stop" recording_mode="file"`)).attrs.type,
    "result",
    "as lib-jitsi-meet asks",
  );
  await pupil.next(shows("off"));
  await eventually("the job is removed", () => (recorder.jobs.size === 0 ? undefined : "not yet"));
  const names = (await pair.facts()).map(({ name }) => name).filter((name) => name.startsWith("recording"));
  assert.deepEqual(names, ["recordingRequested", "recordingStarted", "recordingStopped"]);
});

test("focus and recorder meet in the buckets as the users of an installation may use them", async () => {
  await using server = await startServerWithAccounts();
  await using focusBus = await openBus(server, "focus");
  await using xmppBus = await openBus(server, "xmpp");
  await using recorderBus = await openBus(server, "recorder");
  using people = new FakeXmpp(xmppBus);
  using recorder = await FakeRecorder.start(recorderBus, systemClock);
  const config = readConfig(schema, { JICOFO_PORT: "0", VECHE_HOST_ID: "here" });
  const roleless = { config, log: silentLog, metrics: new Metrics("focus"), health: new Health() };
  const signal = new AbortController().signal;
  const context = { ...roleless, role: "focus", instance: "focus-1", version: "0.0.0", signal } as const;
  await using focus = await startFocus(context, { bus: focusBus });
  const owner = await people.join("lesson", "aaaa");
  await eventually("the first moderates", () =>
    focus.state("lesson")?.members.get("aaaa")?.role === "moderator" ? undefined : "not yet",
  );
  const { sessionId } = await people.record(owner, { action: "start", recordingMode: "file" });
  await eventually("the job is taken", () => (recorder.taken.size === 1 ? undefined : "not yet"));
  const [job = ""] = recorder.jobs.keys();
  await recorder.begin(job);
  const status = () => people.recordings.find((one) => one.sessionId === sessionId)?.status;
  await eventually("it is on", () => (status() === "on" ? undefined : status()));
  await people.record(owner, { action: "stop", sessionId });
  await eventually("it is off", () => (status() === "off" ? undefined : status()));
  await eventually("the job is removed", () => (recorder.jobs.size === 0 ? undefined : "not yet"));
});
