import assert from "node:assert/strict";
import { test } from "node:test";
import { xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import {
  readRecorder,
  readRecorderModes,
  readRecordingStarted,
  readRecordingStatuses,
  startRecordingElement,
  stopRecordingElement,
} from "./recording.ts";

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
    { id: "s1", mode: "file", status: "on", by: "ann", failure: undefined, placeInLine: 0 },
    { id: "s2", mode: "stream", status: "pending", by: "", failure: undefined, placeInLine: 3 },
    { id: "s3", mode: "file", status: "off", by: "", failure: "busy", placeInLine: 0 },
  ]);
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
  assert.equal(readRecordingStarted(xml("iq", {}, xml("jibri", { xmlns: NS.jibri, session_id: "s1" }))), "s1");
});
