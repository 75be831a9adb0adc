import assert from "node:assert/strict";
import { test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import type { ControlRecordingRequest } from "@veche/proto/gen/veche/focus/v1/focus_pb.ts";
import type { RecordingStatus } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, childrenOf, type Element } from "../codec/xml/element.ts";
import { unit } from "../testing/fake-focus.ts";
import type { Harness } from "../testing/harness.ts";
import { meeting, room, roomRef, set } from "../testing/meeting.ts";
import { conditionOf } from "../testing/scripted-client.ts";
import { tokenOf, withToken, withTokens } from "../testing/tokens.ts";

const start = `<jibri xmlns="${ns.jibri}" action="start" recording_mode="file" app_data='{"file_recording_metadata":{}}'/>`;
const focusJid = `${room}/focus`;

function askedOf({ focus }: Harness): ControlRecordingRequest[] {
  const asked = focus?.asked.filter(({ type }) => type === "controlRecording") ?? [];
  return asked.map(({ message }) => message as ControlRecordingRequest);
}

async function show(harness: Harness, ...recordings: readonly Partial<RecordingStatus>[]): Promise<void> {
  const presence = { properties: { "recorder-modes": "file stream" }, recordings: recordings as RecordingStatus[] };
  await harness.focus?.bus.request(xmpp.setFocusPresence, { unit }, { room: roomRef(harness), presence });
}

const statusOf = (stanza: Element) => childOf(stanza, "jibri-recording-status", ns.jibri);

test("who starts a recording hears its session and the key of its owner, and nobody else does", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  assert.ok(harness.focus);
  harness.focus.recording = ({ sessionId }) => ({ sessionId, status: "pending", ownerKey: "k" });
  const answer = childOf(await set(owner, start, focusJid), "jibri", ns.jibri);
  const [asked] = askedOf(harness);
  assert.match(asked?.sessionId ?? "", /^[0-9a-f]{32}$/);
  const { xmlns: _, ...attributes } = answer?.attrs ?? {};
  assert.deepEqual(attributes, { session_id: asked?.sessionId, status: "pending", owner_key: "k" });
  assert.deepEqual([asked?.endpoint, asked?.action, asked?.recordingMode], [owner.nick, "start", "file"]);
  assert.deepEqual([asked?.appData, asked?.granted, asked?.denied], ['{"file_recording_metadata":{}}', [], []]);
});

test("a stop and a change of what is under way go to the focus with their session", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const stop = `<jibri xmlns="${ns.jibri}" action="stop" session_id="s1"/>`;
  assert.equal((await set(owner, stop, focusJid)).attrs.type, "result");
  const change = `<recording xmlns="urn:veche:recording" session_id="s1" layout="grid" add_target="rtmp://h.example/a"/>`;
  const changed = childOf(await set(owner, change, focusJid), "recording", ns.recording);
  assert.equal(changed?.attrs.session_id, "s1");
  const [stopped, updated] = askedOf(harness);
  assert.deepEqual([stopped?.action, stopped?.sessionId], ["stop", "s1"]);
  assert.deepEqual([updated?.action, updated?.layout, updated?.addTarget], ["update", "grid", "rtmp://h.example/a"]);
});

test("what a token names goes with it, granted or denied", async () => {
  await using met = await meeting({ env: withTokens });
  const { harness } = met;
  const granted = await withToken(harness, tokenOf("u1", { recording: true, livestreaming: false }));
  const silent = await withToken(harness, tokenOf("u2", { recording: false }));
  for (const client of [granted, silent]) {
    await client.enter(room);
    await set(client, start, focusJid);
  }
  assert.deepEqual(
    askedOf(harness).map(({ granted: yes, denied: no }) => [yes, no]),
    [
      [["file"], ["stream"]],
      [[], ["file"]],
    ],
  );
});

test("each refusal is the error that clients know", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  assert.ok(harness.focus);
  const table = [
    ["permission-denied", "not-allowed"],
    ["failed-precondition", "unexpected-request"],
    ["not-found", "item-not-found"],
    ["resource-exhausted", "resource-constraint"],
    ["invalid-argument", "bad-request"],
    ["unimplemented", "feature-not-implemented"],
  ] as const;
  for (const [code, condition] of table) {
    harness.focus.refusal = new VecheError(code, "no");
    assert.equal(conditionOf(await set(owner, start, focusJid)), condition);
  }
  harness.focus.refusal = undefined;
  harness.focus.recording = () => ({ status: "unavailable" });
  assert.equal(conditionOf(await set(owner, start, focusJid)), "service-unavailable");
  const asked = askedOf(harness).length;
  for (const odd of ['action="dance"', "", 'action="stop"', `action="start" streamid="${"x".repeat(1_025)}"`]) {
    assert.equal(conditionOf(await set(owner, `<jibri xmlns="${ns.jibri}" ${odd}/>`, focusJid)), "bad-request", odd);
  }
  assert.equal(conditionOf(await set(owner, `<recording xmlns="${ns.recording}"/>`, focusJid)), "bad-request");
  assert.equal(askedOf(harness).length, asked, "what can't be read does not reach the focus");
});

test("what is recorded is in the presence of the focus, for those inside, newcomers, and after a restart", async () => {
  await using met = await meeting({ isResumable: true });
  const { harness, owner, guest } = met;
  const target = { id: "1", host: "live.example", state: "on" };
  const stream = { sessionId: "s1", recordingMode: "stream", status: "on", layout: "grid", initiator: owner.nick };
  await show(harness, { ...stream, targets: [target as RecordingStatus["targets"][number]] });
  const seen = statusOf(await guest.next((stanza) => statusOf(stanza) !== undefined));
  assert.equal(seen?.attrs.initiator, `${room}/${owner.nick}`);
  const targets = seen ? childrenOf(seen, "target").map(({ attrs }) => [attrs.id, attrs.host, attrs.state]) : [];
  assert.deepEqual(targets, [["1", "live.example", "on"]]);
  const newcomer = await harness.client();
  newcomer.join(room, newcomer.nick);
  const first = await newcomer.next((stanza) => stanza.attrs.from === focusJid);
  assert.equal(statusOf(first)?.attrs.session_id, "s1");
  await harness.killAndRestart();
  const later = await harness.client();
  later.join(room, later.nick);
  assert.equal(statusOf(await later.next((stanza) => stanza.attrs.from === focusJid))?.attrs.session_id, "s1");
});

test("nobody but the focus says what is recorded", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  const forged = `<jibri-recording-status xmlns="${ns.jibri}" status="off" session_id="s1" recording_mode="file"/><a/>`;
  guest.send(`<presence to="${room}/${guest.nick}">${forged}</presence>`);
  const relayed = await owner.next((stanza) => childOf(stanza, "a") !== undefined);
  assert.equal(statusOf(relayed), undefined);
  const between = await set(guest, start, `${room}/${owner.nick}`);
  assert.notEqual(conditionOf(between), undefined);
});
