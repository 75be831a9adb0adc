import assert from "node:assert/strict";
import { test } from "node:test";
import { childNamed, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import {
  changeRecordingElement,
  readRecorder,
  readRecorderModes,
  readRecordingStarted,
  readRecordingStatuses,
  recorderElements,
  startRecordingElement,
  stopRecordingElement,
} from "./recording.ts";

const nothing = { layout: undefined, targets: [] };
const status = (attrs: Record<string, string>) => xml("jibri-recording-status", { xmlns: NS.jibri, ...attrs });

test("the focus tells of several sessions, with who began them and what went wrong", () => {
  const presence = xml(
    "presence",
    {},
    status({ session_id: "s1", recording_mode: "file", status: "on", initiator: "r@muc.x/ann" }),
    status({ session_id: "s2", recording_mode: "stream", status: "pending", queue_position: "3" }),
    status({ session_id: "s3", recording_mode: "FILE", status: "off", failure_reason: "busy" }),
    status({ session_id: "s4", recording_mode: "film", status: "on" }),
    status({ session_id: "s5", recording_mode: "file", status: "perhaps" }),
    status({ recording_mode: "file", status: "on" }),
  );
  assert.deepEqual(readRecordingStatuses(presence), [
    { id: "s1", mode: "file", status: "on", by: "ann", failure: undefined, placeInLine: 0, ...nothing },
    { id: "s2", mode: "stream", status: "pending", by: "", failure: undefined, placeInLine: 3, ...nothing },
    { id: "s3", mode: "file", status: "off", by: "", failure: "busy", placeInLine: 0, ...nothing },
  ]);
});

test("our focus tells of the layout, and of each address as much as may be told", () => {
  const target = (attrs: Record<string, string>) => xml("target", { xmlns: NS.vecheRecording, ...attrs });
  const stream = { ...status({ session_id: "s1", recording_mode: "stream", status: "on", layout: "grid" }) };
  const children = [
    target({ id: "1", host: "a.example", state: "on" }),
    target({ id: "2", host: "b.example", state: "retrying" }),
    target({ id: "3", host: "c.example", state: "who knows" }),
    xml("target", { xmlns: "urn:other", id: "4" }),
  ];
  const [read] = readRecordingStatuses(xml("presence", {}, { ...stream, children }));
  assert.equal(read?.layout, "grid");
  assert.deepEqual(read?.targets, [
    { id: "1", host: "a.example", state: "on" },
    { id: "2", host: "b.example", state: "retrying" },
    { id: "3", host: "c.example", state: "pending" },
  ]);
  const [odd] = readRecordingStatuses(
    xml("presence", {}, status({ session_id: "s1", recording_mode: "file", status: "on", layout: "mosaic" })),
  );
  assert.equal(odd?.layout, undefined);
});

test("a recorder in the room says where its stream is watched, if that is an address", () => {
  const presence = (url: string) =>
    xml("presence", {}, xml("mode", {}, "STREAM"), xml("session_id", {}, "s2"), xml("live-stream-view-url", {}, url));
  assert.deepEqual(readRecorder(presence("https://tube.example/x")), {
    id: "s2",
    mode: "stream",
    viewUrl: "https://tube.example/x",
  });
  assert.equal(readRecorder(presence("javascript:alert(1)"))?.viewUrl, "");
  assert.equal(readRecorder(xml("presence", {}, xml("mode", {}, "file"))), undefined);
});

test("what recorders there are is said by the focus or not at all", () => {
  const properties = (value: string) =>
    xml(
      "presence",
      {},
      xml(
        "conference-properties",
        { xmlns: NS.focus },
        xml("property", { xmlns: NS.focus, key: "recorder-modes", value }),
      ),
    );
  assert.deepEqual(readRecorderModes(properties("file,stream")), ["file", "stream"]);
  assert.deepEqual(readRecorderModes(properties("")), []);
  assert.equal(readRecorderModes(xml("presence", {})), undefined);
});

test("requests are written as Jitsi's focus reads them", () => {
  assert.deepEqual(startRecordingElement({ mode: "file", isShared: true }).attrs, {
    xmlns: NS.jibri,
    action: "start",
    recording_mode: "file",
    app_data: '{"file_recording_metadata":{"share":true}}',
  });
  assert.deepEqual(startRecordingElement({ mode: "stream", streamKey: "k-1", viewUrl: "" }).attrs, {
    xmlns: NS.jibri,
    action: "start",
    recording_mode: "stream",
    streamid: "k-1",
  });
  assert.deepEqual(stopRecordingElement("s1", "file").attrs, {
    xmlns: NS.jibri,
    action: "stop",
    recording_mode: "file",
    session_id: "s1",
  });
  const answer = (attrs: Record<string, string>) => xml("iq", {}, xml("jibri", { xmlns: NS.jibri, ...attrs }));
  assert.deepEqual(readRecordingStarted(answer({ session_id: "s1" })), { id: "s1", ownerKey: "" });
  assert.deepEqual(readRecordingStarted(answer({ session_id: "s1", owner_key: "k" })), { id: "s1", ownerKey: "k" });
});

test("what is to be kept, and how it is to look, stands beside what Jibri knows", () => {
  const dataOf = (wish: Parameters<typeof startRecordingElement>[0]) => startRecordingElement(wish).attrs.app_data;
  assert.equal(
    dataOf({ mode: "file", isShared: false, capture: "composite", layout: "grid" }),
    '{"file_recording_metadata":{"share":false},"veche":{"mode":"composite","layout":"grid"}}',
  );
  assert.equal(
    dataOf({ mode: "file", capture: "tracks" }),
    '{"file_recording_metadata":{"share":false},"veche":{"mode":"tracks"}}',
  );
  assert.equal(dataOf({ mode: "stream", streamKey: "k", layout: "screen" }), '{"veche":{"layout":"screen"}}');
});

test("what runs is changed by a request of our own, which says only what is to be otherwise", () => {
  assert.deepEqual(changeRecordingElement("s1", { layout: "grid" }).attrs, {
    xmlns: "urn:veche:recording",
    session_id: "s1",
    layout: "grid",
  });
  assert.equal(changeRecordingElement("s1", { addTarget: "k" }).attrs.add_target, "k");
  assert.equal(changeRecordingElement("s1", { removeTarget: "2" }).attrs.remove_target, "2");
});

test("a recorder says what it is, for which session, and where its stream is watched", () => {
  const told = { id: "s1", mode: "stream", viewUrl: "https://tube.example/x" } as const;
  const presence = xml("presence", {}, ...recorderElements(told));
  assert.deepEqual(readRecorder(presence), told);
  const features = childNamed(presence, "features")?.children ?? [];
  assert.ok(features.some((each) => typeof each !== "string" && each.attrs.var === "http://jitsi.org/protocol/jibri"));
  assert.equal(recorderElements({ id: "", mode: "file", viewUrl: "" }).length, 1);
});
